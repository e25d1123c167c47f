import type { ApiError } from '../api/api-error.js';
import type { RunEvent, RunState } from '../api/types.js';

/** The newest events are kept at hand; older ones are asked for by page. */
export const TAIL_MAX = 1_000;

/**
 * connecting: not heard yet. live: following. lost: was following, and tries again. ended: the run is over and all of it is
 * here. refused: asking again would not help.
 */
export type Link = 'connecting' | 'live' | 'lost' | 'ended' | 'refused';

/** What a page knows of a run through its stream. Replaced as a whole whenever something new is shown. */
export interface RunFeedState {
  readonly link: Link;
  readonly error: ApiError | undefined;
  /** The newest snapshot. */
  readonly state: RunState | undefined;
  /** seq of the newest event heard of, by event or by snapshot. */
  readonly latestSeq: number;
  /** The newest events without a hole, ascending, at most TAIL_MAX. */
  readonly tail: readonly RunEvent[];
}

export const UNHEARD: RunFeedState = { link: 'connecting', error: undefined, state: undefined, latestSeq: 0, tail: [] };

/** What the stream said, already parsed. */
export type Heard =
  | { readonly kind: 'open' }
  | { readonly kind: 'again' }
  | { readonly kind: 'snapshot'; readonly state: RunState }
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'beat'; readonly latestSeq: number }
  | { readonly kind: 'end'; readonly reason: string }
  | { readonly kind: 'lost'; readonly error: ApiError }
  | { readonly kind: 'refused'; readonly error: ApiError };

/** Folds what was heard since it was last shown into what the page shows. */
export function hear(feed: RunFeedState, heard: readonly Heard[]): RunFeedState {
  let { link, error, state, latestSeq } = feed;
  const events: RunEvent[] = [];
  for (const item of heard) {
    switch (item.kind) {
      case 'open':
        [link, error] = ['live', undefined];
        break;
      case 'again':
        [link, error] = ['connecting', undefined];
        break;
      case 'snapshot':
        state = item.state;
        latestSeq = Math.max(latestSeq, item.state.timeline.latestSeq);
        break;
      case 'event':
        events.push(item.event);
        latestSeq = Math.max(latestSeq, item.event.seq);
        break;
      case 'beat':
        latestSeq = Math.max(latestSeq, item.latestSeq);
        break;
      case 'end':
        if (item.reason === 'run_terminal') link = 'ended';
        break;
      case 'lost':
        [link, error] = [link === 'ended' ? 'ended' : 'lost', item.error];
        break;
      case 'refused':
        [link, error] = ['refused', item.error];
        break;
    }
  }
  return { link, error, state, latestSeq, tail: extended(feed.tail, events) };
}

/** An event that does not follow on the last one begins a new tail: a tail has no holes. */
function extended(tail: readonly RunEvent[], events: readonly RunEvent[]): readonly RunEvent[] {
  if (events.length === 0) return tail;
  let list = [...tail];
  for (const event of events) {
    const last = list.at(-1)?.seq;
    if (last !== undefined && event.seq <= last) continue;
    if (last !== undefined && event.seq !== last + 1) list = [];
    list.push(event);
  }
  return list.length > TAIL_MAX ? list.slice(-TAIL_MAX) : list;
}
