import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunMetrics } from '../../../src/contracts/metrics.js';
import type { RunRecord } from '../../../src/contracts/run-record.js';
import { SCENARIO, Scene } from './scene.js';

interface Chart {
  readonly labels: readonly string[];
  readonly data: readonly number[];
}
interface Overview {
  readonly kpis: Readonly<Record<string, number>>;
  readonly charts: Readonly<Record<string, Chart>>;
  readonly recentRuns: readonly RunRecord[];
  readonly coverage: { readonly runs: number; readonly complete: boolean };
}
interface Agent {
  readonly participantId: string;
  readonly runs: number;
  readonly messages: number;
  readonly signals: number;
  readonly averageConfidence: number | null;
  readonly averageLatencyMs: number | null;
}

const WINDOWS = ['15m', '1h', '6h', '24h', '7d', '30d'];
const OVER_TIME = ['runVolume', 'throughput', 'queueDepth', 'signalVolume', 'cost'];
const LATENCIES = ['latency', 'latencyP50', 'latencyP95', 'latencyP99'];

let scene: Scene;
let metrics: readonly (RunMetrics & { readonly runId: string })[];
let records: readonly RunRecord[];
beforeAll(async () => {
  scene = await Scene.open();
  records = await scene.records;
  metrics = await Promise.all(records.map(({ id }) => scene.stage.api.metrics(id)));
}, 120_000);
afterAll(() => scene.close());

const overview = (query = '') => scene.ui.read<Overview>('overview', `/dashboard/overview${query}`);
const agents = (query = '') => scene.ui.read<Agent[]>('agents', `/dashboard/agents/metrics${query}`);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const count = (status: string): number => records.filter((run) => run.status === status).length;

describe('the overview', () => {
  it('counts what the runs themselves say', async () => {
    const { kpis, coverage } = await overview();
    const ended = records.flatMap(({ id, endedAt }) => (endedAt === undefined ? [] : [id]));
    const durations = metrics
      .filter(({ runId }) => ended.some((id) => id === runId))
      .flatMap((one) => one.durationMs ?? []);
    expect(coverage).toMatchObject({ runs: 12, complete: true });
    expect(kpis).toMatchObject({
      totalRuns: 12,
      activeRuns: count('running') + count('queued'),
      completedRuns: 7,
      declinedRuns: 1,
      failedRuns: count('failed'),
      cancelledRuns: count('cancelled'),
      suspendedRuns: count('suspended'),
      successRate: 6 / 9,
      totalSignals: sum(metrics.map(({ signalCount }) => signalCount)),
      totalTokens: sum(metrics.map(({ totalTokens }) => totalTokens)),
    });
    expect(kpis['totalTokens']).toBeGreaterThanOrEqual(1_000);
    expect(kpis['totalCostUsd']).toBeCloseTo(sum(metrics.map(({ estimatedCostUsd }) => estimatedCostUsd)));
    expect(kpis['avgDurationMs']).toBeCloseTo(sum(durations) / durations.length);
  });

  it.each(['', ...WINDOWS.map((window) => `?window=${window}`)])('%s has charts about the same runs', async (query) => {
    const { charts, kpis } = await overview(query);
    const chart = (name: string): Chart => charts[name] ?? { labels: [], data: [] };
    for (const name of OVER_TIME) expect([name, chart(name).labels]).toEqual([name, chart('runVolume').labels]);
    for (const label of chart('runVolume').labels) expect(new Date(label).toISOString()).toBe(label);
    expect(sum(chart('runVolume').data)).toBe(kpis['totalRuns']);
    expect(sum(chart('throughput').data)).toBe(9);
    expect(chart('queueDepth').data.at(-1)).toBe(1);
    expect(sum(chart('signalVolume').data)).toBe(kpis['totalSignals']);
    expect(sum(chart('cost').data)).toBeCloseTo(kpis['totalCostUsd'] ?? -1);
    for (const name of LATENCIES) expect(chart(name).data.length).toBeGreaterThan(0);
    expect(chart('latencyP50').data[0]).toBeLessThanOrEqual(chart('latencyP99').data[0] ?? -1);
    expect(chart('successRate').data.every((rate) => rate >= 0 && rate <= 1)).toBe(true);
    expect(chart('errorClasses')).toEqual({ labels: ['START_REJECTED'], data: [1] });
    expect(chart('decisionOutcome')).toEqual({ labels: ['positive', 'negative', 'none'], data: [6, 1, 0] });
    expect(chart('perScenario').labels[0]).toBe(SCENARIO);
  });

  it('is of one scenario or environment when asked', async () => {
    const { kpis, recentRuns } = await overview(`?window=24h&scenarioRef=${encodeURIComponent(SCENARIO)}`);
    expect([kpis['totalRuns'], kpis['completedRuns'], recentRuns.length]).toEqual([6, 6, 6]);
    expect((await overview('?environment=staging&window=')).kpis['totalRuns']).toBe(6);
    expect((await overview('?scenarioRef=fraud')).kpis['totalRuns']).toBe(0);
  });

  it('takes from and to as well, but not with a window', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    expect((await overview(`?from=2020-01-01&to=${tomorrow}`)).kpis['totalRuns']).toBe(12);
    expect((await overview('?to=2020-01-01')).kpis['totalRuns']).toBe(0);
    expect((await overview(`?from=${tomorrow}`)).kpis['totalRuns']).toBe(0);
    for (const query of [
      'window=1y',
      'window=1h&from=2020-01-01',
      'from=2020-01-02&to=2020-01-01',
      'from=x',
      'range=1h',
    ]) {
      expect([query, await scene.ui.refused('GET', `/dashboard/overview?${query}`)]).toEqual([
        query,
        { status: 400, errorCode: 'VALIDATION_ERROR' },
      ]);
    }
  });

  it('shows the newest runs with their metadata', async () => {
    const { recentRuns } = await overview();
    expect(recentRuns).toEqual(records);
    expect(recentRuns.find(({ id }) => id === scene.done.task.runId)?.metadata['scenarioRef']).toBe(SCENARIO);
  });

  it('keeps counting a run that was archived', async () => {
    const { runId } = scene.done.proposal;
    await scene.ui.post('run', `/runs/${runId}/archive`);
    const { kpis, recentRuns } = await overview();
    expect([kpis['totalRuns'], recentRuns.some(({ id }) => id === runId)]).toEqual([12, false]);
  });
});

describe('the figures of agents', () => {
  it('are the sums of what each did in each run', async () => {
    const rows = metrics.flatMap((one) => one.participants);
    const found = await agents();
    expect(new Set(found.map(({ participantId }) => participantId))).toEqual(
      new Set(rows.map(({ participantId }) => participantId)),
    );
    for (const agent of found) {
      const own = rows.filter(({ participantId }) => participantId === agent.participantId);
      const evaluations = sum(own.map(({ confidenceCount }) => confidenceCount));
      expect(agent).toMatchObject({
        runs: own.length,
        messages: sum(own.map(({ messages }) => messages)),
        signals: sum(own.map(({ signals }) => signals)),
      });
      if (evaluations === 0) expect(agent.averageConfidence).toBeNull();
      else expect(agent.averageConfidence).toBeCloseTo(sum(own.map((row) => row.confidenceSum)) / evaluations);
    }
    const alice = found.find(({ participantId }) => participantId === 'agent://alice');
    expect(alice).toMatchObject({ averageConfidence: 0.92, averageLatencyMs: 420 });
    expect(found.map(({ runs }) => runs)).toEqual(found.map(({ runs }) => runs).sort((a, b) => b - a));
  });

  it('are of the window and scenario asked for', async () => {
    const all = (await agents()).find(({ participantId }) => participantId === 'agent://alice')?.runs ?? 0;
    const some = await agents(`?window=1h&scenarioRef=${encodeURIComponent(SCENARIO)}`);
    expect(some.find(({ participantId }) => participantId === 'agent://alice')?.runs).toBeLessThan(all);
    expect(await agents('?to=2020-01-01')).toEqual([]);
  });
});
