import { randomUUID } from 'node:crypto';
import type { ExecutionRequest, SessionSpec } from '../../src/contracts/execution-request.js';
import type { Launched } from './api.js';
import type { TestControlPlane } from './control-plane.js';

/** A run whose session agents open: registered with POST /runs, before or after they do. */
export function observe(
  { api }: TestControlPlane,
  { mode, runtime, session: asked, execution }: ExecutionRequest,
  session: Partial<SessionSpec> = {},
): Promise<Launched> {
  const { modeName, modeVersion, configurationVersion, policyVersion, ttlMs, participants } = asked;
  const described = { modeName, modeVersion, configurationVersion, policyVersion, ttlMs, participants };
  const sessionId = session.sessionId ?? randomUUID();
  return api.ok('POST', '/runs', {
    mode,
    runtime,
    session: { orchestration: 'observe', ...described, ...session, sessionId },
    execution,
  });
}
