import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IsoTime } from '../../src/contracts/ids.js';
import { RUN_STATUSES, type RunStatus } from '../../src/contracts/run.js';
import { RUN_SORT_FIELDS, type RunListFilter, type RunPage } from '../../src/contracts/run-record.js';
import { isoTime } from '../../src/contracts/time.js';
import { encodeCursor } from '../../src/storage/run-cursor.js';
import { listStatement, RUN_COUNT_MAX } from '../../src/storage/run-list-statement.js';
import { RunRepository } from '../../src/storage/run.repository.js';
import { Chance } from '../support/chance.js';
import { STORES, UNREDACTED, openTestDatabase, type TestDatabase } from '../support/database.js';

/** More than are counted, so that totals are cut, and that words in nearly all texts are frequent ones. */
const RUNS = 1_500;
const QUESTIONS = 300;
const FIRST_MS = Date.parse('2025-01-01T00:00:00.000Z');
const HOUR_MS = 3_600_000;
const SHORT_SEARCH_RUNS_MAX = 5_000;

const MODES = ['decision', 'task', 'quorum'];
const ENVIRONMENTS = ['prod', 'dev', null];
const TAGS = ['nightly', 'retry', 'team-7', 'team-77', 'naïve 🦊', "o'clock"];
const SCENARIOS = ['Fraud/High-Value@2', 'fraud/low@1', 'loan_7', 'loan-77', '100%', null];
const WORDS = ['release 7 go', 'release 77 go', 'Zürich', 'a_b\\c', '🦊fox', 'x (y) z'];

const chance = Chance.announced('RUN_LIST_SEED');
const below = (count: number): number => chance.int(0, count - 1);
const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
const seldom = (percent: number): boolean => below(100) < percent;

interface Row {
  readonly id: string;
  readonly status: RunStatus;
  readonly mode: 'live' | 'sandbox';
  readonly mode_name: string;
  readonly runtime_kind: string;
  readonly environment: string | null;
  readonly scenario_ref: string | null;
  readonly tags: readonly string[];
  readonly search_text: string;
  readonly created_at: IsoTime;
  readonly updated_at: IsoTime;
  readonly archived_at: string | null;
}

function rowOf(index: number): Row {
  const id = `01890000-0000-7000-8000-${below(2 ** 40)
    .toString(16)
    .padStart(12, '0')}`;
  const tags = TAGS.filter(() => seldom(20));
  const scenario = pick(SCENARIOS);
  // Some share their instant, and some change days later.
  const createdMs = FIRST_MS + Math.floor(index / 3) * HOUR_MS;
  const lateMs = seldom(10) ? below(300) * HOUR_MS : below(20) * 60_000;
  const parts = [id, ...tags, scenario, seldom(90) ? 'production review' : pick(WORDS), pick(WORDS)];
  const long = seldom(5) ? ['long '.repeat(120)] : [];
  return {
    id,
    status: seldom(70) ? 'completed' : pick(RUN_STATUSES),
    mode: seldom(5) ? 'sandbox' : 'live',
    mode_name: pick(MODES),
    runtime_kind: seldom(95) ? 'rust' : 'other',
    environment: pick(ENVIRONMENTS),
    scenario_ref: scenario,
    tags,
    search_text: [...parts, ...long]
      .filter((part) => part !== null)
      .join('\n')
      .toLowerCase(),
    created_at: isoTime(createdMs),
    updated_at: isoTime(createdMs + lateMs),
    archived_at: seldom(10) ? isoTime(createdMs + 9 * HOUR_MS) : null,
  };
}

function filterOf(): RunListFilter {
  const some = <T extends object>(percent: number, part: () => T): Partial<T> => (seldom(percent) ? part() : {});
  const time = () => isoTime(FIRST_MS + below(RUNS / 3) * HOUR_MS);
  const piece = (text: string): string => {
    const letters = Array.from(text);
    const start = below(letters.length);
    return letters.slice(start, start + 1 + below(12)).join('');
  };
  return {
    ...some(20, () => ({ status: [pick(RUN_STATUSES), pick(RUN_STATUSES)] })),
    ...some(20, () => ({ tags: seldom(50) ? [pick(TAGS)] : [pick(TAGS), pick(TAGS)] })),
    ...some(10, () => ({ modeName: pick(MODES) })),
    ...some(10, () => ({ runtimeKind: pick(['rust', 'other']) })),
    ...some(10, () => ({ environment: pick(['prod', 'dev', 'none']) })),
    ...some(25, () => ({ scenarioRef: piece(pick(SCENARIOS) ?? 'no such one') })),
    ...some(35, () => ({ search: piece(pick([...WORDS, ...TAGS, 'production review', 'no such run'])) })),
    ...some(20, () => ({ createdAfter: time() })),
    ...some(25, () => ({ createdBefore: time() })),
    includeArchived: seldom(20),
    includeSandbox: seldom(20),
    sortBy: pick(RUN_SORT_FIELDS),
    sortOrder: pick(['asc', 'desc']),
    limit: pick([1, 7, 50, 200]),
    ...some(30, () => ({ offset: pick([1, 40, 1_200, 9_999]) })),
  };
}

const everything: RunListFilter = {
  includeArchived: true,
  includeSandbox: true,
  sortBy: 'createdAt',
  sortOrder: 'asc',
  limit: RUNS,
};

/** What the list should be, by looking at each run. */
function expected(all: readonly Row[], filter: RunListFilter): readonly Row[] {
  const newest = new Set(
    all.toSorted((a, b) => compare(b.created_at, a.created_at) || compare(b.id, a.id)).slice(0, SHORT_SEARCH_RUNS_MAX),
  );
  const has = (row: Row, text: string | null, wanted: string | undefined): boolean => {
    const fragment = wanted?.trim().toLowerCase() ?? '';
    if (fragment === '') return true;
    return (text?.toLowerCase().includes(fragment) ?? false) && (fragment.length >= 3 || newest.has(row));
  };
  const equal = (value: string | null, wanted: string | undefined): boolean => wanted === undefined || value === wanted;
  const column = filter.sortBy === 'createdAt' ? 'created_at' : 'updated_at';
  const sign = filter.sortOrder === 'asc' ? 1 : -1;
  return all
    .filter(
      (row) =>
        (filter.status === undefined || filter.status.includes(row.status)) &&
        (filter.tags ?? []).every((tag) => row.tags.includes(tag)) &&
        equal(row.mode_name, filter.modeName) &&
        equal(row.runtime_kind, filter.runtimeKind) &&
        equal(row.environment, filter.environment) &&
        has(row, row.scenario_ref, filter.scenarioRef) &&
        has(row, row.search_text, filter.search) &&
        (filter.createdAfter === undefined || row.created_at >= filter.createdAfter) &&
        (filter.createdBefore === undefined || row.created_at < filter.createdBefore) &&
        (filter.includeArchived || row.archived_at === null) &&
        (filter.includeSandbox || row.mode !== 'sandbox'),
    )
    .toSorted((a, b) => sign * (compare(a[column], b[column]) || compare(a.id, b.id)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

describe.each(STORES)('a list of runs on %s', (store) => {
  let test: TestDatabase;
  let runs: RunRepository;
  const rows = Array.from({ length: RUNS }, (_none, index) => rowOf(index));

  beforeAll(async () => {
    test = await openTestDatabase(store);
    runs = new RunRepository(test.database, UNREDACTED);
    // As they are made, and then as they ended: what is derived from a run has to follow.
    const made = rows.map((row) => ({ ...row, status: 'queued', updated_at: row.created_at, archived_at: null }));
    await test.database.query(
      `insert into runs (id, status, mode, mode_name, runtime_kind, environment, scenario_ref, tags, search_text,
         created_at, updated_at, archived_at, fingerprint, execution_mode, origin, trace_id, request)
       select r.id, r.status, r.mode, r.mode_name, r.runtime_kind, r.environment, r.scenario_ref, r.tags, r.search_text,
         r.created_at, r.updated_at, r.archived_at, '', 'driver', 'request', '', '{"session":{}}'
       from jsonb_populate_recordset(null::runs, $1::jsonb) r`,
      [JSON.stringify([...made, { ...made[0], id: '01890000-0000-7000-8000-ffffffffffff' }])],
    );
    await test.database.query(
      `update runs set status = r.status, updated_at = r.updated_at, archived_at = r.archived_at
       from jsonb_populate_recordset(null::runs, $1::jsonb) r where r.id = runs.id`,
      [JSON.stringify(rows)],
    );
    await test.database.query(`delete from runs where id = '01890000-0000-7000-8000-ffffffffffff'`);
    await test.database.query(
      `insert into runtime_sessions (run_id, session_id, session) select id, id, '{"bound":false}' from runs`,
    );
    await test.database.query('vacuum analyze');
  }, 120_000);
  afterAll(() => test.close());

  const idsOf = (page: RunPage): readonly string[] => page.data.map(({ id }) => id);

  it(`answers ${QUESTIONS} questions as looking at each run does`, async () => {
    for (let question = 0; question < QUESTIONS; question += 1) {
      const filter = filterOf();
      const matching = expected(rows, filter).map(({ id }) => id);
      const offset = filter.offset ?? 0;
      const page = await runs.list(filter);
      const told = JSON.stringify(filter);
      expect(idsOf(page), told).toEqual(matching.slice(offset, offset + filter.limit));
      expect(page, told).toMatchObject({
        total: Math.min(matching.length, RUN_COUNT_MAX),
        totalIsExact: matching.length <= RUN_COUNT_MAX,
        offset,
      });
      expect(page.nextCursor === null, told).toBe(matching.length <= offset + filter.limit);
      // A place in the order that is none of this filter's runs serves as a cursor too.
      const place = pick(rows);
      const at = filter.sortBy === 'createdAt' ? place.created_at : place.updated_at;
      const cursor = encodeCursor({ sortBy: filter.sortBy, sortOrder: filter.sortOrder, at, id: place.id });
      const behind = expected(rows, { ...everything, sortBy: filter.sortBy, sortOrder: filter.sortOrder }).map(
        ({ id }) => id,
      );
      const rest = new Set(behind.slice(behind.indexOf(place.id) + 1));
      const further = await runs.list({ ...filter, offset: 0, cursor });
      expect(idsOf(further), `${told} after ${place.id}`).toEqual(
        matching.filter((id) => rest.has(id)).slice(0, filter.limit),
      );
      const { text, values } = listStatement(filter, {});
      const [row] = await test.database.query(text, values);
      expect(row?.['ids'] ?? [], `without hints: ${told}`).toEqual(matching.slice(offset, offset + filter.limit + 1));
      if (page.nextCursor === null) continue;
      const next = await runs.list({ ...filter, offset: 0, cursor: page.nextCursor });
      expect(idsOf(next), told).toEqual(matching.slice(offset + filter.limit, offset + 2 * filter.limit));
      expect(next, told).toMatchObject({ total: page.total, totalIsExact: page.totalIsExact });
    }
  }, 240_000);

  it('has each listed run under each of its tags, as it is now, and none else', async () => {
    const listed = rows.filter(
      ({ archived_at, mode, search_text }) =>
        archived_at === null && mode !== 'sandbox' && Buffer.byteLength(search_text) <= 512,
    );
    const tagged = await test.database.query(
      `select tag, run_id, status, updated_at from run_tags order by run_id, tag collate "C"`,
    );
    expect(tagged).toEqual(
      listed
        .toSorted((a, b) => compare(a.id, b.id))
        .flatMap(({ id, tags, status, updated_at }) =>
          tags
            .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
            .map((tag) => ({ tag, run_id: id, status, updated_at })),
        ),
    );
  });
});
