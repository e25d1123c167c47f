import type { SnapshotInfo } from '../contracts/raw-event.js';
import { isFinalState } from '../events/lifecycle.js';

/** How long a healthy stream must be quiet before RESOLVED is recorded without its Commitment. Milliseconds. */
export const COMMITMENT_WAIT_MS = 5_000;
/** How long a healthy stream must be quiet before EXPIRED or CANCELLED is recorded. Milliseconds. */
export const QUIET_MS = 500;

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

/** A moment that is remembered, where the clock may have been set back since: what happened does not lie ahead. */
export function notAhead<T extends number | undefined>(at: T, now: number): T | number {
  return at !== undefined && at > now ? now : at;
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

/** A change of a session's state that was asked for in our name, before its answer. */
export type ExpectedChange = Required<Pick<SnapshotInfo, 'state' | 'reason' | 'by'>>;

/** What WatchSessions tells of a change that we asked for, with what only we know of it. */
export function withCause(info: SnapshotInfo, expected: ExpectedChange | undefined): SnapshotInfo {
  if (expected === undefined || info.via !== 'watch' || info.state !== expected.state) return info;
  return { ...info, reason: expected.reason, by: expected.by };
}

/**
 * When a hold is to be recorded, in epoch milliseconds; undefined while the stream is down, because history may still
 * be waiting behind it. However long history takes to arrive, it has an end: a session that is over accepts nothing more.
 */
export function releaseAt(hold: Hold, { standsSince, lastFrameAt }: StreamHealth): number | undefined {
  if (standsSince === undefined) return undefined;
  const quietFrom = Math.max(hold.heardAt, standsSince, lastFrameAt ?? standsSince);
  return quietFrom + (hold.info.state === 'SESSION_STATE_RESOLVED' ? COMMITMENT_WAIT_MS : QUIET_MS);
}
