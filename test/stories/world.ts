import type { WireEnvelope } from '../../src/contracts/envelope.js';
import type { CanonicalEvent, EventDraft } from '../../src/contracts/events.js';
import type { ExecutionRequest } from '../../src/contracts/execution-request.js';
import type { IsoTime, Ordinal, Position, RunId, Seq, SessionId } from '../../src/contracts/ids.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { RawDraft } from '../../src/contracts/raw-event.js';
import type { ExecutionMode, Run } from '../../src/contracts/run.js';
import type { SessionSnapshot, SessionState } from '../../src/contracts/session.js';
import { isoTime } from '../../src/contracts/time.js';
import { evolve } from '../../src/events/evolve.js';
import { dedupeKeyOf, isAnnotation, normalize, type NormalizeEnv } from '../../src/events/normalize.js';
import { payloadCodec } from '../../src/runtime/proto-registry.js';

/** 2026-01-05T10:00:00.000Z, when every test's session starts. */
export const START_MS = Date.UTC(2026, 0, 5, 10);
export const SESSION_ID = 'a'.repeat(22) as SessionId;
export const RUN_ID = '0197a000-0000-7000-8000-000000000001' as RunId;

export const ENV: NormalizeEnv = {
  codec: payloadCodec,
  sourceName: 'rust-runtime',
  redactPaths: [],
  prices: new Map([['m1', { promptUsdPer1k: 0.01, completionUsdPer1k: 0.03 }]]),
};

export interface RunSpec {
  readonly executionMode?: ExecutionMode;
  readonly modeName?: string;
  readonly participants?: readonly string[];
  readonly roles?: Readonly<Record<string, string>>;
}

export function time(ms: number): IsoTime {
  return isoTime(START_MS + ms);
}

export function aRequest(spec: RunSpec = {}): ExecutionRequest {
  return {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: {
      modeName: spec.modeName ?? 'macp.mode.decision.v1',
      modeVersion: '1.0.0',
      configurationVersion: '1.0.0',
      ttlMs: 60_000,
      participants: (spec.participants ?? ['alice', 'bob']).map((id) => ({ id, role: spec.roles?.[id] })),
    },
    kickoff: [],
    execution: {},
  };
}

/** A run that is waiting for its session. */
export function aRun(spec: RunSpec = {}): Run {
  return {
    id: RUN_ID,
    status: 'starting',
    sessionId: SESSION_ID,
    request: aRequest(spec),
    executionMode: spec.executionMode ?? 'observer',
    modeName: spec.modeName ?? 'macp.mode.decision.v1',
    runtimeKind: 'rust',
    traceId: '',
    createdAt: time(0),
    startedAt: time(0),
    summary: {},
    session: {
      bound: false,
      initiator: '',
      participants: [],
      seen: [],
      modeVersion: '',
      configurationVersion: '',
      policyVersion: '',
      committed: false,
    },
    lastSeq: 2 as Seq,
    lastPosition: 0 as Position,
    lastOrdinal: 0 as Ordinal,
  };
}

export function aSnapshot(run: Run, state: SessionState, spec: Partial<SessionSnapshot> = {}): SessionSnapshot {
  return {
    sessionId: run.sessionId,
    modeName: run.modeName,
    state,
    startedAtUnixMs: START_MS,
    expiresAtUnixMs: START_MS + 60_000,
    modeVersion: '1.0.0',
    configurationVersion: '1.0.0',
    policyVersion: 'policy.default',
    participants: run.request.session.participants.map((participant) => participant.id),
    initiator: 'alice',
    contextId: '',
    extensionKeys: [],
    ...spec,
  };
}

export interface EnvelopeSpec {
  readonly sender?: string;
  readonly messageType?: string;
  readonly mode?: string;
  readonly messageId?: string;
  readonly atMs?: number;
  /** Plain JSON becomes the type's protobuf; bytes go as they are. */
  readonly payload?: JsonObject | Uint8Array;
}

let envelopes = 0;

export function anEnvelope(run: Run, spec: EnvelopeSpec = {}): WireEnvelope {
  envelopes += 1;
  const mode = spec.mode ?? run.modeName;
  const messageType = spec.messageType ?? 'Proposal';
  const payload = spec.payload ?? {};
  return {
    macpVersion: '1.0',
    mode,
    messageType,
    messageId: spec.messageId ?? `m${envelopes}`,
    sessionId: run.sessionId,
    sender: spec.sender ?? 'alice',
    timestampUnixMs: START_MS + (spec.atMs ?? 0),
    payload: payload instanceof Uint8Array ? payload : payloadCodec.encode(mode, messageType, payload).bytes,
  };
}

export function streamed(envelope: WireEnvelope, receivedAt: IsoTime): RawDraft {
  return { kind: 'stream-envelope', envelope, dedupeKey: dedupeKeyOf(envelope, false), receivedAt };
}

export function ambient(envelope: WireEnvelope, receivedAt: IsoTime): RawDraft {
  return { kind: 'ambient-envelope', envelope, dedupeKey: dedupeKeyOf(envelope, true), receivedAt };
}

/** A run and its log, built the way the door builds them, without a database. */
export class World {
  readonly events: CanonicalEvent[] = [];
  private readonly keys = new Set<string>();

  constructor(
    public run: Run,
    private readonly env: NormalizeEnv = ENV,
  ) {}

  /** Records what a raw event says; nothing when its dedupe key is known. Gives the parked reason. */
  hear(raw: RawDraft): string | null {
    if ('dedupeKey' in raw && this.keys.has(raw.dedupeKey)) return null;
    if ('dedupeKey' in raw) this.keys.add(raw.dedupeKey);
    const position = (this.run.lastPosition + 1) as Position;
    const counted = raw.kind === 'stream-envelope' && !isAnnotation(raw.envelope.messageType);
    const ordinal = counted ? ((this.run.lastOrdinal + 1) as Ordinal) : null;
    const { drafts, parked } = normalize(this.run, { ...raw, ordinal, position }, this.env);
    this.run = { ...this.run, lastPosition: position, ...(ordinal === null ? {} : { lastOrdinal: ordinal }) };
    this.record(drafts, position, ordinal);
    return parked;
  }

  record(drafts: readonly EventDraft[], position: Position | null = null, ordinal: Ordinal | null = null): void {
    for (const draft of drafts) {
      const event: CanonicalEvent = {
        ...draft,
        source: { ...draft.source, position, ordinal },
        id: `event-${this.run.lastSeq + 1}`,
        runId: this.run.id,
        seq: (this.run.lastSeq + 1) as Seq,
        schemaVersion: 3,
      };
      this.events.push(event);
      this.run = { ...evolve(this.run, event), lastSeq: event.seq };
    }
  }
}
