import type { IsoTime, Ordinal, Position, RunId, Seq } from './ids.js';
import type { JsonObject } from './json.js';
import type { PayloadEncoding } from './envelope.js';
import type { ExecutionMode, RunStatus } from './run.js';
import type { OutboundKind, StreamStatus } from './raw-event.js';
import type { SessionState, StateVia } from './session.js';

/** Raised only when a field changes its meaning. */
export const EVENT_SCHEMA_VERSION = 3;

export type SubjectKind =
  | 'run'
  | 'session'
  | 'participant'
  | 'message'
  | 'signal'
  | 'proposal'
  | 'decision'
  | 'tool'
  | 'artifact'
  | 'trace'
  | 'policy';

export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
}

export interface EventSource {
  readonly kind: 'runtime' | 'macp-control-plane' | 'control-plane' | 'replay';
  /** The provider's kind (`rust-runtime`) or our component (`run-manager`, `stream-consumer` …). */
  readonly name: string;
  /** The message type, or the raw kind; absent on control-plane events. */
  readonly rawType?: string;
  /** The raw row it came from; null on control-plane events. */
  readonly position: Position | null;
  readonly ordinal: Ordinal | null;
}

export interface TraceRef {
  readonly traceId: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
}

/** H: header fields of every event that came from an envelope. The mapper to the wire adds `decodedPayload` = payload. */
export interface EnvelopeData {
  readonly modeName: string;
  readonly messageType: string;
  readonly messageId: string;
  readonly sessionId: string;
  readonly sender: string;
  readonly participantId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly ambient: boolean;
  readonly payload: JsonObject;
  readonly payloadEncoding: PayloadEncoding;
  readonly payloadTypeName?: string;
  readonly truncated?: readonly string[];
}

/** Fields of the bound session, on session.bound and session.state.changed. */
export interface SessionMetadataData {
  readonly initiator: string;
  readonly modeName: string;
  readonly modeVersion: string;
  readonly configurationVersion: string;
  readonly policyVersion: string;
  readonly participants: readonly { readonly participantId: string; readonly role?: string }[];
  readonly contextId?: string;
  readonly extensionKeys: readonly string[];
  readonly startedAt?: IsoTime;
  readonly expiresAt?: IsoTime;
  readonly startedAtUnixMs?: number;
  readonly expiresAtUnixMs?: number;
}

/** Who may commit, in the protocol's words. */
const AUTHORITIES = ['initiator_only', 'any_participant', 'designated_role'] as const;
export type Authority = (typeof AUTHORITIES)[number];

/** A word that the protocol does not know means what it says by default. */
export function authorityOf(word: unknown): Authority {
  return AUTHORITIES.find((known) => known === word) ?? 'initiator_only';
}

/** A policy's rules with their defaults, as the projection explains them. */
export interface Governance {
  readonly authority: Authority;
  readonly designatedRoles: readonly string[];
  readonly algorithm?: string;
  /** Fraction 0–1. */
  readonly threshold?: number;
  readonly quorumType?: string;
  readonly quorumValue?: number;
  readonly requireVoteQuorum?: boolean;
  /** Proposal mode: all_parties, counterparty or initiator. */
  readonly criterion?: string;
  readonly terminalOnAnyReject?: boolean;
  readonly quorumThresholdType?: string;
  readonly quorumThresholdValue?: number;
}

/** Flat fields that message.received and proposal.* carry beside the header (event model, table of message types). */
export interface FlatFields {
  readonly proposalId?: string;
  readonly action?: string;
  readonly reason?: string;
  readonly reasons?: readonly string[];
  readonly confidence?: number;
  readonly vote?: string;
  readonly recommendation?: string;
  readonly severity?: string;
  readonly [field: string]: unknown;
}

interface RunEnded {
  readonly endedAt: IsoTime;
  readonly runtimeSessionId?: string;
}

/** Every event this service can record, with its `data`. A new event starts as a new line here. */
export interface EventData {
  'run.created': {
    readonly status: 'queued';
    readonly modeName: string;
    readonly runtimeKind: string;
    readonly runtimeVersion?: string;
    readonly traceId?: string;
    readonly sessionId?: string;
    readonly origin: 'request' | 'discovery';
    readonly executionMode: ExecutionMode;
    readonly decisionPrompt?: string;
  };
  'run.started': {
    readonly status: 'starting';
    readonly startedAt: IsoTime;
    readonly modeName: string;
    readonly runtimeKind: string;
  };
  'session.bound': SessionMetadataData & {
    readonly runStatus: 'binding_session';
    readonly sessionId: string;
    readonly state: SessionState;
  };
  'participant.seen': {
    readonly participantId: string;
    readonly status: 'idle';
    readonly declared: boolean;
    readonly role?: string;
    readonly transportIdentity?: string;
  };
  'policy.resolved': {
    readonly policyVersion: string;
    readonly policyDescription: string;
    readonly mode: string;
    readonly schemaVersion: number;
    readonly rules: JsonObject;
    readonly governance: Governance;
  };
  'session.state.changed': Partial<SessionMetadataData> & {
    readonly sessionId: string;
    readonly state: SessionState;
    readonly previousState: SessionState | null;
    readonly via: StateVia;
    readonly runStatus?: RunStatus;
    readonly reason?: string;
    readonly by?: string;
    /** Our clock when we heard of it; a read asked before this is stale. `ts` may be earlier: it is when it happened. */
    readonly recordedAt?: IsoTime;
    /** The runtime's own clock, when it told one; compared only with other times of that clock. */
    readonly observedAt?: IsoTime;
  };
  'session.stream.opened': {
    readonly status: StreamStatus;
    readonly detail?: string;
    readonly afterSequence: number;
    readonly fromOrdinal?: number;
    readonly toOrdinal?: number;
    readonly reason?: string;
  };
  'message.sent': Omit<EnvelopeData, 'ambient'> & {
    readonly kind: Exclude<OutboundKind, 'session-start'>;
    readonly ack: {
      readonly ok: boolean;
      readonly duplicate: boolean;
      readonly sessionState: SessionState;
      readonly acceptedAt?: IsoTime;
    };
    readonly payloadDescriptor: {
      readonly encoding: string;
      readonly typeName?: string;
      readonly byteLength: number;
    };
  };
  'message.send_failed': {
    readonly sessionId: string;
    readonly sender?: string;
    readonly to?: readonly string[];
    readonly messageType?: string;
    readonly messageId?: string;
    readonly errorCode: string;
    readonly errorMessage: string;
    readonly kind?: OutboundKind;
  };
  'message.received': EnvelopeData & FlatFields & { readonly decodeError?: string };
  'proposal.created': EnvelopeData & FlatFields & { readonly proposalId: string; readonly action: string };
  'proposal.updated': EnvelopeData & FlatFields & { readonly proposalId: string; readonly action: string };
  'decision.finalized': EnvelopeData & {
    /** The subject id, as on every event about a thing decided. */
    readonly proposalId?: string;
    readonly commitmentId: string;
    readonly action: string;
    readonly authorityScope: string;
    readonly reason: string;
    readonly reasons: readonly string[];
    readonly outcomePositive: boolean | null;
    readonly modeVersion: string;
    readonly policyVersion: string;
    readonly configurationVersion: string;
    readonly supersedes?: { readonly sessionId: string; readonly commitmentHash: string };
    readonly commitmentHash?: string;
  };
  'policy.commitment.evaluated': {
    readonly commitmentId: string;
    readonly policyVersion: string;
    readonly decision: 'allow' | 'deny';
    readonly reasons: readonly string[];
    readonly outcomePositive: boolean | null;
  };
  'policy.denied': {
    readonly policyVersion: string;
    readonly messageType?: string;
    readonly messageId?: string;
    readonly commitmentId?: string;
    readonly errorCode: 'POLICY_DENIED';
    readonly errorMessage: string;
    readonly decision: 'deny';
    readonly reasons: readonly string[];
  };
  'signal.emitted': EnvelopeData & {
    readonly name: string;
    readonly signalType: string;
    readonly data?: unknown;
    readonly confidence?: number;
    readonly severity?: string;
    readonly correlationSessionId: string;
    readonly member: boolean;
  };
  'signal.acknowledged': EnvelopeData & { readonly signalId: string };
  'progress.reported': EnvelopeData & {
    /** 0–100, or null. */
    readonly percentage: number | null;
    readonly message: string;
    readonly progressToken?: string;
    readonly targetMessageId?: string;
    readonly taskId?: string;
    readonly member?: boolean;
  };
  'tool.called': EnvelopeData & { readonly name: string; readonly toolName: string };
  'tool.completed': EnvelopeData & { readonly name: string; readonly toolName: string; readonly durationMs?: number };
  'llm.call.completed': EnvelopeData & {
    readonly provider?: string;
    readonly model?: string;
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly totalTokens: number;
    readonly latencyMs?: number;
    readonly estimatedCostUsd: number | null;
    readonly costSource?: 'reported' | 'table';
    readonly prompt?: string;
    readonly response?: string;
    readonly summary?: string;
    readonly artifactId?: string;
  };
  'artifact.created': {
    readonly artifactId: string;
    readonly kind: string;
    readonly label: string;
    readonly uri?: string;
    readonly traceId?: string;
  };
  'run.suspended': { readonly status: 'suspended'; readonly runtimeSessionId: string };
  'run.resumed': { readonly status: 'running'; readonly runtimeSessionId: string };
  'run.completed': RunEnded & {
    readonly status: 'completed';
    readonly outcomePositive: boolean | null;
    readonly action?: string;
    readonly commitmentMissing?: true;
  };
  'run.failed': RunEnded & { readonly status: 'failed'; readonly error: string; readonly errorCode: string };
  'run.cancelled': RunEnded & { readonly status: 'cancelled'; readonly reason?: string; readonly by?: string };
}

export type EventType = keyof EventData;

/** Every type, in the order of the event model; `satisfies` keeps it complete. */
const EVENT_TYPE_INDEX = {
  'run.created': true,
  'run.started': true,
  'session.bound': true,
  'participant.seen': true,
  'policy.resolved': true,
  'session.state.changed': true,
  'session.stream.opened': true,
  'message.sent': true,
  'message.send_failed': true,
  'message.received': true,
  'proposal.created': true,
  'proposal.updated': true,
  'decision.finalized': true,
  'policy.commitment.evaluated': true,
  'policy.denied': true,
  'signal.emitted': true,
  'signal.acknowledged': true,
  'progress.reported': true,
  'tool.called': true,
  'tool.completed': true,
  'llm.call.completed': true,
  'artifact.created': true,
  'run.suspended': true,
  'run.resumed': true,
  'run.completed': true,
  'run.failed': true,
  'run.cancelled': true,
} as const satisfies Record<EventType, true>;
export const EVENT_TYPES: readonly string[] = Object.keys(EVENT_TYPE_INDEX);

/** An event that has not been given a place yet. `fromRaw` says whether position and ordinal of the raw row apply. */
export type EventDraft = {
  [T in EventType]: {
    readonly type: T;
    readonly ts: IsoTime;
    readonly subject: Subject;
    readonly source: Omit<EventSource, 'position' | 'ordinal'>;
    readonly data: EventData[T];
  };
}[EventType];

/** A fact with a place in the log of its run. This very shape is folded, served, streamed and exported. */
export type CanonicalEvent = {
  [T in EventType]: {
    /** UUID, given once at the door. */
    readonly id: string;
    readonly runId: RunId;
    readonly seq: Seq;
    /** When it happened; may step back between two events. Order is seq, always. */
    readonly ts: IsoTime;
    readonly type: T;
    readonly schemaVersion: number;
    readonly subject: Subject;
    readonly source: EventSource;
    /** Absent when there is no valid trace id. */
    readonly trace?: TraceRef;
    readonly data: EventData[T];
  };
}[EventType];

/** Which event it is, without what it says. */
export type EventPlace = Pick<CanonicalEvent, 'id' | 'runId' | 'seq'>;

export type EventOf<T extends EventType> = Extract<CanonicalEvent, { readonly type: T }>;
