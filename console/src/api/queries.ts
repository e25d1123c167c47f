import { infiniteQueryOptions, keepPreviousData, queryOptions, skipToken } from '@tanstack/react-query';
import { errorOf } from './api-error.js';
import { answerOf, api, apiBase, send } from './client.js';
import type {
  EventsQuery,
  EventType,
  ExecutionRequest,
  OpenApiDocument,
  Readiness,
  RunEvent,
  RunsQuery,
  RunStatus,
} from './types.js';
import { watchedFacts, type WatchedFacts } from './watched-facts.js';

/** How often a page asks again for what no stream tells. Milliseconds. */
const OVERVIEW_MS = 3_000;
/** The same of single runs under way, of which a page looks at several: each is a whole state. */
const WATCHED_MS = 12_000;
const HEALTH_MS = 5_000;
const TAIL_MS = 1_500;
/** Events on a page of a run’s log. */
export const EVENT_PAGE = 200;
const RUNS_PAGE = 50;
/** As many as the API gives at once. */
const TURNS_MAX = 1_000;

type EventFilter = Omit<EventsQuery, 'afterSeq' | 'order' | 'limit'>;

/** Events of some types, as they were asked for at once. */
export interface TypedPage {
  readonly events: readonly RunEvent[];
  /** More of them may follow right behind. */
  readonly isFull: boolean;
  /** None up to this seq is missing. */
  readonly through: number;
}

const none = {} as const;

/** What can be asked of the API: one entry per question, so that the same question is asked once, whoever asks it. */
export const queries = {
  run: (id: string) =>
    queryOptions({
      queryKey: ['run', id],
      queryFn: ({ signal }) => answerOf(api.GET('/runs/{id}', { params: { path: { id } }, signal })),
      refetchInterval: HEALTH_MS,
    }),

  /** The state at a seq; it never changes again. */
  stateAt: (id: string, seq: number) =>
    queryOptions({
      queryKey: ['run', id, 'state-at', seq],
      queryFn: ({ signal }) =>
        answerOf(api.GET('/runs/{id}/replay/state', { params: { path: { id }, query: { seq } }, signal })),
      staleTime: Infinity,
      gcTime: 60_000,
      placeholderData: ofSame(id),
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

  /** What the runtime said, as it is stored; null when that position holds nothing. */
  rawEvent: (id: string, position: number) =>
    queryOptions({
      queryKey: ['run', id, 'raw-event', position],
      queryFn: async ({ signal }) => {
        const query = { afterPosition: position - 1, limit: 1 };
        const [raw] = await answerOf(api.GET('/runs/{id}/raw-events', { params: { path: { id }, query }, signal }));
        return raw?.position === position ? raw : null;
      },
      staleTime: Infinity,
    }),

  /**
   * Events of some types of a run, ascending, page by page; there is always a next page, as the run may go on. What was
   * loaded is never loaded again: it does not change. `latestSeq`: of the newest event that is known.
   */
  eventsOfTypes: (id: string, type: readonly EventType[], latestSeq: number) =>
    infiniteQueryOptions({
      queryKey: ['run', id, 'events-of', ...type],
      queryFn: async ({ pageParam, signal }): Promise<TypedPage> => {
        const query = { afterSeq: pageParam, limit: EVENT_PAGE, type: [...type] };
        const events = await answerOf(api.GET('/runs/{id}/events', { params: { path: { id }, query }, signal }));
        const isFull = events.length >= EVENT_PAGE;
        const last = events.at(-1)?.seq ?? pageParam;
        return { events, isFull, through: isFull ? last : Math.max(last, latestSeq) };
      },
      initialPageParam: 0,
      getNextPageParam: ({ through }) => through,
      staleTime: Infinity,
    }),

  /** seq of the last event of some types before an event of a run, or of the first one after it; null: there is none. */
  neighbour: (id: string, type: readonly EventType[], seq: number, side: 'before' | 'after') =>
    queryOptions({
      queryKey: ['run', id, 'neighbour', side, seq, ...type],
      queryFn: async ({ signal }) => {
        const order = side === 'before' ? ('desc' as const) : ('asc' as const);
        const query = { runId: id, type: [...type], afterSeq: seq, order, limit: 1 };
        return (await answerOf(api.GET('/events', { params: { query }, signal }))).data[0]?.seq ?? null;
      },
    }),

  /** seqs of the first events of some types of a run, at most TURNS_MAX of them, as they were at first sight. */
  turns: (id: string, type: readonly EventType[]) =>
    queryOptions({
      queryKey: ['run', id, 'turns', ...type],
      queryFn: async ({ signal }) => {
        const query = { type: [...type], limit: TURNS_MAX };
        const events = await answerOf(api.GET('/runs/{id}/events', { params: { path: { id }, query }, signal }));
        return events.map(({ seq }) => seq);
      },
      staleTime: Infinity,
    }),

  /** The figures of a run in a status; with another one there are others. */
  metrics: (id: string, status: RunStatus | undefined) =>
    queryOptions({
      queryKey: ['run', id, 'metrics', status],
      queryFn: ({ signal }) => answerOf(api.GET('/runs/{id}/metrics', { params: { path: { id } }, signal })),
      enabled: status !== undefined,
      placeholderData: ofSame(id),
    }),

  /** What the control plane sent for a run. `total`: how many messages of anybody the state counts; with it the list may change. */
  outbox: (id: string, total: number) =>
    queryOptions({
      queryKey: ['run', id, 'messages', total],
      queryFn: ({ signal }) => answerOf(api.GET('/runs/{id}/messages', { params: { path: { id } }, signal })),
      placeholderData: ofSame(id),
    }),

  /** `latest`: the newest one that the state knows; when it changes, there are others. */
  artifacts: (id: string, latest: string | undefined) =>
    queryOptions({
      queryKey: ['run', id, 'artifacts', latest],
      queryFn: ({ signal }) => answerOf(api.GET('/runs/{id}/artifacts', { params: { path: { id } }, signal })),
      placeholderData: ofSame(id),
    }),

  /** One page of a list of runs. */
  runs: (query: RunsQuery) =>
    queryOptions({
      queryKey: ['runs', query],
      queryFn: ({ signal }) =>
        answerOf(api.GET('/runs', { params: { query: { limit: RUNS_PAGE, ...query } }, signal })),
      refetchInterval: renewsItself(query) ? HEALTH_MS : false,
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
   * What the list does not tell of a run that is under way: its deadline, its last event, how its stream stands. Asked
   * again and again, as events do not move `updatedAt` of the run.
   */
  watched: (id: string) =>
    queryOptions({
      queryKey: ['run', id, 'watched'],
      queryFn: async ({ signal }): Promise<WatchedFacts> => {
        const streamEvents = { runId: id, type: ['session.stream.opened'], order: 'desc' as const, limit: 1 };
        const [state, { data }] = await Promise.all([
          answerOf(api.GET('/runs/{id}/state', { params: { path: { id } }, signal })),
          answerOf(api.GET('/events', { params: { query: streamEvents }, signal })),
        ]);
        return watchedFacts(state, data[0]);
      },
      staleTime: WATCHED_MS,
      refetchInterval: WATCHED_MS,
      gcTime: WATCHED_MS,
    }),

  /** The newest events of all runs, asked again and again. */
  newestEvents: (limit: number) =>
    queryOptions({
      queryKey: ['events', 'newest', limit],
      queryFn: ({ signal }) => answerOf(api.GET('/events', { params: { query: { order: 'desc', limit } }, signal })),
      refetchInterval: OVERVIEW_MS,
    }),

  /** How two runs differ in their statuses; with others it is another comparison. */
  comparison: (leftRunId: string, rightRunId: string, ...statuses: readonly (RunStatus | undefined)[]) =>
    queryOptions({
      queryKey: ['comparison', leftRunId, rightRunId, ...statuses],
      queryFn: ({ signal }) => answerOf(api.POST('/runs/compare', { body: { leftRunId, rightRunId }, signal })),
      enabled: !statuses.includes(undefined),
      placeholderData: ofSame(leftRunId, rightRunId),
    }),

  /** Where the log of all runs ends: the cursor of its newest event, 0 when there is none. */
  eventsHead: (query: EventFilter) =>
    queryOptions({
      queryKey: ['events-head', query],
      queryFn: async ({ signal }) => {
        const newest = { ...query, order: 'desc' as const, limit: 1 };
        return (await answerOf(api.GET('/events', { params: { query: newest }, signal }))).lastCursor;
      },
      // Whoever signs in has everything asked again; a list goes on from where it began.
      staleTime: 'static',
      gcTime: 0,
    }),

  /** Events across runs before a cursor, newest first, page by page. */
  events: (query: EventFilter, before: number) =>
    infiniteQueryOptions({
      queryKey: ['events', query, before],
      queryFn: ({ pageParam, signal }) => {
        const page = { ...query, limit: EVENT_PAGE, order: 'desc' as const, afterSeq: pageParam };
        return answerOf(api.GET('/events', { params: { query: page }, signal }));
      },
      initialPageParam: before,
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
      staleTime: Infinity,
    }),

  /** Events across runs after a cursor, ascending; asked again until there are some. */
  eventsSince: (query: EventFilter, after: number) =>
    queryOptions({
      queryKey: ['events-since', query, after],
      queryFn: ({ signal }) => {
        const page = { ...query, limit: EVENT_PAGE, afterSeq: after };
        return answerOf(api.GET('/events', { params: { query: page }, signal }));
      },
      refetchInterval: TAIL_MS,
      gcTime: 0,
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
        return isReadiness(error) ? error : answerOf(asking);
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

  sessions: () =>
    queryOptions({
      queryKey: ['runtime', 'sessions'],
      queryFn: ({ signal }) => answerOf(api.GET('/runtime/sessions', { params: none, signal })),
      refetchInterval: HEALTH_MS,
    }),

  /** What a newcomer can launch. */
  examples: () =>
    queryOptions({
      queryKey: ['examples'],
      queryFn: ({ signal }) => answerOf(api.GET('/examples', { params: none, signal })),
      staleTime: Infinity,
    }),

  /** The OpenAPI document of this very server. */
  openApi: () =>
    queryOptions({
      queryKey: ['openapi'],
      queryFn: async ({ signal }): Promise<OpenApiDocument> => {
        const response = await send(new Request(new URL('docs-json', apiBase), { signal }));
        if (!response.ok) throw errorOf(response.status, await response.json().catch(() => undefined));
        return (await response.json()) as OpenApiDocument;
      },
      staleTime: Infinity,
    }),

  /** What the control plane itself says of a request that fits the schema: runtime, mode and credentials included. */
  verdict: (request: ExecutionRequest | undefined) =>
    queryOptions({
      queryKey: ['verdict', request],
      queryFn: request ? ({ signal }) => answerOf(api.POST('/runs/validate', { body: request, signal })) : skipToken,
      retry: false,
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
      // Further back, what is new would push the entries away from under the reader.
      refetchInterval: offset === 0 ? HEALTH_MS : false,
      placeholderData: keepPreviousData,
    }),
};

/** Whether a list of runs is asked for again and again: a later page stays, and a search costs too much. */
export function renewsItself({ cursor, search }: RunsQuery): boolean {
  return cursor === undefined && search === undefined;
}

/** What is known of these runs stands until the new answer is there; what is known of others does not. */
function ofSame(...ids: readonly string[]) {
  return <T>(known: T | undefined, query: { readonly queryKey: readonly unknown[] } | undefined): T | undefined =>
    ids.every((id, place) => query?.queryKey[place + 1] === id) ? known : undefined;
}

/** A proxy’s answer may be anything, also no JSON at all. */
function isReadiness(body: unknown): body is Readiness {
  return typeof body === 'object' && body !== null && 'streams' in body;
}
