import type { RunEvent, RunState } from './types.js';

/** What is worth knowing of a run that is under way, beyond what the list of runs tells. */
export interface WatchedFacts {
  readonly expiresAt?: string;
  readonly lastEvent?: { readonly type: string; readonly ts: string };
  /** As the last event about its stream says: opened, recovered, reconnecting, closed or gap. */
  readonly stream?: { readonly status: string; readonly since: string };
}

/** Tells of our connection, not of the run: a run in which only this happens is quiet. */
const STREAM_EVENT = 'session.stream.opened';

export function watchedFacts({ run, timeline }: RunState, streamEvent: RunEvent | undefined): WatchedFacts {
  const last = timeline.recent.findLast(({ type }) => type !== STREAM_EVENT) ?? timeline.recent.at(-1);
  const status = streamEvent?.data['status'];
  return {
    ...(run.expiresAt !== undefined && { expiresAt: run.expiresAt }),
    ...(last && { lastEvent: { type: last.type, ts: last.ts } }),
    ...(streamEvent && typeof status === 'string' && { stream: { status, since: streamEvent.ts } }),
  };
}
