import type { BucketCount, DashboardBucket, DashboardFigures, LabelCount } from '../contracts/dashboard.js';
import type { IsoTime } from '../contracts/ids.js';

/** One label per number, in this form and no other: anything else is an error page in the public console. */
export interface Chart {
  readonly labels: readonly string[];
  readonly data: readonly number[];
}

export interface DashboardCharts {
  /** Runs created per bucket. */
  readonly runVolume: Chart;
  /** Runs that ended per bucket. */
  readonly throughput: Chart;
  /** Runs that waited to begin at the end of a bucket. */
  readonly queueDepth: Chart;
  readonly signalVolume: Chart;
  /** US dollars. */
  readonly cost: Chart;
  /** Mean milliseconds of ended runs; buckets without one are left out, here and in the next four. */
  readonly latency: Chart;
  readonly latencyP50: Chart;
  readonly latencyP95: Chart;
  readonly latencyP99: Chart;
  /** 0 to 1. */
  readonly successRate: Chart;
  readonly errorClasses: Chart;
  readonly decisionOutcome: Chart;
  readonly perScenario: Chart;
}

/** Figures → charts. Charts over time have a place for every bucket, also for one in which nothing happened. */
export function chartsOf(starts: readonly IsoTime[], figures: DashboardFigures): DashboardCharts {
  const { buckets, begun, errors, scenarios, totals } = figures;
  const created = buckets.map(({ bucket, created: count }) => ({ bucket, count }));
  const perBucket = (value: (bucket: DashboardBucket) => number) =>
    overTime(
      starts,
      buckets.map((bucket) => ({ bucket: bucket.bucket, count: value(bucket) })),
    );
  const known = (value: (bucket: DashboardBucket) => number | null | undefined) => whereKnown(starts, buckets, value);
  return {
    runVolume: overTime(starts, created),
    throughput: overTime(starts, figures.ended),
    queueDepth: waiting(starts, created, begun),
    signalVolume: perBucket(({ signals }) => signals),
    cost: perBucket(({ costUsd }) => costUsd),
    latency: known(({ averageMs }) => averageMs),
    latencyP50: known(({ percentilesMs }) => percentilesMs?.[0]),
    latencyP95: known(({ percentilesMs }) => percentilesMs?.[1]),
    latencyP99: known(({ percentilesMs }) => percentilesMs?.[2]),
    successRate: known(({ succeeded, ended }) => (ended === 0 ? null : succeeded / ended)),
    errorClasses: byLabel(errors),
    decisionOutcome: byLabel([
      { label: 'positive', count: totals.positive },
      { label: 'negative', count: totals.declined },
      { label: 'none', count: totals.completed - totals.positive - totals.declined },
    ]),
    perScenario: byLabel(scenarios),
  };
}

function byLabel(counts: readonly LabelCount[]): Chart {
  return { labels: counts.map(({ label }) => label), data: counts.map(({ count }) => count) };
}

function overTime(starts: readonly IsoTime[], counts: readonly BucketCount[]): Chart {
  const byBucket = new Map(counts.map(({ bucket, count }) => [bucket, count]));
  return { labels: starts, data: starts.map((_start, index) => byBucket.get(index + 1) ?? 0) };
}

function whereKnown(
  starts: readonly IsoTime[],
  buckets: readonly DashboardBucket[],
  value: (bucket: DashboardBucket) => number | null | undefined,
): Chart {
  const points = buckets.flatMap((bucket) => {
    const [start, number] = [starts[bucket.bucket - 1], value(bucket)];
    return start === undefined || number === null || number === undefined ? [] : [{ start, number }];
  });
  return { labels: points.map(({ start }) => start), data: points.map(({ number }) => number) };
}

function waiting(starts: readonly IsoTime[], created: readonly BucketCount[], begun: readonly BucketCount[]): Chart {
  const came = overTime(starts, created).data;
  const went = overTime(starts, begun).data;
  let depth = 0;
  const data = came.map((count, index) => {
    depth += count - (went[index] ?? 0);
    return depth;
  });
  return { labels: starts, data };
}
