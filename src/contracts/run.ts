import type { IsoTime, Ordinal, Position, RunId, Seq, SessionId } from './ids.js';
import type { SessionState } from './session.js';
import type { ExecutionRequest } from './execution-request.js';
import type { Governance } from './events.js';

export const RUN_STATUSES = [
  'queued',
  'starting',
  'binding_session',
  'running',
  'suspended',
  'completed',
  'failed',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled'] as const satisfies readonly RunStatus[];
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

export function isTerminal(status: RunStatus): boolean {
  return TERMINAL_STATUSES.some((terminal) => terminal === status);
}

/** driver: the control plane opens the session and sends the kickoff. observer: agents open it. */
export type ExecutionMode = 'driver' | 'observer';

/** What a finished run amounts to, copied onto its record in the transaction that ends it. */
export interface RunSummary {
  readonly durationMs?: number;
  readonly finalAction?: string;
  readonly committedAction?: string;
  readonly finalConfidence?: number;
  readonly outcomePositive?: boolean | null;
  readonly totalTokens?: number;
  readonly estimatedCostUsd?: number;
  readonly error?: string;
}

/** What the log has told us about the runtime's session so far; a fold of the run's events (see `evolve`). */
export interface BoundSession {
  /** False until session.bound is recorded. */
  readonly bound: boolean;
  readonly initiator: string;
  /** Declared participants, in the runtime's order. */
  readonly participants: readonly string[];
  /** Everybody for whom participant.seen was recorded; at most `PARTICIPANTS_SEEN_MAX` (events). */
  readonly seen: readonly string[];
  readonly modeVersion: string;
  readonly configurationVersion: string;
  readonly policyVersion: string;
  /** Absent also when longer than `SESSION_TEXT_UNITS_MAX` (events), like the next. */
  readonly contextId?: string;
  /** At most 64; absent in runs that were bound before they were kept. */
  readonly extensionKeys?: readonly string[];
  readonly governance?: Governance;
  readonly startedAt?: IsoTime;
  readonly expiresAt?: IsoTime;
  /** Undefined until the first session.state.changed. */
  readonly state?: SessionState;
  /** When the last session.state.changed was recorded (receipt time); a read asked before it is stale. */
  readonly stateChangedAt?: IsoTime;
  /** Latest time of the runtime's own clock among the recorded changes; an earlier report of that clock is a late one. */
  readonly stateObservedAt?: IsoTime;
  /** True once decision.finalized is in the log. */
  readonly committed: boolean;
}

/** A run as the door sees it: the row, its session, and where its logs stand. */
export interface Run {
  readonly id: RunId;
  readonly status: RunStatus;
  readonly sessionId: SessionId;
  readonly request: ExecutionRequest;
  readonly executionMode: ExecutionMode;
  readonly modeName: string;
  readonly runtimeKind: string;
  readonly traceId: string;
  readonly createdAt: IsoTime;
  readonly startedAt?: IsoTime;
  readonly endedAt?: IsoTime;
  readonly error?: { readonly code: string; readonly message: string };
  readonly summary: RunSummary;
  readonly session: BoundSession;
  readonly lastSeq: Seq;
  readonly lastPosition: Position;
  /** The cursor of resubscription: ordinal of the last envelope stored. */
  readonly lastOrdinal: Ordinal;
}
