import type { BarName } from '../bars.js';
import type { Context, Measured, Scenario } from '../support/scenario.js';
import { Stage, idsOf, type CpuTimes, type LaunchedRun } from '../support/stage.js';
import { median } from '../support/statistics.js';

const WARM_UP_ENVELOPES = 4_000;
/** Each size, and each way of the limit, is measured so often; its median counts. One alone takes a second or two, of which a collection may be a tenth. */
const TIMES = 3;
/** Envelopes per commit of the limit, and writers for several runs. */
const LIMIT_BATCH = 500;
const LIMIT_WRITERS = 4;
const SAMPLE_MS = 10;
/** Of many runs: to ask how far a thousand of them are takes a time of its own. */
const MANY_SAMPLE_MS = 50;

interface Size {
  readonly name: string;
  readonly runs: number;
  readonly perRun: number;
  readonly share: BarName;
  readonly rate: Measured['of'];
}

const SIZES: readonly Size[] = [
  { name: '1 × 10 000', runs: 1, perRun: 10_000, share: 'ingestShare', rate: 'ingestRate' },
  {
    name: '100 × 200',
    runs: 100,
    perRun: 200,
    share: 'ingest100Share',
    rate: { name: 'ingest, 100 runs × 200', unit: 'env/s' },
  },
  {
    name: '1 000 × 20',
    runs: 1_000,
    perRun: 20,
    share: 'ingest1000Share',
    rate: { name: 'ingest, 1 000 runs × 20', unit: 'env/s' },
  },
];

export const ingest: Scenario = {
  name: 'ingest',
  about: 'from the first envelope arriving at followed runs to the last canonical event durable',
  bars: ['ingestRate', 'ingestShare', 'ingest100Share', 'ingest1000Share'],
  deadlineMs: 600_000,
  async run(context) {
    const stage = await Stage.open(context, { gated: true });
    await warmUp(stage);
    const ingested: Ingested[] = [];
    for (const size of SIZES) ingested.push(await ingestOf(stage, size));
    // Only now: what reading and inserting the rows leaves behind would be collected while the next size is ingested.
    const figures: Measured[] = [];
    for (const each of ingested) figures.push(...(await judge(stage, context, each)));
    return figures;
  },
};

interface Ingested {
  readonly size: Size;
  /** The runs that were ingested last. */
  readonly runs: readonly LaunchedRun[];
  /** Envelopes per second, each time. */
  readonly rates: readonly number[];
  /** CPU times, each time. */
  readonly spent: readonly CpuTimes[];
}

/** The path and the limit, so that both are compiled and their caches filled. */
async function warmUp(stage: Stage): Promise<void> {
  const one = await stage.loaded(1, WARM_UP_ENVELOPES);
  await stage.ingest(one, WARM_UP_ENVELOPES, SAMPLE_MS);
  const many = await stage.loaded(20, WARM_UP_ENVELOPES / 20);
  await stage.ingest(many, WARM_UP_ENVELOPES, SAMPLE_MS);
  await limit(stage, [...one, ...many], LIMIT_WRITERS, true);
}

async function ingestOf(stage: Stage, size: Size): Promise<Ingested> {
  const envelopes = size.runs * size.perRun;
  const rates: number[] = [];
  const spent: CpuTimes[] = [];
  let runs: readonly LaunchedRun[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    runs = await stage.loaded(size.runs, size.perRun);
    const before = await stage.cpu();
    const samples = await stage.ingest(runs, envelopes, size.runs > 1 ? MANY_SAMPLE_MS : SAMPLE_MS);
    spent.push(between(before, await stage.cpu()));
    rates.push((envelopes / ((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0))) * 1_000);
    // What was ingested goes on being followed otherwise, and its streams would be part of the next measurement.
    await stage.host.unfollow(idsOf(runs));
  }
  return { size, runs, rates, spent };
}

async function judge(stage: Stage, context: Context, ingested: Ingested): Promise<Measured[]> {
  const { size, runs, rates, spent } = ingested;
  context.phase(`the limit of ${size.name}`);
  const mixed = await limitOf(stage, size, runs, true);
  const own = size.runs > 1 ? await limitOf(stage, size, runs, false) : mixed;
  const best = Math.max(mixed, own);
  const rate = median(rates);
  const times = `${rates.map((each) => each.toFixed(0)).join(', ')} env/s`;
  const ways = `limit: ${mixed.toFixed(0)} env/s when commits hold rows of several runs, ${own.toFixed(0)} when not`;
  return [
    { of: size.rate, value: rate, limit: best, note: size.runs > 1 ? `${times}; ${ways}` : times },
    { of: size.share, value: (rate / best) * 100, note: cpuNote(spent, size.runs * size.perRun) },
  ];
}

function between(before: CpuTimes, after: CpuTimes): CpuTimes {
  return {
    controlPlane: after.controlPlane - before.controlPlane,
    runtime: after.runtime - before.runtime,
    database: after.database - before.database,
  };
}

/** Who takes the cores: where they are full, nobody's waiting is what is missing. */
function cpuNote(spent: readonly CpuTimes[], envelopes: number): string {
  const each = (who: keyof CpuTimes): string =>
    ((median(spent.map((times) => times[who])) * 1_000) / envelopes).toFixed(0);
  return `CPU per envelope: control plane ${each('controlPlane')} µs, database ${each('database')} µs, load runtime ${each('runtime')} µs`;
}

/** Envelopes per second of the database alone; median of TIMES. */
async function limitOf(stage: Stage, size: Size, runs: readonly LaunchedRun[], mixed: boolean): Promise<number> {
  const writers = Math.min(size.runs, LIMIT_WRITERS);
  const seconds: number[] = [];
  for (let time = 0; time < TIMES; time += 1) seconds.push(await limit(stage, runs, writers, mixed));
  return (size.runs * size.perRun) / median(seconds);
}

function limit(stage: Stage, runs: readonly LaunchedRun[], writers: number, mixed: boolean): Promise<number> {
  return stage.host.insertLimit({ runIds: idsOf(runs), writers, batch: LIMIT_BATCH, mixed });
}
