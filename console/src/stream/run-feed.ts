import type { ApiError } from '../api/api-error.js';
import type { RunEvent, RunState } from '../api/types.js';

/** The newest events are kept at hand; older ones are asked for by page. */
export const TAIL_MAX = 1_000;

/** The service takes what agents say for half a minute after the end of a run, and then it is to be stored. Milliseconds. */
const FAREWELL_MS = 35_000;

/**
 * connecting: not heard yet. live: following. lost: was following, and tries again. ended: the run is over and all of it is
 * here, but for what agents still say, which is added as it comes. refused: asking again would not help.
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
  /** How often the service knew less than was heard of: whatever was asked for before may no longer be so. */
  readonly rewinds: number;
}

export const UNHEARD: RunFeedState = {
  link: 'connecting',
  error: undefined,
  state: undefined,
  latestSeq: 0,
  tail: [],
  rewinds: 0,
};

/** What the stream said, already parsed. */
export type Heard =
  | { readonly kind: 'open' }
  | { readonly kind: 'again' }
  /** The service knows less than was heard of: its database was put back. What it knows comes next. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'snapshot'; readonly state: RunState }
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'beat'; readonly latestSeq: number }
  | { readonly kind: 'end'; readonly reason: string }
  | { readonly kind: 'lost'; readonly error: ApiError }
  | { readonly kind: 'refused'; readonly error: ApiError };

/** Folds what was heard since it was last shown into what the page shows. */
export function hear(feed: RunFeedState, heard: readonly Heard[]): RunFeedState {
  let { link, error, state, latestSeq, tail, rewinds } = feed;
  let events: RunEvent[] = [];
  for (const item of heard) {
    switch (item.kind) {
      case 'open':
        if (link !== 'ended') [link, error] = ['live', undefined];
        break;
      case 'again':
        [link, error] = ['connecting', undefined];
        break;
      case 'gap':
        [latestSeq, tail, events] = [0, [], []];
        rewinds += 1;
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
        if (link !== 'ended') [link, error] = ['lost', item.error];
        break;
      case 'refused':
        if (link !== 'ended') [link, error] = ['refused', item.error];
        break;
    }
  }
  return { link, error, state, latestSeq, tail: extended(tail, events), rewinds };
}

/** How long a run that is over is still followed, at a time of the service’s clock; `endedAt` undefined: it ended just now. Milliseconds. */
export function farewellMs(endedAt: string | undefined, nowMs: number): number {
  if (endedAt === undefined) return FAREWELL_MS;
  return Math.min(FAREWELL_MS, Math.max(0, Date.parse(endedAt) + FAREWELL_MS - nowMs));
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
