import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { queries } from '../../api/queries.js';
import type { EventsQuery, RunEvent } from '../../api/types.js';
import { withNewer, type Fresh } from './newest.js';

type Filter = Omit<EventsQuery, 'afterSeq' | 'order' | 'limit'>;

export interface EventLog {
  /** Newest first. */
  readonly events: readonly RunEvent[];
  /** Events that came live and are not listed any more. */
  readonly dropped: number;
  readonly isLoaded: boolean;
  readonly error: Error | null;
  /** Asks again for what could not be loaded. */
  readonly retry: () => void;
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  readonly loadOlder: () => void;
}

const NOTHING: Fresh = { cursor: -1, events: [], dropped: 0 };

/** Events across runs: what was there when the page was opened, older ones on request, and what comes, while `live`. */
export function useEventLog(filter: Filter, live: boolean): EventLog {
  const head = useQuery(queries.eventsHead(filter));
  const start = head.data;
  const older = useInfiniteQuery({ ...queries.events(filter, (start ?? 0) + 1), enabled: start !== undefined });
  const [fresh, setFresh] = useState(NOTHING);
  const cursor = Math.max(fresh.cursor, start ?? 0);
  const newer = useQuery({ ...queries.eventsSince(filter, cursor), enabled: live && start !== undefined });
  // Folded while rendering: a page of newer events belongs to exactly one cursor, so this happens once for each.
  if (newer.data && newer.data.lastCursor > cursor) setFresh(withNewer({ ...fresh, cursor }, newer.data));
  const events = useMemo(
    () => [...fresh.events, ...(older.data?.pages.flatMap(({ data }) => data) ?? [])],
    [fresh.events, older.data],
  );
  return {
    events,
    dropped: fresh.dropped,
    isLoaded: older.data !== undefined,
    error: head.error ?? older.error ?? newer.error,
    retry: () => {
      if (head.error) void head.refetch();
      if (newer.error) void newer.refetch();
      // What was loaded stays: only the page that failed is asked for again.
      if (older.error) void (older.data === undefined ? older.refetch() : older.fetchNextPage());
    },
    // One that failed is asked for again by `retry`, and not for ever by a list that is near its end.
    hasOlder: older.hasNextPage && !older.isFetchNextPageError,
    isLoadingOlder: older.isFetchingNextPage,
    loadOlder: () => void older.fetchNextPage(),
  };
}
