import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { EVENT_PAGE, queries } from '../../api/queries.js';
import type { EventType, RunEvent } from '../../api/types.js';
import type { RunFeedState } from '../../stream/run-feed.js';
import { eventAt, filteredRows } from './event-rows.js';

/** How soon the rest of a page that was not full is asked for again. Milliseconds. */
const REST_MS = 1_000;

/** A list of events of which only what is looked at is loaded. */
export interface EventRows {
  readonly count: number;
  /** Whether `count` counts all there are; a list of some types learns of its rows page by page. */
  readonly isComplete: boolean;
  /** Undefined while it is being loaded. */
  readonly at: (index: number) => RunEvent | undefined;
  readonly error: Error | null;
  /** Asks again for what could not be loaded. */
  readonly retry: () => void;
  /** Index of the row with this seq, or of the one before it. */
  readonly indexOf: (seq: number) => number;
}

/** All events of a run up to `upTo`. As seqs have no gaps, row i is seq i + 1, and any row can be jumped to. */
export function useAllRows(
  runId: string,
  upTo: number,
  feed: RunFeedState,
  visible: { readonly first: number; readonly last: number },
): EventRows {
  const { tail } = feed;
  const tailStart = tail[0]?.seq ?? Number.POSITIVE_INFINITY;
  const last = Math.min(visible.last, upTo - 1, tailStart - 2);
  const pages = pagesOf(visible.first, last);
  const loaded = useQueries({
    queries: pages.map((page) => ({
      ...queries.eventPage(runId, page),
      // A page that was not full when it was asked for, and whose other rows the tail has left meanwhile.
      refetchInterval: ({ state: { data } }: { readonly state: { readonly data: readonly RunEvent[] | undefined } }) =>
        data !== undefined && last >= page * EVENT_PAGE + data.length && data.length < EVENT_PAGE ? REST_MS : false,
    })),
    combine: (results) => ({
      pages: results.map(({ data }) => data),
      error: results.find(({ error }) => error !== null)?.error ?? null,
      retry: () => {
        for (const { isError, refetch } of results) if (isError) void refetch();
      },
    }),
  });
  return {
    count: upTo,
    isComplete: feed.link !== 'connecting',
    at: (index) => {
      const seq = index + 1;
      const page = loaded.pages[pages.indexOf(Math.floor(index / EVENT_PAGE))];
      return eventAt(tail, seq) ?? (page && eventAt(page, seq));
    },
    error: loaded.error,
    retry: loaded.retry,
    indexOf: (seq) => seq - 1,
  };
}

/** Only events of some types. Loaded from the beginning, page by page as the end comes near; what is new comes by the stream. */
export function useFilteredRows(
  runId: string,
  types: readonly EventType[],
  upTo: number,
  feed: RunFeedState,
  visible: { readonly last: number },
): EventRows {
  const query = useInfiniteQuery({
    ...queries.eventsOfTypes(runId, types, feed.latestSeq),
    enabled: types.length > 0,
  });
  const pages = query.data?.pages;
  const { tail, latestSeq } = feed;
  const { rows, isComplete, hasHole } = useMemo(
    () => filteredRows(pages ?? [], { tail, latestSeq }, new Set(types)),
    [pages, tail, latestSeq, types],
  );
  const shown = useMemo(() => rows.filter(({ seq }) => seq <= upTo), [rows, upTo]);
  const { fetchNextPage, refetch, isFetching, isSuccess } = query;
  const isNearEnd = !isComplete && visible.last >= rows.length - EVENT_PAGE / 2;
  const wantsMore = isSuccess && !isFetching && (isNearEnd || hasHole);
  useEffect(() => {
    // Each answer reaches further than the one before, so that this comes to rest.
    if (wantsMore) void fetchNextPage();
  }, [wantsMore, fetchNextPage]);
  return {
    count: shown.length,
    isComplete: (isComplete && !hasHole) || (rows.at(-1)?.seq ?? 0) > upTo,
    at: (index) => shown[index],
    error: query.error,
    // What was loaded stays: only the page that failed is asked for again.
    retry: () => void (pages === undefined ? refetch() : fetchNextPage()),
    indexOf: (seq) =>
      Math.max(
        0,
        shown.findLastIndex((event) => event.seq <= seq),
      ),
  };
}

function pagesOf(first: number, last: number): readonly number[] {
  if (last < first) return [];
  const from = Math.floor(first / EVENT_PAGE);
  const to = Math.floor(last / EVENT_PAGE);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
