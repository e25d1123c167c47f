import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventDraft } from '../../src/contracts/events.js';
import type { IsoTime } from '../../src/contracts/ids.js';
import type { Run } from '../../src/contracts/run.js';
import { isoTime } from '../../src/contracts/time.js';
import { AGENT_RUNS_MAX, DashboardRepository, OVERVIEW_RUNS_MAX } from '../../src/storage/dashboard.repository.js';
import { STORES, UNREDACTED, openTestDatabase, type TestDatabase } from '../support/database.js';
import { failedDraft, newRunOf, openDoor, requestOf, startedDraft, type Door } from '../support/door.js';

const NOON_MS = Date.parse('2026-07-10T12:00:00.000Z');
const HOUR_MS = 3_600_000;
const at = (hours: number): IsoTime => isoTime(NOON_MS + hours * HOUR_MS);

/** Hours after noon; null: not yet. */
interface Story {
  readonly created: number;
  readonly started: number | null;
  readonly ended: number | null;
  readonly status: 'queued' | 'starting' | 'completed' | 'declined' | 'failed' | 'cancelled';
  readonly scenario?: string;
  readonly environment?: string;
  readonly mode?: 'sandbox';
}

const STORIES: readonly Story[] = [
  { created: 0.1, started: 0.2, ended: 1.2, status: 'completed', scenario: 's1', environment: 'prod' },
  { created: 0.5, started: 0.5, ended: 2.5, status: 'declined', scenario: 's1' },
  { created: 1.1, started: 1.4, ended: 1.9, status: 'failed', scenario: 's2', environment: 'prod' },
  { created: 1.2, started: null, ended: 3.1, status: 'cancelled' },
  { created: 2.7, started: 2.8, ended: null, status: 'starting', scenario: 's1' },
  { created: 2.9, started: null, ended: null, status: 'queued', scenario: 's2' },
  { created: 1.5, started: 1.6, ended: 1.7, status: 'completed', mode: 'sandbox', scenario: 's1' },
];

describe.each(STORES)('figures over many runs on %s', (store) => {
  let test: TestDatabase;
  let rooms: Door;
  let dashboard: DashboardRepository;

  beforeAll(async () => {
    test = await openTestDatabase(store);
    rooms = openDoor(test.database);
    dashboard = new DashboardRepository(test.database, UNREDACTED);
    for (const story of STORIES) await tell(story);
  });
  afterAll(() => test.close());

  async function tell({ created, started, ended, status, scenario, environment, mode }: Story) {
    const metadata = {
      ...(scenario === undefined ? {} : { scenarioRef: scenario }),
      ...(environment === undefined ? {} : { environment }),
    };
    const request = { ...requestOf({ metadata }), ...(mode === undefined ? {} : { mode }) };
    const { run } = await rooms.door.create(newRunOf({ createdAt: at(created), request }));
    if (started !== null) await rooms.door.record(run.id, { decide: (now) => [startedDraft(now, at(started))] });
    if (ended !== null) await rooms.door.record(run.id, { decide: (now) => ending(now, status, at(ended)) });
  }

  const WHOLE = { to: at(4) };
  const BOUNDS = [at(0), at(1), at(2), at(3)];
  const counts = (list: readonly { bucket: number; count: number }[]) =>
    BOUNDS.map((_bound, index) => list.find(({ bucket }) => bucket === index + 1)?.count ?? 0);

  it('count what there is, each run once and sandbox runs not at all', async () => {
    expect(await dashboard.cover(WHOLE)).toEqual({ runs: 6, complete: true, since: at(0.1) });
    const { totals } = await dashboard.figures(WHOLE, BOUNDS);
    expect(totals).toMatchObject({
      total: 6,
      active: 2,
      suspended: 0,
      completed: 2,
      declined: 1,
      positive: 1,
      failed: 1,
      cancelled: 1,
    });
    // 1 h, 2 h and half an hour; the cancelled one was never started.
    expect(totals.averageMs).toBeCloseTo((3.5 / 3) * HOUR_MS);
  });

  it('lie in the buckets in which runs were created, ended and began', async () => {
    const { buckets, ended, begun } = await dashboard.figures(WHOLE, BOUNDS);
    expect(counts(buckets.map(({ bucket, created }) => ({ bucket, count: created })))).toEqual([2, 2, 2, 0]);
    expect(counts(ended)).toEqual([0, 2, 1, 1]);
    expect(counts(begun)).toEqual([2, 1, 1, 1]);
    const [first, second] = buckets;
    expect(first).toMatchObject({ ended: 2, succeeded: 1, averageMs: 1.5 * HOUR_MS });
    expect(first?.percentilesMs?.[0]).toBeCloseTo(1.5 * HOUR_MS);
    expect(second).toMatchObject({ ended: 2, succeeded: 0, averageMs: 0.5 * HOUR_MS });
    expect(buckets[2]).toMatchObject({ ended: 0, averageMs: null, percentilesMs: null });
  });

  it('tell nothing of what happened to these runs after the window', async () => {
    const { ended, begun } = await dashboard.figures({ to: at(2) }, [at(0), at(1)]);
    expect(ended).toEqual([{ bucket: 2, count: 2 }]);
    expect(begun).toEqual([
      { bucket: 1, count: 2 },
      { bucket: 2, count: 1 },
    ]);
  });

  it('come with the newest runs of exactly the scenario asked for', async () => {
    const recent = async (scenarioRef: string) =>
      (await dashboard.recent({ ...WHOLE, scenarioRef }, 2)).map(({ createdAt }) => createdAt);
    expect(await recent('s1')).toEqual([at(2.7), at(0.5)]);
    expect(await recent('s')).toEqual([]);
  });

  it('name the errors and the scenarios, most frequent first', async () => {
    const { errors, scenarios } = await dashboard.figures(WHOLE, BOUNDS);
    expect(errors).toEqual([{ label: 'SESSION_EXPIRED', count: 1 }]);
    expect(scenarios).toEqual([
      { label: 's1', count: 3 },
      { label: 's2', count: 2 },
    ]);
  });

  it('are of the window, the scenario and the environment asked for', async () => {
    const total = async (filter: Partial<Parameters<DashboardRepository['cover']>[0]>) =>
      (await dashboard.figures({ ...WHOLE, ...filter }, BOUNDS)).totals.total;
    expect(await total({ from: at(1.1), to: at(2.7) })).toBe(2);
    expect(await total({ from: at(1.1), to: at(2.701) })).toBe(3);
    expect(await total({ scenarioRef: 's1' })).toBe(3);
    expect(await total({ scenarioRef: 's' })).toBe(0);
    expect(await total({ environment: 'prod' })).toBe(2);
    expect(await total({ environment: 'prod', scenarioRef: 's2' })).toBe(1);
    expect(await dashboard.cover({ from: at(9), to: at(10) })).toEqual({ runs: 0, complete: true });
  });

  it('can be summed whatever agents said of themselves', async () => {
    const filter = { to: at(-150), scenarioRef: 'boastful' };
    const metadata = { scenarioRef: filter.scenarioRef };
    for (const sign of ['', '-']) {
      const request = requestOf({ metadata });
      const { run } = await rooms.door.create(newRunOf({ createdAt: at(-200), request }));
      const boast = `{"participantId":"p","messages":1,"signals":0,"confidenceSum":${sign}1.7e308,"confidenceCount":1,
        "latencySumMs":1.7e308,"latencyCount":1,"tokens":0,"costUsd":0}`;
      await test.database.query('update run_metrics set participants = $2::jsonb where run_id = $1', [
        run.id,
        `[${boast}]`,
      ]);
    }
    expect(await dashboard.agents(filter)).toMatchObject([
      { runs: 2, averageConfidence: 0, averageLatencyMs: Number.MAX_SAFE_INTEGER },
    ]);
  });

  it('count a session that was old when it was discovered as begun when its run was made', async () => {
    const filter = { to: at(-298), scenarioRef: 'discovered' };
    const [scenario, ended] = [filter.scenarioRef, null];
    await tell({ created: -298.5, started: -310, ended, status: 'starting', scenario });
    await tell({ created: -298.5, started: null, ended, status: 'queued', scenario });
    expect((await dashboard.figures(filter, [at(-300), at(-299)])).begun).toEqual([{ bucket: 2, count: 1 }]);
  });

  it('are of a bounded number of runs, the newest, and say so', { timeout: 60_000 }, async () => {
    // Most of the time of so many inserts is that of indexes that are not asked here.
    await test.database.query('drop index run_texts_search_idx, runs_tags_idx');
    await test.database.query(
      `insert into runs (id, status, mode, execution_mode, origin, mode_name, runtime_kind, trace_id, fingerprint,
         search_text, request, created_at, updated_at, scenario_ref)
       select gen_random_uuid(), 'queued', 'live', 'driver', 'request', 'm', 'rust', 't', 'f', 'bulk', '{}',
         $1::timestamptz + n * interval '1 ms', $1::timestamptz, 'bulk' from generate_series(1, $2::int) n`,
      [at(-100), OVERVIEW_RUNS_MAX + 1],
    );
    await test.database.query(
      `insert into run_metrics select id, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0.5, 0, 0, 0, null, null, null, null,
         null, null, false, null, '[{"participantId":"p","messages":1,"signals":2,"confidenceSum":0.5,
         "confidenceCount":1,"latencySumMs":10,"latencyCount":2,"tokens":3,"costUsd":0.5}]'::jsonb
       from runs where search_text = 'bulk'`,
    );
    const bulk = { to: at(-50), scenarioRef: 'bulk' };
    const since = isoTime(Date.parse(at(-100)) + 1);
    expect(await dashboard.cover(bulk)).toEqual({ runs: OVERVIEW_RUNS_MAX, complete: false, since });
    const { totals } = await dashboard.figures(bulk, [since]);
    expect(totals).toMatchObject({
      total: OVERVIEW_RUNS_MAX,
      signals: 2 * OVERVIEW_RUNS_MAX,
      tokens: 3 * OVERVIEW_RUNS_MAX,
      costUsd: 0.5 * OVERVIEW_RUNS_MAX,
      averageMs: null,
    });
    expect(await dashboard.agents(bulk)).toEqual([
      {
        participantId: 'p',
        runs: AGENT_RUNS_MAX,
        messages: AGENT_RUNS_MAX,
        signals: 2 * AGENT_RUNS_MAX,
        averageConfidence: 0.5,
        averageLatencyMs: 5,
        totalTokens: 3 * AGENT_RUNS_MAX,
        estimatedCostUsd: 0.5 * AGENT_RUNS_MAX,
      },
    ]);
  });
});

function ending(run: Run, status: Story['status'], endedAt: IsoTime): readonly EventDraft[] {
  const subject = { kind: 'run', id: run.id } as const;
  const source = { kind: 'macp-control-plane', name: 'test' } as const;
  if (status === 'failed') return [failedDraft(run, endedAt)];
  if (status === 'cancelled') {
    return [{ type: 'run.cancelled', ts: endedAt, subject, source, data: { status, endedAt } }];
  }
  const outcomePositive = status === 'completed';
  return [
    decided(run, endedAt, outcomePositive),
    { type: 'run.completed', ts: endedAt, subject, source, data: { status: 'completed', endedAt, outcomePositive } },
  ];
}

function decided(run: Run, ts: IsoTime, outcomePositive: boolean): EventDraft {
  return {
    type: 'decision.finalized',
    ts,
    subject: { kind: 'decision', id: 'c' },
    source: { kind: 'runtime', name: 'test' },
    data: {
      modeName: run.modeName,
      messageType: 'Commitment',
      messageId: 'm',
      sessionId: run.sessionId,
      sender: 'alice',
      participantId: 'alice',
      from: 'alice',
      to: [],
      ambient: false,
      payload: {},
      payloadEncoding: 'proto',
      commitmentId: 'c',
      action: 'go',
      authorityScope: '',
      reason: '',
      reasons: [],
      outcomePositive,
      modeVersion: '1.0.0',
      policyVersion: '',
      configurationVersion: '',
    },
  };
}
