import type { OutboundKind } from './raw-event.js';
import type { IsoTime, RunId } from './ids.js';

/** queued: stored, not answered yet. unknown: retries spent without an answer. */
export type OutboundStatus = 'queued' | 'accepted' | 'rejected' | 'unknown';

/** A message of ours to the runtime; stored before it is sent, so that a crash can only repeat it under the same id. */
export interface OutboundMessage extends OutboundDraft {
  readonly step: number;
}

/** A message that is to be stored. */
export interface OutboundDraft {
  readonly runId: RunId;
  /**
   * 0 = SessionStart, 1… = kickoff in order, then messages as they are asked for. Absent: the one behind the run's last,
   * given when the message is stored; two that are stored at the very same moment may share it.
   */
  readonly step?: number;
  readonly messageId: string;
  readonly purpose: OutboundKind;
  readonly modeName: string;
  readonly messageType: string;
  readonly sessionId: string;
  readonly sender: string;
  readonly to: readonly string[];
  /** Encoded payload, as sent. */
  readonly payload: Uint8Array;
  readonly payloadEncoding: string;
  readonly payloadTypeName?: string;
  /** The envelope's timestamp, fixed when it was queued; a repetition sends the very same bytes. */
  readonly timestampUnixMs: number;
  readonly status: OutboundStatus;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly createdAt: IsoTime;
  readonly answeredAt?: IsoTime;
}

/** The same without what was sent, of which it tells the size. */
export interface OutboundRecord extends Omit<OutboundMessage, 'payload'> {
  readonly payloadBytes: number;
}

/** The answer to a queued message, applied in the transaction that records it. */
export interface OutboundAnswer {
  readonly messageId: string;
  readonly status: Exclude<OutboundStatus, 'queued'>;
  readonly errorCode?: string;
  readonly errorMessage?: string;
}
