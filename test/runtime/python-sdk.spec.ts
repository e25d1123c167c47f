import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODE_NAMES } from '../../src/agents/modes.js';
import type { Launched } from '../support/api.js';
import { startEmbedded } from '../support/embedded-runtime.js';
import {
  PYTHON_CAST,
  PYTHON_MODES,
  playWithPython,
  sdkPython,
  type Played,
  type PythonMode,
} from '../support/python-agents.js';
import { startRustRuntime, type RunningRuntime, type RuntimeToken } from '../support/rust-runtime.js';
import { Stage, staticTokenFor } from '../support/stage.js';
import { StoredRun } from '../support/stored-run.js';
import { until } from '../support/until.js';

const python = sdkPython();
const PLAYERS = [...new Set(PYTHON_MODES.flatMap((mode) => PYTHON_CAST[mode]))];
const TOKENS: readonly RuntimeToken[] = [
  ...PLAYERS.map((sender) => ({ token: staticTokenFor(sender), sender })),
  { token: 'token-observer', sender: 'control-plane', is_observer: true, can_start_sessions: false },
];
/** The one identity the control plane has: it can neither open nor end any of these sessions. */
const OBSERVER_ENV = { RUNTIME_SERVICE_TOKEN: 'token-observer', RUNTIME_DEV_IDENTITY: 'false' };

/** Tells the control plane to expect a session that agents will open: the public form of POST /runs. */
function register(stage: Stage, mode: PythonMode, sessionId: string): Promise<Launched> {
  const [initiator, ...others] = PYTHON_CAST[mode];
  return stage.api.ok('POST', '/runs', {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: {
      orchestration: 'observe',
      sessionId,
      modeName: MODE_NAMES[mode],
      modeVersion: '1.0.0',
      configurationVersion: 'config.default',
      policyVersion: 'policy.default',
      ttlMs: 60_000,
      participants: [initiator, ...others].map((id) => ({ id })),
      metadata: { source: 'python-sdk', runLabel: `${mode} in Python` },
    },
  });
}

/** What the control plane stored of the session, in the same form. */
async function observed(stage: Stage, { runId, sessionId }: Launched): Promise<readonly Played[]> {
  const events = await stage.api.events(runId);
  return events.flatMap((event) => {
    if (event.type !== 'message.received' || event.data.ambient) return [];
    const { messageId, messageType, sender } = event.data;
    return [{ sessionId, messageId, messageType, sender }];
  });
}

function describePlays(
  name: string,
  start: (launch: { tokens: readonly RuntimeToken[] }) => Promise<RunningRuntime>,
): void {
  describe.skipIf(python === undefined)(`agents of the public Python SDK on ${name}, observed`, () => {
    let stage: Stage;
    let directory: string;
    let tokens: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'macp-python-'));
      tokens = join(directory, 'tokens.json');
      await writeFile(tokens, JSON.stringify(Object.fromEntries(PLAYERS.map((id) => [id, staticTokenFor(id)]))));
      stage = await Stage.open(await start({ tokens: TOKENS }), OBSERVER_ENV, staticTokenFor);
    });
    afterAll(async () => {
      await stage.close();
      await rm(directory, { recursive: true, force: true });
    });

    it.each(PYTHON_MODES)('play %s, and no envelope is missing', async (mode) => {
      const sessionId = randomUUID();
      const launched = await register(stage, mode, sessionId);
      const played = await playWithPython(python ?? '', { runtime: stage.runtime.address, mode, sessionId, tokens });
      expect(new Set(played.map(({ sender }) => sender))).toEqual(new Set(PYTHON_CAST[mode]));
      expect([played.at(0)?.messageType, played.at(-1)?.messageType]).toEqual(['SessionStart', 'Commitment']);

      const run = await stage.api.untilStatus(launched.runId, 'completed');
      expect(run).toMatchObject({ executionMode: 'observer', sessionId, metadata: { outcomePositive: true } });
      expect(await observed(stage, launched)).toEqual(played);
      await until(`everybody’s signal is stored`, async () => {
        const { signals } = await stage.api.state(launched.runId);
        return signals.signals.length === PYTHON_CAST[mode].length || undefined;
      });
      (await StoredRun.read(stage.controlPlane.database, launched.runId)).expectSound();
    });
  });
}

describePlays('the reference runtime', startRustRuntime);
describePlays('the embedded runtime', startEmbedded);
