import type { DecodedPayload, WireEnvelope } from './envelope.js';
import type { IsoTime, Ordinal, Position, RunId } from './ids.js';
import type { JsonObject } from './json.js';
import type { SessionSnapshot, SessionState, StateVia } from './session.js';

export const RAW_KINDS = [
  'stream-envelope',
  'ambient-envelope',
  'session-snapshot',
  'stream-status',
  'stream-inline-error',
  'send-ack',
] as const;
export type RawKind = (typeof RAW_KINDS)[number];

/** Why we sent a message; `session-start` is the SessionStart itself. */
export type OutboundKind = 'session-start' | 'kickoff' | 'message' | 'signal';

export type StreamStatus = 'opened' | 'recovered' | 'reconnecting' | 'closed' | 'gap';

/**
 * The runtime's answer to one message of ours. `errorCode` is a registry code such as `FORBIDDEN`; where no answer came, or
 * nothing could be sent, the error code that says why.
 */
export interface SendAckInfo {
  readonly purpose: OutboundKind;
  readonly ok: boolean;
  readonly duplicate: boolean;
  readonly sessionState: SessionState;
  readonly acceptedAtUnixMs: number;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly reasons?: readonly string[];
  /** The message that was answered. Its payload is decoded, bounded and redacted; never the bytes. */
  readonly message: {
    readonly modeName: string;
    readonly messageType: string;
    readonly messageId: string;
    readonly sessionId: string;
    readonly sender: string;
    readonly to: readonly string[];
    readonly payload: JsonObject;
    /** What the bytes turned out to be; like the payload of an envelope that is heard. */
    readonly decoded: Omit<DecodedPayload, 'payload' | 'decodeError'>;
    /** How the payload was given, like the next. */
    readonly payloadEncoding: string;
    readonly payloadTypeName?: string;
    readonly byteLength: number;
  };
}

export interface SnapshotInfo {
  /** Which RPC told: a read (GetSession, ListSessions), WatchSessions, or the ack of our own cancel, suspend or resume. */
  readonly via: Extract<StateVia, 'ack' | 'read' | 'watch'>;
  /** The state to believe; for WatchSessions it follows the event type, because the snapshot inside may be newer. */
  readonly state: SessionState;
  /** Absent when only the state is known (acks, evicted sessions). */
  readonly snapshot?: SessionSnapshot;
  /** When the read was sent, or the watch opened that tells how it found the session; older than the last recorded change it is stale. */
  readonly askedAt?: IsoTime;
  /** The runtime's own clock: `observed_at` of WatchSessions, or `accepted_at` of an ack. */
  readonly observedAt?: IsoTime;
  readonly reason?: string;
  readonly by?: string;
}

export interface StreamStatusInfo {
  readonly status: StreamStatus;
  readonly detail?: string;
  readonly afterSequence: number;
  /** Only with status `gap`: ordinals lost, inclusive. */
  readonly fromOrdinal?: number;
  readonly toOrdinal?: number;
  readonly reason?: string;
}

export interface InlineErrorInfo {
  /** Internal name or registry code, as it came. */
  readonly code: string;
  readonly message: string;
  readonly sessionId?: string;
  readonly reasons?: readonly string[];
}

interface RawBase {
  /** When our process read it. */
  readonly receivedAt: IsoTime;
}

/** One thing heard, before it has a place. Payload bytes are kept once, here. */
export type RawDraft =
  | (RawBase & { readonly kind: 'stream-envelope'; readonly envelope: WireEnvelope; readonly dedupeKey: string })
  | (RawBase & { readonly kind: 'ambient-envelope'; readonly envelope: WireEnvelope; readonly dedupeKey: string })
  | (RawBase & { readonly kind: 'session-snapshot'; readonly info: SnapshotInfo })
  | (RawBase & { readonly kind: 'stream-status'; readonly info: StreamStatusInfo })
  | (RawBase & { readonly kind: 'stream-inline-error'; readonly info: InlineErrorInfo })
  | (RawBase & { readonly kind: 'send-ack'; readonly info: SendAckInfo });

export interface RawPlace {
  readonly runId: RunId;
  readonly position: Position;
  /** Only on stream envelopes; null on annotations (SessionCancel, SessionSuspend, SessionResume). */
  readonly ordinal: Ordinal | null;
  /** Why normalising could not make sense of it. */
  readonly parked: string | null;
}

export type RawEvent = RawDraft & RawPlace;
