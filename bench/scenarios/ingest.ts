import type { BarName } from '../bars.js';
import type { Context, Measured, Scenario } from '../support/scenario.js';
import { Stage, idsOf, type CpuTimes, type LaunchedRun } from '../support/stage.js';

const WARM_UP_ENVELOPES = 4_000;
/** Envelopes per commit of the limit, and writers for several runs. */
const LIMIT_BATCH = 500;
const LIMIT_WRITERS = 4;
const SAMPLE_MS = 10;
/** Of many runs: to ask how far a thousand of them are takes a time of its own. The end is told late by half of this on average. */
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
  deadlineMs: 400_000,
  async run(context) {
    const stage = await Stage.open(context, { gated: true });
    await warmUp(stage);
    const figures: Measured[] = [];
    for (const size of SIZES) figures.push(...(await measure(stage, context, size)));
    return figures;
  },
};

/** The path and the limit, so that both are compiled and their caches filled. */
async function warmUp(stage: Stage): Promise<void> {
  const one = await stage.loaded(1, WARM_UP_ENVELOPES);
  await stage.ingest(one, WARM_UP_ENVELOPES, SAMPLE_MS);
  const many = await stage.loaded(20, WARM_UP_ENVELOPES / 20);
  await stage.ingest(many, WARM_UP_ENVELOPES, SAMPLE_MS);
  await limit(stage, [...one, ...many], LIMIT_WRITERS, true);
}

async function measure(stage: Stage, context: Context, size: Size): Promise<Measured[]> {
  const envelopes = size.runs * size.perRun;
  const runs = await stage.loaded(size.runs, size.perRun);
  const cpuBefore = await stage.cpu();
  const samples = await stage.ingest(runs, envelopes, size.runs > 1 ? MANY_SAMPLE_MS : SAMPLE_MS);
  const cpu = spent(cpuBefore, await stage.cpu(), envelopes);
  const seconds = ((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)) / 1_000;
  context.phase(`the limit of ${size.name}`);
  const writers = Math.min(size.runs, LIMIT_WRITERS);
  const rate = envelopes / seconds;
  const mixed = await limit(stage, runs, writers, true);
  const own = size.runs > 1 ? await limit(stage, runs, writers, false) : mixed;
  const best = envelopes / Math.min(mixed, own);
  // What was ingested goes on being followed otherwise, and its streams would be part of the next measurement.
  await stage.host.unfollow(idsOf(runs));
  const both = `limit: ${(envelopes / mixed).toFixed(0)} env/s when commits hold rows of several runs, ${(envelopes / own).toFixed(0)} when not`;
  return [
    { of: size.rate, value: rate, limit: best, ...(size.runs > 1 ? { note: both } : {}) },
    { of: size.share, value: (rate / best) * 100, note: cpu },
  ];
}

/** Who takes the cores: where they are full, nobody's waiting is what is missing. */
function spent(before: CpuTimes, after: CpuTimes, envelopes: number): string {
  const each = (who: keyof CpuTimes): string => (((after[who] - before[who]) * 1_000) / envelopes).toFixed(0);
  return `CPU per envelope: control plane ${each('controlPlane')} µs, database ${each('database')} µs, load runtime ${each('runtime')} µs`;
}

function limit(stage: Stage, runs: readonly LaunchedRun[], writers: number, mixed: boolean): Promise<number> {
  return stage.host.insertLimit({ runIds: idsOf(runs), writers, batch: LIMIT_BATCH, mixed });
}
