import type { SnapshotInfo } from '../contracts/raw-event.js';
import { isFinalState } from '../events/lifecycle.js';

/** How long RESOLVED, heard beside the stream, waits for its Commitment on a healthy stream. Milliseconds. */
export const COMMITMENT_WAIT_MS = 5_000;
/** How long a healthy stream must be quiet before EXPIRED or CANCELLED is recorded. Milliseconds. */
export const QUIET_MS = 500;
/** Longest wait for that quiet. Milliseconds. */
export const QUIET_WAIT_MS = 5_000;

/** A final state heard beside the stream that is not recorded yet, so that history comes first. */
export interface Hold {
  readonly info: SnapshotInfo;
  /** Epoch milliseconds. */
  readonly heardAt: number;
}

/** What the follower knows of its stream. Epoch milliseconds; `standsSince` undefined while the stream is down. */
export interface StreamHealth {
  readonly standsSince: number | undefined;
  readonly lastFrameAt: number | undefined;
}

/**
 * The first final state heard stays: a session ends once. Only its reason may come later: WatchSessions, which knows
 * none, is often faster than the answer to our own cancel.
 */
export function holdFirst(hold: Hold | undefined, info: SnapshotInfo, heardAt: number): Hold | undefined {
  if (hold === undefined) return isFinalState(info.state) ? { info, heardAt } : undefined;
  const { reason, by } = info;
  if (info.state !== hold.info.state || reason === undefined || hold.info.reason !== undefined) return hold;
  return { ...hold, info: { ...hold.info, reason, ...(by === undefined ? {} : { by }) } };
}

/**
 * When a hold is to be recorded, in epoch milliseconds; undefined while the stream is down, because history may still
 * be waiting behind it.
 */
export function releaseAt(hold: Hold, stream: StreamHealth): number | undefined {
  if (stream.standsSince === undefined) return undefined;
  const from = Math.max(hold.heardAt, stream.standsSince);
  if (hold.info.state === 'SESSION_STATE_RESOLVED') return from + COMMITMENT_WAIT_MS;
  const quietFrom = Math.max(from, stream.lastFrameAt ?? from);
  return Math.min(quietFrom + QUIET_MS, from + QUIET_WAIT_MS);
}
