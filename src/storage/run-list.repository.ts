import { getTableColumns } from 'drizzle-orm';
import type { Executor } from '../db/database.client.js';
import { runs } from '../db/schema.js';
import { isoTimeOf } from '../db/values.js';
import type { RunListFilter, RunPage, RunRecord } from '../contracts/run-record.js';
import { encodeCursor } from './run-cursor.js';
import {
  listStatement,
  longFragmentOf,
  longPartOf,
  offsetOf,
  patternOf,
  RUN_COUNT_MAX,
  type ListHints,
} from './run-list-statement.js';
import { toRunRecord, type RunRow } from './run-row.js';
import type { RunSampleRepository } from './run-sample.repository.js';
import { pieceOf, rarestTag } from './search-piece.js';
import { sizedPage } from './sized-page.repository.js';

/** Rows read at once: a page has no more unless a client asks for it. */
const PIECE_MAX = 50;

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
  const ids = textsIn(found?.['ids']);
  const listed = ids.slice(0, filter.limit);
  const { records, read } = await listedRecords(executor, listed, redactPaths);
  return {
    data: records,
    total: Math.min(counted, RUN_COUNT_MAX),
    totalIsExact: counted <= RUN_COUNT_MAX,
    // The next offset of whoever adds the two.
    limit: read < listed.length ? read : filter.limit,
    offset: offsetOf(filter),
    nextCursor: read < ids.length ? cursorAt(filter, ids, textsIn(found?.['places']), read - 1) : null,
  };
}

/** By the place the run had when it was found: it may have changed since. */
function cursorAt(
  { sortBy, sortOrder }: RunListFilter,
  ids: readonly string[],
  places: readonly string[],
  index: number,
): string {
  return encodeCursor({ sortBy, sortOrder, at: isoTimeOf(places[index] ?? ''), id: ids[index] ?? '' });
}

async function hintsFor(executor: Executor, samples: RunSampleRepository, filter: RunListFilter): Promise<ListHints> {
  const part = longPartOf(filter.scenarioRef);
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
    `select scenario_ref from run_scenarios where lower(scenario_ref) like lower($1::text) limit ${SCENARIOS_MAX + 1}`,
    [patternOf(part)],
  );
  return rows.length > SCENARIOS_MAX ? undefined : rows.map((row) => String(row['scenario_ref']));
}

interface Listed {
  readonly index: number;
  /** Absent of one that was deleted meanwhile. */
  readonly record: RunRecord | undefined;
}

/** Runs as lists have them, and of how many of the ids they are. */
export interface ListedRecords {
  readonly records: readonly RunRecord[];
  readonly read: number;
}

/** In the order of their ids; what their requests put into metadata and participants may end the page early. */
export async function listedRecords(
  executor: Executor,
  ids: readonly string[],
  redactPaths: readonly string[],
): Promise<ListedRecords> {
  const page = await sizedPage<Listed>({ rowsMax: ids.length, pieceMax: PIECE_MAX }, async (last, limit) => {
    const start = last === undefined ? 0 : last.index + 1;
    const piece = ids.slice(start, start + limit);
    const rows = await executor.query(LISTED_ROWS, [piece]);
    // The aliases are the names of RunRow.
    const byId = new Map(rows.map((row) => [row['id'], row as object as RunRow]));
    return piece.map((id, offset) => {
      const row = byId.get(id);
      return { index: start + offset, record: row && toRunRecord(row, redactPaths) };
    });
  });
  return { records: page.flatMap(({ record }) => record ?? []), read: page.length };
}

/** An array column that may be null: nothing was found. */
function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
