import { randomBytes, randomUUID } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { ExecutionRequest, SessionSpec } from '../../src/contracts/execution-request.js';
import type { RunId, SessionId } from '../../src/contracts/ids.js';
import { isoTime } from '../../src/contracts/time.js';
import { RunManagerService } from '../../src/runs/run-manager.service.js';
import { StreamConsumerService } from '../../src/runs/stream-consumer.service.js';
import { RuntimeProviderRegistry } from '../../src/runtime/runtime-provider.registry.service.js';
import type { Launched } from './api.js';
import type { TestControlPlane } from './control-plane.js';

/** A run whose session agents open: registered, and followed from the first envelope if the session is there already. */
export async function observe(
  { app }: TestControlPlane,
  request: ExecutionRequest,
  session: Partial<SessionSpec> = {},
): Promise<Launched> {
  const sessionId = (session.sessionId ?? randomUUID()) as SessionId;
  const observed = { ...request, kickoff: [], session: { ...request.session, ...session, sessionId } };
  const manager = app.get(RunManagerService);
  const [provider] = app.get(RuntimeProviderRegistry).list();
  if (provider === undefined) throw new Error('there is no runtime');
  const traceId = randomBytes(16).toString('hex');
  const { run } = await manager.createRun({
    id: uuid() as RunId,
    sessionId,
    request: observed,
    fingerprint: randomBytes(32).toString('hex'),
    tags: [],
    traceId,
    executionMode: 'observer',
    origin: 'request',
    runtimeKind: provider.kind,
    modeName: request.session.modeName,
    createdAt: isoTime(Date.now()),
    outbound: [],
  });
  await manager.markStarted(run.id);
  const reader = provider.readerOf(request.session.participants[0]?.id ?? '');
  const snapshot = await provider.getSession(sessionId, reader).catch(() => undefined);
  if (snapshot !== undefined) {
    // A final state waits for its history: the follower hears it again and records it in its place.
    const info = { via: 'read', state: 'SESSION_STATE_OPEN', snapshot } as const;
    const seen = { kind: 'session-snapshot', receivedAt: isoTime(Date.now()), info } as const;
    await manager.bindSession(run.id, { raws: [seen] }, undefined);
    const bound = await manager.markRunning(run.id);
    const consumer = app.get(StreamConsumerService);
    await consumer.observe(bound, provider, false);
    consumer.start(bound);
  }
  return { runId: run.id, sessionId, status: 'queued', traceId };
}
