import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client.js';
import { watchedFacts, type WatchedFacts } from './watched-facts.js';
import type { EventsQuery, EventType, RunEvent, RunsQuery } from './types.js';

/** How often a page asks again for what no stream tells. Milliseconds. */
const OVERVIEW_MS = 3_000;
const HEALTH_MS = 5_000;
/** Events on a page of a run’s log. */
export const EVENT_PAGE = 200;
const RUNS_PAGE = 50;

const none = {} as const;

/** What can be asked of the API: one entry per question, so that the same question is asked once, whoever asks it. */
export const queries = {
  run: (id: string) =>
    queryOptions({
      queryKey: ['run', id],
      queryFn: ({ signal }) => answerOf(api.GET('/runs/{id}', { params: { path: { id } }, signal })),
    }),

  /** The state at a seq; it never changes again. */
  stateAt: (id: string, seq: number) =>
    queryOptions({
      queryKey: ['run', id, 'state-at', seq],
      queryFn: ({ signal }) =>
        answerOf(api.GET('/runs/{id}/replay/state', { params: { path: { id }, query: { seq } }, signal })),
      staleTime: Infinity,
      gcTime: 60_000,
      placeholderData: keepPreviousData,
    }),

  /** Events pageIndex × EVENT_PAGE + 1 … of a run; `complete` when the page is full, and then it never changes again. */
  eventPage: (id: string, pageIndex: number) =>
    queryOptions({
      queryKey: ['run', id, 'events', pageIndex],
      queryFn: async ({ signal }) => {
        const query = { afterSeq: pageIndex * EVENT_PAGE, limit: EVENT_PAGE };
        return answerOf(api.GET('/runs/{id}/events', { params: { path: { id }, query }, signal }));
      },
      staleTime: ({ state }) => ((state.data?.length ?? 0) >= EVENT_PAGE ? Infinity : 1_000),
      gcTime: 60_000,
    }),

  /** One event of a run, as it is stored. */
  event: (id: string, seq: number) =>
    queryOptions({
      queryKey: ['run', id, 'event', seq],
      queryFn: async ({ signal }): Promise<RunEvent | null> => {
        const query = { afterSeq: seq - 1, limit: 1 };
        const [event] = await answerOf(api.GET('/runs/{id}/events', { params: { path: { id }, query }, signal }));
        return event?.seq === seq ? event : null;
      },
      staleTime: Infinity,
    }),

  /** Events of some types of a run, ascending, page by page. */
  eventsOfTypes: (id: string, type: readonly EventType[]) =>
    infiniteQueryOptions({
      queryKey: ['run', id, 'events-of', ...type],
      queryFn: ({ pageParam, signal }) => {
        const query = { afterSeq: pageParam, limit: EVENT_PAGE, type: [...type] };
        return answerOf(api.GET('/runs/{id}/events', { params: { path: { id }, query }, signal }));
      },
      initialPageParam: 0,
      getNextPageParam: (last) => (last.length < EVENT_PAGE ? undefined : last.at(-1)?.seq),
    }),

  metrics: (id: string) =>
    queryOptions({
      queryKey: ['run', id, 'metrics'],
      queryFn: ({ signal }) => answerOf(api.GET('/runs/{id}/metrics', { params: { path: { id } }, signal })),
    }),

  outbox: (id: string) =>
    queryOptions({
      queryKey: ['run', id, 'messages'],
      queryFn: ({ signal }) => answerOf(api.GET('/runs/{id}/messages', { params: { path: { id } }, signal })),
    }),

  artifacts: (id: string) =>
    queryOptions({
      queryKey: ['run', id, 'artifacts'],
      queryFn: ({ signal }) => answerOf(api.GET('/runs/{id}/artifacts', { params: { path: { id } }, signal })),
    }),

  /** One page of a list of runs. The beginning of a list renews itself; a later page stays as it is while one reads. */
  runs: (query: RunsQuery) =>
    queryOptions({
      queryKey: ['runs', query],
      queryFn: ({ signal }) =>
        answerOf(api.GET('/runs', { params: { query: { limit: RUNS_PAGE, ...query } }, signal })),
      refetchInterval: query.cursor === undefined && query.search === undefined ? HEALTH_MS : false,
      placeholderData: keepPreviousData,
    }),

  /** The newest runs of some kind, asked again and again. */
  runsNow: (query: RunsQuery) =>
    queryOptions({
      queryKey: ['runs-now', query],
      queryFn: ({ signal }) => answerOf(api.GET('/runs', { params: { query }, signal })),
      refetchInterval: OVERVIEW_MS,
    }),

  /**
   * What the list does not tell of a run that is under way: its deadline, its last event, how its stream stands. Asked again
   * when `updatedAt` of the run has moved.
   */
  watched: (id: string, updatedAt: string) =>
    queryOptions({
      queryKey: ['run', id, 'watched', updatedAt],
      queryFn: async ({ signal }): Promise<WatchedFacts> => {
        const streamEvents = { runId: id, type: ['session.stream.opened'], order: 'desc' as const, limit: 1 };
        const [state, { data }] = await Promise.all([
          answerOf(api.GET('/runs/{id}/state', { params: { path: { id } }, signal })),
          answerOf(api.GET('/events', { params: { query: streamEvents }, signal })),
        ]);
        return watchedFacts(state, data[0]);
      },
      staleTime: Infinity,
      gcTime: 10_000,
    }),

  /** The newest events of all runs, asked again and again. */
  newestEvents: (limit: number) =>
    queryOptions({
      queryKey: ['events', 'newest', limit],
      queryFn: ({ signal }) => answerOf(api.GET('/events', { params: { query: { order: 'desc', limit } }, signal })),
      refetchInterval: OVERVIEW_MS,
    }),

  comparison: (leftRunId: string, rightRunId: string) =>
    queryOptions({
      queryKey: ['comparison', leftRunId, rightRunId],
      queryFn: ({ signal }) => answerOf(api.POST('/runs/compare', { body: { leftRunId, rightRunId }, signal })),
    }),

  /** Events across runs, newest first, page by page. */
  events: (query: Omit<EventsQuery, 'afterSeq' | 'order'>) =>
    infiniteQueryOptions({
      queryKey: ['events', query],
      queryFn: ({ pageParam, signal }) => {
        const page = { limit: EVENT_PAGE, ...query, order: 'desc' as const, afterSeq: pageParam };
        return answerOf(api.GET('/events', { params: { query: page }, signal }));
      },
      initialPageParam: 0,
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    }),

  overview: (window: '15m' | '1h' | '6h' | '24h' | '7d' | '30d') =>
    queryOptions({
      queryKey: ['overview', window],
      queryFn: ({ signal }) => answerOf(api.GET('/dashboard/overview', { params: { query: { window } }, signal })),
      refetchInterval: HEALTH_MS,
    }),

  agents: (window: '15m' | '1h' | '6h' | '24h' | '7d' | '30d') =>
    queryOptions({
      queryKey: ['agents', window],
      queryFn: ({ signal }) =>
        answerOf(api.GET('/dashboard/agents/metrics', { params: { query: { window } }, signal })),
    }),

  /** What every dependency says of itself. A 503 carries the same report. */
  readiness: () =>
    queryOptions({
      queryKey: ['readiness'],
      queryFn: async ({ signal }) => {
        const asking = api.GET('/readyz', { signal });
        const { error } = await asking.catch(() => ({ error: undefined }));
        return error && 'streams' in error ? error : answerOf(asking);
      },
      refetchInterval: HEALTH_MS,
    }),

  runtimeHealth: () =>
    queryOptions({
      queryKey: ['runtime', 'health'],
      queryFn: ({ signal }) => answerOf(api.GET('/runtime/health', { params: none, signal })),
      refetchInterval: HEALTH_MS,
    }),

  manifest: () =>
    queryOptions({
      queryKey: ['runtime', 'manifest'],
      queryFn: ({ signal }) => answerOf(api.GET('/runtime/manifest', { params: none, signal })),
    }),

  modes: () =>
    queryOptions({
      queryKey: ['runtime', 'modes'],
      queryFn: ({ signal }) => answerOf(api.GET('/runtime/modes', { params: none, signal })),
    }),

  policies: () =>
    queryOptions({
      queryKey: ['runtime', 'policies'],
      queryFn: ({ signal }) => answerOf(api.GET('/runtime/policies', { params: none, signal })),
    }),

  circuit: () =>
    queryOptions({
      queryKey: ['circuit'],
      queryFn: ({ signal }) => answerOf(api.GET('/admin/circuit-breaker/history', { params: none, signal })),
      refetchInterval: HEALTH_MS,
    }),

  webhooks: () =>
    queryOptions({
      queryKey: ['webhooks'],
      queryFn: ({ signal }) => answerOf(api.GET('/webhooks', { params: none, signal })),
    }),

  audit: (offset: number, limit: number) =>
    queryOptions({
      queryKey: ['audit', offset, limit],
      queryFn: ({ signal }) => answerOf(api.GET('/audit', { params: { query: { offset, limit } }, signal })),
      placeholderData: keepPreviousData,
    }),
};
