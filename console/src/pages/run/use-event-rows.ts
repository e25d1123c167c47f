import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { EVENT_PAGE, queries } from '../../api/queries.js';
import type { EventType, RunEvent } from '../../api/types.js';
import type { RunFeedState } from '../../stream/run-feed.js';
import { eventAt, filteredRows } from './event-rows.js';

/** A list of events of which only what is looked at is loaded. */
export interface EventRows {
  readonly count: number;
  /** Undefined while it is being loaded. */
  readonly at: (index: number) => RunEvent | undefined;
  readonly error: Error | null;
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
  const pages = pagesOf(visible.first, Math.min(visible.last, upTo - 1, tailStart - 2));
  const loaded = useQueries({
    queries: pages.map((page) => queries.eventPage(runId, page)),
    combine: (results) => ({
      pages: results.map(({ data }) => data),
      error: results.find(({ error }) => error !== null)?.error ?? null,
    }),
  });
  return {
    count: upTo,
    at: (index) => {
      const seq = index + 1;
      const page = loaded.pages[pages.indexOf(Math.floor(index / EVENT_PAGE))];
      return eventAt(tail, seq) ?? (page && eventAt(page, seq));
    },
    error: loaded.error,
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
    ...queries.eventsOfTypes(runId, types),
    getNextPageParam: (last, _pages, param) => last.at(-1)?.seq ?? param,
    enabled: types.length > 0,
  });
  const isComplete = (query.data?.pages.at(-1)?.length ?? 0) < EVENT_PAGE;
  const { rows, hasHole } = useMemo(
    () => filteredRows(query.data?.pages ?? [], feed.tail, new Set(types), isComplete),
    [query.data, feed.tail, types, isComplete],
  );
  const shown = useMemo(() => rows.filter(({ seq }) => seq <= upTo), [rows, upTo]);
  const { fetchNextPage, isFetching, isSuccess } = query;
  const asked = useRef(0);
  const wantsMore =
    isSuccess && !isFetching && ((!isComplete && visible.last >= rows.length - EVENT_PAGE / 2) || hasHole);
  useEffect(() => {
    // A hole is asked for once per newest event: when nothing of these types is in it, asking again brings nothing.
    if (!wantsMore || (hasHole && asked.current === feed.latestSeq)) return;
    asked.current = feed.latestSeq;
    void fetchNextPage();
  }, [wantsMore, hasHole, feed.latestSeq, fetchNextPage]);
  return {
    count: shown.length,
    at: (index) => shown[index],
    error: query.error,
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
