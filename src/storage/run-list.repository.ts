import { getTableColumns } from 'drizzle-orm';
import type { Executor } from '../db/database.client.js';
import { runs } from '../db/schema.js';
import type { IsoTime } from '../contracts/ids.js';
import type { RunListFilter, RunPage, RunRecord } from '../contracts/run-record.js';
import { encodeCursor } from './run-cursor.js';
import {
  listStatement,
  longFragmentOf,
  offsetOf,
  patternOf,
  RUN_COUNT_MAX,
  type ListHints,
} from './run-list-statement.js';
import { toRunRecord, type RunRow } from './run-row.js';
import type { RunSampleRepository } from './run-sample.repository.js';
import { pieceOf, rarestTag } from './search-piece.js';

/** A part that more scenarios have is looked for in the runs themselves. */
const SCENARIOS_MAX = 1_000;

/** The runs of a more frequent tag are met often enough along all runs in order of their last change. */
const TAG_SHARE_MAX = 0.1;

/** In lists the request comes without its large parts; a run asked for alone has them. */
const LISTED_REQUEST = `runs.request #- '{kickoff}' #- '{session,context}' #- '{session,contextEnvelope}' #- '{session,extensions}'`;

/**
 * RunRows of these ids, in any order. Written out once: having Drizzle build the statement and map its rows took a seventh
 * of this process's time for a page, and a quarter of the objects it made.
 */
const LISTED_ROWS = `select ${Object.entries(getTableColumns(runs))
  .map(([field, { name }]) => `${field === 'request' ? LISTED_REQUEST : `runs.${name}`} as "${field}"`)
  .join(', ')}, session_id as "sessionId", session
  from runs join runtime_sessions on run_id = id where id = any($1::uuid[])`;

/** One page of runs; throws VALIDATION_ERROR for a bad cursor. */
export async function listRuns(
  executor: Executor,
  samples: RunSampleRepository,
  filter: RunListFilter,
  redactPaths: readonly string[],
): Promise<RunPage> {
  const { text, values } = listStatement(filter, await hintsFor(executor, samples, filter));
  const [found] = await executor.query(text, values);
  const counted = Number(found?.['counted'] ?? 0);
  const ids = idsIn(found?.['ids']);
  const page = await listedRecords(executor, ids.slice(0, filter.limit), redactPaths);
  const lastId = ids[filter.limit - 1];
  return {
    data: page,
    total: Math.min(counted, RUN_COUNT_MAX),
    totalIsExact: counted <= RUN_COUNT_MAX,
    limit: filter.limit,
    offset: offsetOf(filter),
    // By the place the run had then: it may have changed since.
    nextCursor:
      lastId === undefined || ids.length <= filter.limit
        ? null
        : encodeCursor({
            sortBy: filter.sortBy,
            sortOrder: filter.sortOrder,
            at: timeIn(found?.['last_at']),
            id: lastId,
          }),
  };
}

async function hintsFor(executor: Executor, samples: RunSampleRepository, filter: RunListFilter): Promise<ListHints> {
  const part = longFragmentOf(filter.scenarioRef);
  const search = longFragmentOf(filter.search);
  const tags = filter.tags ?? [];
  const sample = search === undefined && tags.length === 0 ? undefined : await samples.sample();
  const rarest = sample && rarestTag(tags, sample);
  return {
    scenarios: part === undefined ? undefined : await scenariosWith(executor, part),
    piece: search === undefined || sample === undefined ? undefined : pieceOf(search, sample, RUN_COUNT_MAX),
    // With a text to look at the runs themselves are read, and so is the index of their tags.
    tag:
      search === undefined && (filter.sortBy === 'createdAt' || (rarest?.share ?? 1) <= TAG_SHARE_MAX)
        ? rarest?.tag
        : undefined,
  };
}

async function scenariosWith(executor: Executor, part: string): Promise<readonly string[] | undefined> {
  const rows = await executor.query(
    `select scenario_ref from run_scenarios where lower(scenario_ref) like $1 limit ${SCENARIOS_MAX + 1}`,
    [patternOf(part)],
  );
  return rows.length > SCENARIOS_MAX ? undefined : rows.map((row) => String(row['scenario_ref']));
}

/** The runs as lists have them, in the order of their ids; one that was deleted meanwhile is left out. */
export async function listedRecords(
  executor: Executor,
  ids: readonly string[],
  redactPaths: readonly string[],
): Promise<readonly RunRecord[]> {
  if (ids.length === 0) return [];
  const rows = await executor.query(LISTED_ROWS, [[...ids]]);
  // The aliases are the names of RunRow.
  const byId = new Map(rows.map((row) => [row['id'], row as object as RunRow]));
  return ids.flatMap((id) => byId.get(id) ?? []).map((row) => toRunRecord(row, redactPaths));
}

/** The driver reads a timestamptz as our one time format. */
function timeIn(value: unknown): IsoTime {
  return String(value) as IsoTime;
}

/** An array column that may be null: nothing was found. */
function idsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
