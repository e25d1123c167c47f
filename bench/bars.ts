/**
 * What is asked of the service. `ratio`: holds on any machine, so missing it fails the benchmark. `absolute`: set for two
 * cores with PostgreSQL on the same machine, so missing it is shown and fails nothing. `reported`: no bound is set.
 */
export interface Bar {
  /** Number of the bar; undefined for figures that only explain others. */
  readonly number: number | undefined;
  readonly name: string;
  readonly unit: string;
  readonly weight: 'ratio' | 'absolute' | 'reported';
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** All bars, in the order in which they are printed. */
export const BARS = {
  launchP99: absolute(1, 'POST /runs at 50/s, durable, with a key: p99', 'ms', { atMost: 40 }),
  startP50: absolute(2, 'launch → running at 20/s: p50', 'ms', { atMost: 60 }),
  startP99: absolute(2, 'launch → running at 20/s: p99', 'ms', { atMost: 200 }),
  ingestRate: absolute(3, 'ingest, 1 run × 10 000', 'env/s', { atLeast: 4_000 }),
  ingestShare: ratio(3, 'ingest, 1 run × 10 000: share of the limit', '%', { atLeast: 60 }),
  ingest100Share: ratio(4, 'ingest, 100 runs × 200: share of the limit', '%', { atLeast: 60 }),
  ingest1000Share: ratio(4, 'ingest, 1 000 runs × 20: share of the limit', '%', { atLeast: 60 }),
  growth: ratio(5, 'run of 50 000: cost of the last thousands / the first', '×', { atMost: 1.1 }),
  latencyOneP50: absolute(6, 'accepted → SSE at 300/s, 1 subscriber: p50', 'ms', { atMost: 5 }),
  latencyOneP99: absolute(6, 'accepted → SSE at 300/s, 1 subscriber: p99', 'ms', { atMost: 25 }),
  latencyManyP50: absolute(6, 'accepted → SSE at 300/s, 100 subscribers: p50', 'ms', { atMost: 10 }),
  latencyManyP99: absolute(6, 'accepted → SSE at 300/s, 100 subscribers: p99', 'ms', { atMost: 50 }),
  fanOutP99: absolute(7, 'fan-out to 500 subscribers: p99', 'ms', { atMost: 100 }),
  fanOutShare: ratio(7, 'fan-out to 500: share of bare node:http', '%', { atLeast: 70 }),
  idleStream: ratio(8, 'idle SSE connection at 5 000: memory each', 'KB', { atMost: 20 }),
  slowReader: ratio(8, 'reader that takes nothing: held for it', 'KB', { atMost: 1_024 }),
  slowReaderHoles: ratio(8, 'reader that was cut and came back: events missed', '', { atMost: 0 }),
  resumeFirstByte: absolute(9, 'resume in 50 000 events: first event, p99', 'ms', { atMost: 30 }),
  resumeRate: absolute(9, 'resume in 50 000 events: catch-up', 'ev/s', { atLeast: 20_000 }),
  stateP99: absolute(10, 'GET /runs/:id/state of 50 000 events: p99', 'ms', { atMost: 10 }),
  stateAtP99: absolute(10, 'state at any seq of 50 000 events: p99', 'ms', { atMost: 50 }),
  listP99: absolute(11, 'GET /runs, slowest kind of question: p99', 'ms', { atMost: 30 }),
  rowBytes: ratio(12, 'database bytes per stored envelope of 1 KB', 'bytes', { atMost: 3_072 }),
  eventBytesGrowth: ratio(12, 'SSE bytes per event: long run / short run', '×', { atMost: 1.05 }),
  snapshotGrowth: ratio(12, 'SSE bytes of a snapshot: long run / short run', '×', { atMost: 1.1 }),
  cpu: reported(13, 'CPU of the control plane per 10 000 envelopes', 's'),
  memoryGrowth: ratio(13, 'memory after all envelopes / after a tenth, or the first wave', '×', { atMost: 1.1 }),
  coldPostgres: absolute(14, 'cold start to ready, PostgreSQL', 'ms', { atMost: 2_000 }),
  coldEmbedded: absolute(14, 'cold start to ready, embedded', 'ms', { atMost: 4_000 }),
  consoleOpen: absolute(15, 'console: navigation → a run of 10 000 events is seen', 'ms', { atMost: 1_000 }),
  consoleFrames: absolute(16, 'console: frames while 300 events/s arrive', '/s', { atLeast: 57 }),
  consoleMemory: ratio(17, 'console: heap in the last third / the first, at 50 events/s', '×', { atMost: 1.1 }),
} as const satisfies Record<string, Bar>;

export type BarName = keyof typeof BARS;

type Bound = { readonly atMost: number } | { readonly atLeast: number };

function absolute(number: number, name: string, unit: string, bound: Bound): Bar {
  return { number, name, unit, weight: 'absolute', ...bound };
}

function ratio(number: number, name: string, unit: string, bound: Bound): Bar {
  return { number, name, unit, weight: 'ratio', ...bound };
}

function reported(number: number | undefined, name: string, unit: string): Bar {
  return { number, name, unit, weight: 'reported' };
}
