import { v7 as uuid } from 'uuid';
import { expect } from 'vitest';
import type { EventDraft } from '../../src/contracts/events.js';
import type { ExecutionRequest } from '../../src/contracts/execution-request.js';
import type { IsoTime, RunId, SessionId } from '../../src/contracts/ids.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { RawDraft } from '../../src/contracts/raw-event.js';
import type { Run } from '../../src/contracts/run.js';
import { isoTime, type Clock } from '../../src/contracts/time.js';
import type { Database } from '../../src/db/database.client.js';
import { dedupeKeyOf } from '../../src/events/normalize.js';
import { RunCreationService } from '../../src/events/run-creation.service.js';
import { RunEventService, type NewRun } from '../../src/events/run-event.service.js';
import type { News } from '../../src/events/run-publisher.interface.js';
import { RunStoreService } from '../../src/events/run-store.service.js';
import { initialMetrics, reduceMetrics } from '../../src/projection/metrics.js';
import { MetricsService } from '../../src/projection/metrics.service.js';
import { initialProjection, reduce } from '../../src/projection/reduce.js';
import { ProjectionService } from '../../src/projection/projection.service.js';
import { EventRepository } from '../../src/storage/event.repository.js';
import { CheckpointRepository } from '../../src/storage/checkpoint.repository.js';
import { MetricsRepository } from '../../src/storage/metrics.repository.js';
import { OutboundMessageRepository } from '../../src/storage/outbound-message.repository.js';
import { ProjectionRepository } from '../../src/storage/projection.repository.js';
import { RunRepository } from '../../src/storage/run.repository.js';
import { RuntimeSessionRepository } from '../../src/storage/runtime-session.repository.js';
import { UNREDACTED } from './database.js';

/** The door and the rooms around it on a real database, wired by hand. */
export interface Door {
  readonly door: RunEventService;
  readonly runs: RunRepository;
  readonly events: EventRepository;
  readonly projections: ProjectionRepository;
  readonly projection: ProjectionService;
  readonly metrics: MetricsRepository;
  readonly outbox: OutboundMessageRepository;
  /** What was published, in order. */
  readonly published: News[];
}

/** `isRead`: whether somebody reads every run live. */
export function openDoor(database: Database, isRead = true): Door {
  const runs = new RunRepository(database, UNREDACTED);
  const events = new EventRepository(database);
  const projections = new ProjectionRepository(database);
  const metrics = new MetricsRepository(database);
  const outbox = new OutboundMessageRepository(database);
  const projection = new ProjectionService(database, projections, new CheckpointRepository(database), events, runs);
  const store = new RunStoreService(
    runs,
    new RuntimeSessionRepository(),
    events,
    outbox,
    projection,
    new MetricsService(metrics),
  );
  const published: Door['published'] = [];
  const clock: Pick<Clock, 'now' | 'ticks'> = { now: () => Date.now(), ticks: () => Date.now() };
  const door = new RunEventService(
    database,
    new RunCreationService(database, runs, store),
    store,
    { isRead: () => isRead, publishEvent: (news) => published.push(news) },
    { ...clock, sleep: () => Promise.resolve() },
  );
  return { door, runs, events, projections, projection, metrics, outbox, published };
}

/** Invariants of every log: contiguous, and what is stored is what folding it gives. */
export async function expectConsistentLog({ events, projections, metrics, runs }: Door, runId: RunId) {
  const log = await events.listCanonical(runId, { afterSeq: 0, limit: 5_000 });
  expect(log.map((event) => event.seq)).toEqual(log.map((_event, index) => index + 1));
  const stored = await projections.find(runId);
  expect(stored?.seq).toBe(log.length);
  expect(stored?.projection).toStrictEqual(log.reduce(reduce, initialProjection(runId)));
  expect(await metrics.find(runId)).toStrictEqual(log.reduce(reduceMetrics, initialMetrics()));
  expect((await runs.getRun(runId)).lastSeq).toBe(log.length);
  return log;
}

export const MODE = 'macp.mode.decision.v1';

export function requestOf(session: Partial<ExecutionRequest['session']> = {}): ExecutionRequest {
  return {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: {
      modeName: MODE,
      modeVersion: '1.0.0',
      configurationVersion: 'config.default',
      ttlMs: 60_000,
      participants: [{ id: 'alice' }, { id: 'bob' }],
      ...session,
    },
    kickoff: [],
    execution: {},
  };
}

export function newRunOf(given: Partial<NewRun> = {}): NewRun {
  const id = uuid() as RunId;
  return {
    id,
    sessionId: uuid() as SessionId,
    request: requestOf(),
    fingerprint: 'f'.repeat(64),
    tags: [],
    traceId: 'a'.repeat(32),
    executionMode: 'driver',
    origin: 'request',
    runtimeKind: 'rust',
    modeName: MODE,
    createdAt: isoTime(Date.now()),
    firstEvents: (run) => [createdDraft(run)],
    outbound: [],
    ...given,
  };
}

const ours = { kind: 'macp-control-plane', name: 'run-manager' } as const;

export function createdDraft(run: Run): EventDraft {
  return {
    type: 'run.created',
    ts: run.createdAt,
    subject: { kind: 'run', id: run.id },
    source: ours,
    data: {
      status: 'queued',
      modeName: run.modeName,
      runtimeKind: run.runtimeKind,
      origin: 'request',
      executionMode: run.executionMode,
      sessionId: run.sessionId,
    },
  };
}

export function startedDraft(run: Run, startedAt: IsoTime = run.createdAt): EventDraft {
  return {
    type: 'run.started',
    ts: startedAt,
    subject: { kind: 'run', id: run.id },
    source: ours,
    data: { status: 'starting', startedAt, modeName: run.modeName, runtimeKind: run.runtimeKind },
  };
}

export function failedDraft(run: Run, endedAt: IsoTime): EventDraft {
  return {
    type: 'run.failed',
    ts: endedAt,
    subject: { kind: 'run', id: run.id },
    source: ours,
    data: { status: 'failed', endedAt, error: 'it broke', errorCode: 'SESSION_EXPIRED' },
  };
}

/** An envelope as it was heard on a session's stream. */
export function envelope(
  messageId: string,
  given: { messageType?: string; payload?: Uint8Array } = {},
): Extract<RawDraft, { kind: 'stream-envelope' }> {
  const heard = {
    macpVersion: '1.0',
    mode: MODE,
    messageType: 'Vote',
    messageId,
    sessionId: 'session',
    sender: 'alice',
    timestampUnixMs: 1_700_000_000_000,
    payload: new TextEncoder().encode(messageId),
    ...given,
  };
  return {
    kind: 'stream-envelope',
    receivedAt: isoTime(Date.now()),
    dedupeKey: dedupeKeyOf(heard, false),
    envelope: heard,
  };
}

/** One message.received per envelope, nothing else: the normaliser has tests of its own. */
export function receivedFrom(run: Run, raw: RawDraft, payload: JsonObject = {}) {
  if (!('envelope' in raw)) return { drafts: [], parked: null };
  const { messageId, messageType, sender } = raw.envelope;
  const draft: EventDraft = {
    type: 'message.received',
    ts: raw.receivedAt,
    subject: { kind: 'message', id: messageId },
    source: { kind: 'runtime', name: 'rust-runtime', rawType: messageType },
    data: {
      modeName: run.modeName,
      messageType,
      messageId,
      sessionId: run.sessionId,
      sender,
      participantId: sender,
      from: sender,
      to: [],
      ambient: false,
      payload,
      payloadEncoding: 'proto',
    },
  };
  return { drafts: [draft], parked: null };
}
