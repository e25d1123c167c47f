import { describe, expect, it } from 'vitest';
import type { DashboardBucket, DashboardFigures } from '../contracts/dashboard.js';
import { isoTime } from '../contracts/time.js';
import { chartsOf } from './dashboard-charts.js';

const STARTS = [isoTime(0), isoTime(60_000), isoTime(120_000)];
const NOTHING: DashboardBucket = {
  bucket: 1,
  created: 0,
  signals: 0,
  costUsd: 0,
  ended: 0,
  succeeded: 0,
  averageMs: null,
  percentilesMs: null,
};
const FIGURES: DashboardFigures = {
  totals: {
    total: 5,
    active: 0,
    suspended: 0,
    completed: 4,
    declined: 1,
    failed: 1,
    cancelled: 0,
    positive: 2,
    signals: 0,
    tokens: 0,
    costUsd: 0,
    averageMs: null,
  },
  buckets: [
    { ...NOTHING, bucket: 1, created: 3, signals: 7, costUsd: 0.5 },
    { ...NOTHING, bucket: 3, created: 2, ended: 4, succeeded: 3, averageMs: 10, percentilesMs: [8, 19, 20] },
  ],
  ended: [{ bucket: 3, count: 5 }],
  begun: [
    { bucket: 1, count: 1 },
    { bucket: 3, count: 3 },
  ],
  errors: [{ label: 'SESSION_EXPIRED', count: 1 }],
  scenarios: [],
};

describe('charts', () => {
  const charts = chartsOf(STARTS, FIGURES);

  it('over time have a place for every bucket', () => {
    expect(charts.runVolume).toEqual({ labels: STARTS, data: [3, 0, 2] });
    expect(charts.throughput).toEqual({ labels: STARTS, data: [0, 0, 5] });
    expect(charts.signalVolume.data).toEqual([7, 0, 0]);
    expect(charts.cost.data).toEqual([0.5, 0, 0]);
  });

  it('count who waits: who came and has not begun', () => {
    expect(charts.queueDepth).toEqual({ labels: STARTS, data: [2, 2, 1] });
  });

  it('of what ended runs tell leave out buckets in which none did', () => {
    expect(charts.latency).toEqual({ labels: [STARTS[2]], data: [10] });
    expect([charts.latencyP50.data, charts.latencyP95.data, charts.latencyP99.data]).toEqual([[8], [19], [20]]);
    expect(charts.successRate).toEqual({ labels: [STARTS[2]], data: [0.75] });
  });

  it('by name have the outcomes apart', () => {
    expect(charts.decisionOutcome).toEqual({ labels: ['positive', 'negative', 'none'], data: [2, 1, 1] });
    expect(charts.errorClasses).toEqual({ labels: ['SESSION_EXPIRED'], data: [1] });
    expect(charts.perScenario).toEqual({ labels: [], data: [] });
  });
});
