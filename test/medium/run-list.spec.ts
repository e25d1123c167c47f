import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IsoTime } from '../../src/contracts/ids.js';
import type { RunListFilter, RunPage } from '../../src/contracts/run-record.js';
import { isoTime } from '../../src/contracts/time.js';
import { encodeCursor } from '../../src/storage/run-cursor.js';
import { RUN_COUNT_MAX } from '../../src/storage/run-list-statement.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';
import { failedDraft, newRunOf, openDoor, requestOf, type Door } from '../support/door.js';

const RUNS = 5_000;
const FIRST_MS = Date.parse('2025-01-01T00:00:00.000Z');

const all: RunListFilter = {
  includeArchived: true,
  includeSandbox: true,
  sortBy: 'createdAt',
  sortOrder: 'desc',
  limit: 200,
};

describe.each(STORES)('lists of runs on %s', (store) => {
  let test: TestDatabase;
  let rooms: Door;

  beforeAll(async () => {
    test = await openTestDatabase(store);
    rooms = openDoor(test.database);
    // Ten runs share each millisecond, so that the id has to decide.
    await test.database.query(
      `insert into runs (id, fingerprint, status, mode, execution_mode, origin, mode_name, runtime_kind, trace_id, tags,
         scenario_ref, environment, search_text, request, created_at, updated_at)
       select gen_random_uuid(), '', case n % 4 when 0 then 'failed' else 'completed' end,
         case n % 100 when 0 then 'sandbox' else 'live' end, 'driver', 'request', 'mode-' || n % 5, 'rust', '',
         array['tag-' || n % 50], 'pack/scenario-' || n % 500 || '@1', 'env-' || n % 3, 'needle-' || n || ' haystack',
         '{"session":{}}', $1::timestamptz + (n / 10) * interval '1 ms', $1::timestamptz - (n / 10) * interval '1 ms'
       from generate_series(0, $2::int - 1) n`,
      [isoTime(FIRST_MS), RUNS],
    );
    await test.database.query(
      `insert into runtime_sessions (run_id, session_id, session) select id, id, '{"bound":false}' from runs`,
    );
    await test.database.query('analyze');
  });
  afterAll(() => test.close());

  const list = (given: Partial<RunListFilter> = {}): Promise<RunPage> => rooms.runs.list({ ...all, ...given });

  async function follow(given: Partial<RunListFilter>): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await list({ ...given, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...page.data.map((run) => run.id));
      if (page.nextCursor === null) return ids;
      cursor = page.nextCursor;
    }
  }

  it.each([
    ['createdAt', 'desc'],
    ['createdAt', 'asc'],
    ['updatedAt', 'desc'],
    ['updatedAt', 'asc'],
  ] as const)('reach every run once by %s %s', async (sortBy, sortOrder) => {
    const ids = await follow({ sortBy, sortOrder });
    expect(ids).toHaveLength(RUNS);
    expect(new Set(ids).size).toBe(RUNS);
  });

  it('lose nothing to runs that come while one turns pages', async () => {
    const before = new Set(await follow({ limit: 200 }));
    const first = await list({ limit: 200 });
    const { run } = await rooms.door.create(newRunOf({ createdAt: isoTime(FIRST_MS + 10_000_000) }));
    const rest = await follow({ limit: 200, cursor: first.nextCursor! });
    expect(new Set([...first.data.map(({ id }) => id), ...rest])).toEqual(before);
    await test.database.query('delete from runs where id = $1', [run.id]);
  });

  it('turn pages by offset too', async () => {
    const byCursor = await follow({});
    const page = await list({ offset: 4_900, limit: 200 });
    expect(page.data.map(({ id }) => id)).toEqual(byCursor.slice(4_900));
    expect(page).toMatchObject({ offset: 4_900, limit: 200, nextCursor: null });
  });

  it('count exactly up to a bound', async () => {
    expect(await list({ limit: 1 })).toMatchObject({ total: RUN_COUNT_MAX, totalIsExact: false });
    expect(await list({ limit: 1, tags: ['tag-7'] })).toMatchObject({ total: 100, totalIsExact: true });
    expect(await list({ limit: 1, search: 'nothing like it' })).toMatchObject({
      total: 0,
      totalIsExact: true,
      data: [],
    });
  });

  it.each<[string, Partial<RunListFilter>, number]>([
    ['status', { status: ['failed'] }, 1_250],
    ['several statuses', { status: ['failed', 'running'] }, 1_250],
    ['tags, all of them', { tags: ['tag-7', 'tag-8'] }, 0],
    ['mode', { modeName: 'mode-3' }, 1_000],
    ['runtime', { runtimeKind: 'other' }, 0],
    ['environment', { environment: 'env-2' }, 1_666],
    ['a part of the scenario', { scenarioRef: 'Scenario-499' }, 10],
    ['a whole scenario', { scenarioRef: 'pack/scenario-7@1' }, 10],
    ['search', { search: 'NEEDLE-4999' }, 1],
    ['a short search', { search: '-9' }, 111],
    ['a wildcard that is none', { search: 'needle%4999' }, 0],
    ['another wildcard', { search: 'needle_4999' }, 0],
    ['a backslash', { search: '\\' }, 0],
    ['blanks', { search: '  ' }, 5_000],
    ['time', { createdAfter: isoTime(FIRST_MS + 1), createdBefore: isoTime(FIRST_MS + 3) }, 20],
    ['sandbox hidden', { includeSandbox: false }, 4_950],
    ['all together', { status: ['completed'], modeName: 'mode-1', environment: 'env-1', includeSandbox: false }, 250],
  ])('filter by %s', async (_name, filter, count) => {
    expect(await follow(filter)).toHaveLength(count);
  });

  it.each([
    'x',
    '',
    Buffer.from('createdAt desc now 1').toString('base64url'),
    encodeCursor({ sortBy: 'updatedAt', sortOrder: 'desc', at: isoTime(FIRST_MS), id: '0'.repeat(36) }),
    encodeCursor({
      sortBy: 'createdAt',
      sortOrder: 'desc',
      at: '2025-99-99T00:00:00.000Z' as IsoTime,
      id: '0'.repeat(36),
    }),
  ])('refuse the cursor %j', async (cursor) => {
    await expect(list({ cursor })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('flatten what clients read, and find runs by all of it', async () => {
    const metadata = {
      scenarioRef: 'fraud/high-value@2',
      sourceRef: 'campaign-77',
      sourceKind: 'playground',
      environment: 'staging',
      runLabel: 'Monday Run',
      templateId: 'default',
      policyHints: { type: 'majority' },
    };
    const request = { ...requestOf({ metadata, policyVersion: 'policy.strict', context: 'large' }), kickoff: [] };
    const { run } = await rooms.door.create(newRunOf({ request, tags: ['nightly'], createdAt: isoTime(FIRST_MS) }));
    const words = [run.id, run.sessionId, 'nightly', 'high-value', 'CAMPAIGN-77', 'staging', 'policy.strict', 'monday'];
    for (const search of words) {
      const { data } = await list({ search });
      expect(data.map(({ id }) => id)).toContain(run.id);
    }
    const { data } = await list({ search: run.id });
    expect(data[0]).toMatchObject({
      source: { kind: 'playground', ref: 'campaign-77' },
      runtimeSessionId: run.sessionId,
      archivedAt: null,
      metadata: { ...metadata, modeName: run.modeName, policyVersion: 'policy.strict', tags: ['nightly'] },
    });
    expect(data[0]?.metadata['executionRequest']).toMatchObject({ session: { metadata } });
    expect(data[0]?.metadata['executionRequest']).not.toHaveProperty('session.context');
    expect((await rooms.runs.get(run.id)).metadata['executionRequest']).toEqual(request);
    await rooms.door.record(run.id, { decide: (now) => [failedDraft(now, run.createdAt)] });
    await rooms.runs.delete(run.id);
  });

  it('do not take what a caller wrote for what became of the run', async () => {
    const metadata = { totalTokens: '12', finalAction: 'approve', outcomePositive: true, policyVersion: 'p', mine: 1 };
    const { run } = await rooms.door.create(newRunOf({ request: requestOf({ metadata }) }));
    const { data } = await list({ search: run.id });
    const { executionRequest, ...shown } = data[0]!.metadata;
    expect(shown).toEqual({ mine: 1, modeName: run.modeName, tags: [] });
    expect(executionRequest).toMatchObject({ session: { metadata } });
    await rooms.door.record(run.id, { decide: (now) => [failedDraft(now, run.createdAt)] });
    await rooms.runs.delete(run.id);
  });

  it.each([
    ['createdAt', 'desc'],
    ['updatedAt', 'asc'],
  ] as const)('end a page of large runs early by %s %s, and lose none', async (sortBy, sortOrder) => {
    const tags = [`large-${sortBy}`];
    const request = requestOf({ metadata: { note: 'x'.repeat(1_000_000) } });
    const large = await Promise.all(
      Array.from({ length: 9 }, () => rooms.door.create(newRunOf({ request, tags, createdAt: isoTime(FIRST_MS) }))),
    );
    const first = await list({ tags, sortBy, sortOrder });
    // The request has it too, so one run is twice its metadata.
    expect(first.data).toHaveLength(5);
    const ids = await follow({ tags, sortBy, sortOrder });
    expect([...ids].sort()).toEqual(large.map(({ run }) => run.id as string).sort());
    for (const { run } of large) {
      await rooms.door.record(run.id, { decide: (now) => [failedDraft(now, run.createdAt)] });
      await rooms.runs.delete(run.id);
    }
  });

  it('find a run by the policy that its session turned out to have', async () => {
    const { run } = await rooms.door.create(newRunOf());
    const { run: bound } = await rooms.door.record(run.id, {
      decide: () => [
        {
          type: 'session.bound',
          ts: run.createdAt,
          subject: { kind: 'session', id: run.sessionId },
          source: { kind: 'runtime', name: 'rust-runtime' },
          data: {
            runStatus: 'binding_session',
            sessionId: run.sessionId,
            state: 'SESSION_STATE_OPEN',
            initiator: 'alice',
            modeName: run.modeName,
            modeVersion: '1.0.0',
            configurationVersion: 'c',
            policyVersion: 'Policy.Resolved',
            participants: [],
            extensionKeys: [],
          },
        },
      ],
    });
    expect((await list({ search: 'policy.resolved' })).data).toMatchObject([
      { id: run.id, metadata: { policyVersion: 'Policy.Resolved' } },
    ]);
    expect(await rooms.runs.getRun(run.id)).toEqual(bound);
    const { count, last } = await rooms.runs.countUnfinished();
    const unfinished = await rooms.runs.listUnfinished({ upTo: last! });
    expect(unfinished).toHaveLength(count);
    expect(unfinished).toContain(run.id);
    expect(await rooms.runs.listUnfinished({ after: last, upTo: last! })).toEqual([]);
    await test.database.query('delete from runs where id = $1', [run.id]);
  });

  it('hide archived runs', async () => {
    const { run } = await rooms.door.create(newRunOf());
    await expect(rooms.runs.archive(run.id, run.createdAt)).rejects.toMatchObject({ code: 'INVALID_STATE_TRANSITION' });
    await rooms.door.record(run.id, { decide: (now) => [failedDraft(now, run.createdAt)] });
    const archived = await rooms.runs.archive(run.sessionId, isoTime(FIRST_MS));
    expect(archived.archivedAt).toBe(isoTime(FIRST_MS));
    expect(await rooms.runs.archive(run.id, isoTime(FIRST_MS + 1))).toEqual(archived);
    expect((await list({ search: run.id })).data).toHaveLength(1);
    expect((await list({ search: run.id, includeArchived: false })).data).toEqual([]);
    await rooms.runs.delete(run.id);
  });

  it.each(['ΟΔΟΣ', 'İstanbul', 'École', 'ΟΣ'])('finds a scenario by its own name: %s', async (scenario) => {
    await test.database.query(`update runs set scenario_ref = $1 where id = (select min(id::text)::uuid from runs)`, [
      scenario,
    ]);
    expect((await list({ scenarioRef: scenario })).data).toHaveLength(1);
  });
});
