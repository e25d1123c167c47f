import { and, asc, desc, eq, getTableColumns, gte, inArray, isNull, lt, ne, sql, type SQL } from 'drizzle-orm';
import type { Executor } from '../db/database.client.js';
import { runs, runtimeSessions } from '../db/schema.js';
import type { RunListFilter, RunPage } from '../contracts/run-record.js';
import { decodeCursor, encodeCursor } from './run-cursor.js';
import { FILTER_TEXT_UNITS_MAX, toRunRecord } from './run-row.js';

/** Totals are counted up to here; counting all of a large table on every page would cost more than the page. */
export const RUN_COUNT_MAX = 1_000;
export const RUN_OFFSET_MAX = 10_000;
/**
 * A fragment of fewer than three letters has no trigram to look up. It is searched for among the newest runs only,
 * this many, so that its cost has a bound; longer ones use the index and see every run.
 */
export const SHORT_SEARCH_RUNS_MAX = 5_000;
const TRIGRAM_LENGTH = 3;

/** In lists the request comes without its large parts; a run asked for alone has them. */
const listedRequest = sql<typeof runs.request._.data>`${runs.request}
  #- '{kickoff}' #- '{session,context}' #- '{session,contextEnvelope}' #- '{session,extensions}'`;

/** One page of runs; throws VALIDATION_ERROR for a bad cursor. */
export async function listRuns(executor: Executor, filter: RunListFilter): Promise<RunPage> {
  const conditions = and(...conditionsOf(filter));
  const rows = await pageOf(executor, filter, conditions);
  const page = rows.slice(0, filter.limit).map(toRunRecord);
  const last = page.at(-1);
  const counted = await countUpTo(executor, conditions);
  return {
    data: page,
    total: Math.min(counted, RUN_COUNT_MAX),
    totalIsExact: counted <= RUN_COUNT_MAX,
    limit: filter.limit,
    offset: offsetOf(filter),
    nextCursor:
      last === undefined || rows.length <= filter.limit
        ? null
        : encodeCursor({ sortBy: filter.sortBy, sortOrder: filter.sortOrder, at: last[filter.sortBy], id: last.id }),
  };
}

/**
 * One row more than asked for: whether there is a next page. The page is found by its ids first, so that the rows an offset
 * skips are neither joined nor fetched whole.
 */
function pageOf(executor: Executor, filter: RunListFilter, conditions: SQL | undefined) {
  const direction = filter.sortOrder === 'asc' ? asc : desc;
  const order = [direction(runs[filter.sortBy]), direction(runs.id)];
  return executor.read((drizzle) => {
    const page = drizzle
      .select({ id: runs.id })
      .from(runs)
      .where(and(conditions, afterCursor(filter)))
      .orderBy(...order)
      .limit(filter.limit + 1)
      .offset(offsetOf(filter))
      .as('page');
    return drizzle
      .select({
        ...getTableColumns(runs),
        request: listedRequest,
        sessionId: runtimeSessions.sessionId,
        session: runtimeSessions.session,
      })
      .from(page)
      .innerJoin(runs, eq(runs.id, page.id))
      .innerJoin(runtimeSessions, eq(runtimeSessions.runId, runs.id))
      .orderBy(...order);
  });
}

async function countUpTo(executor: Executor, conditions: SQL | undefined): Promise<number> {
  const rows = await executor.read((drizzle) => {
    const bounded = drizzle
      .select({ one: sql`1`.as('one') })
      .from(runs)
      .where(conditions)
      .limit(RUN_COUNT_MAX + 1)
      .as('bounded');
    return drizzle.select({ count: sql<number>`count(*)::int` }).from(bounded);
  });
  return rows[0]?.count ?? 0;
}

function offsetOf(filter: RunListFilter): number {
  return filter.cursor === undefined ? Math.min(filter.offset ?? 0, RUN_OFFSET_MAX) : 0;
}

function afterCursor(filter: RunListFilter): SQL | undefined {
  if (filter.cursor === undefined) return undefined;
  const { at, id } = decodeCursor(filter.cursor, filter.sortBy, filter.sortOrder);
  const place = sql`(${runs[filter.sortBy]}, ${runs.id})`;
  const cursor = sql`(${at}::timestamptz, ${id}::uuid)`;
  return filter.sortOrder === 'asc' ? sql`${place} > ${cursor}` : sql`${place} < ${cursor}`;
}

function conditionsOf(filter: RunListFilter): readonly (SQL | undefined)[] {
  const { status, tags, modeName, runtimeKind, environment, createdAfter, createdBefore } = filter;
  return [
    status === undefined || status.length === 0 ? undefined : inArray(runs.status, [...status]),
    tags === undefined || tags.length === 0 ? undefined : sql`${runs.tags} @> ${sql.param([...tags])}::text[]`,
    modeName === undefined ? undefined : eq(runs.modeName, modeName),
    runtimeKind === undefined ? undefined : eq(runs.runtimeKind, runtimeKind),
    environment === undefined ? undefined : eq(runs.environment, environment.slice(0, FILTER_TEXT_UNITS_MAX)),
    createdAfter === undefined ? undefined : gte(runs.createdAt, createdAfter),
    // Nothing changes before it is made, so a walk along the last changes may end there too.
    createdAfter === undefined || filter.sortBy !== 'updatedAt' ? undefined : gte(runs.updatedAt, createdAfter),
    createdBefore === undefined ? undefined : lt(runs.createdAt, createdBefore),
    filter.includeArchived ? undefined : isNull(runs.archivedAt),
    filter.includeSandbox ? undefined : ne(runs.mode, 'sandbox'),
    ...containing(sql`lower(${runs.scenarioRef})`, filter.scenarioRef),
    ...containing(sql`${runs.searchText}`, filter.search),
  ];
}

/** Substring match, in any case; the wildcards of LIKE stand for themselves. */
function containing(column: SQL, fragment: string | undefined): readonly SQL[] {
  const wanted = fragment?.trim().toLowerCase().slice(0, FILTER_TEXT_UNITS_MAX) ?? '';
  if (wanted === '') return [];
  const pattern = `%${wanted.replace(/[\\%_]/g, '\\$&')}%`;
  if (wanted.length >= TRIGRAM_LENGTH) return [sql`${column} like ${pattern}`];
  // The newest runs are taken first and looked through then; otherwise an order of another column is walked to its end.
  return [
    sql`${runs.id} = any(array(
      select newest.id from (
        select ${runs.id} as id, ${column} as searched from ${runs}
        order by ${runs.createdAt} desc, ${runs.id} desc limit ${SHORT_SEARCH_RUNS_MAX}
      ) as newest
      where newest.searched like ${pattern}))`,
  ];
}
