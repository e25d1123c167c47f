import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { queries } from '../../api/queries.js';
import type { RunState } from '../../api/types.js';
import type { RunFeedState } from '../../stream/run-feed.js';
import { retryRunFeed, useRunFeed } from '../../stream/use-run-feed.js';

/** What the page shows: now, or the moment in its address. */
export interface Moment {
  /** The seq that is shown; undefined: live. */
  readonly at: number | undefined;
  readonly state: RunState | undefined;
  /** Whether `state` is that of the moment before, as the one that is wanted is on its way. */
  readonly isLate: boolean;
  readonly feed: RunFeedState;
  readonly error: Error | undefined;
  readonly retry: () => void;
}

export function useMoment(runId: string): Moment {
  const { at: wanted } = useSearch({ from: '/runs/$runId' });
  const feed = useRunFeed(runId);
  useRewinds(runId, feed.rewinds);
  const at = wanted === undefined ? undefined : momentIn(wanted, feed);
  const past = useQuery({ ...queries.stateAt(runId, at ?? 0), enabled: at !== undefined });
  if (at === undefined) {
    const { state, error } = feed;
    return { at, state, isLate: false, feed, error, retry: () => retryRunFeed(runId) };
  }
  return {
    at,
    state: past.data?.state,
    isLate: past.isPlaceholderData,
    feed,
    // Until the stream speaks it may have been asked for a moment that is none.
    error: feed.link === 'connecting' ? undefined : (past.error ?? undefined),
    retry: () => void past.refetch(),
  };
}

/** Pages, states and events never change – unless the service’s database was put back: then they are asked for again. */
function useRewinds(runId: string, rewinds: number): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (rewinds > 0) void queryClient.invalidateQueries({ queryKey: ['run', runId] });
  }, [queryClient, runId, rewinds]);
}

/** A moment beyond the newest event is that event’s. */
function momentIn(wanted: number, { latestSeq }: RunFeedState): number {
  return latestSeq > 0 ? Math.min(wanted, latestSeq) : wanted;
}
