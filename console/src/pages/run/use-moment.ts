import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import type { RunState } from '../../api/types.js';
import type { RunFeedState } from '../../stream/run-feed.js';
import { retryRunFeed, useRunFeed } from '../../stream/use-run-feed.js';

/** What the page shows: now, or the moment in its address. */
export interface Moment {
  /** The seq that is shown; undefined: live. */
  readonly at: number | undefined;
  readonly state: RunState | undefined;
  readonly feed: RunFeedState;
  readonly error: Error | undefined;
  readonly retry: () => void;
}

export function useMoment(runId: string): Moment {
  const { at } = useSearch({ from: '/runs/$runId' });
  const feed = useRunFeed(runId);
  const past = useQuery({ ...queries.stateAt(runId, at ?? 0), enabled: at !== undefined });
  // The state at the newest seq that is stored is the live one; a moment beyond it is shown as the last one there is.
  const state = at === undefined ? feed.state : past.data?.state;
  const error = at === undefined ? feed.error : (past.error ?? undefined);
  const retry = (): void => (at === undefined ? retryRunFeed(runId) : void past.refetch());
  return { at, state, feed, error: error ?? undefined, retry };
}
