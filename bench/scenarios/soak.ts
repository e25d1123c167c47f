import type { Context, Scenario } from '../support/scenario.js';
import { eachOf } from '../support/open-loop.js';
import { Stage, type LaunchedRun } from '../support/stage.js';
import { median } from '../support/statistics.js';

/** Runs that are open at once, and envelopes of each: together a wave. No stream's backlog can outgrow the runtime's. */
const RUNS = 100;
const PER_RUN = 200;
const WAVE = RUNS * PER_RUN;
const CANCELS_AT_ONCE = 16;
const WAVE_MS_MAX = 60_000;

export const soak: Scenario = {
  name: 'soak',
  about: 'waves of followed runs, filled live and then cancelled: CPU per envelope, and memory as the count grows',
  bars: ['cpu', 'memoryGrowth'],
  deadlineMs: 1_800_000,
  async run(context) {
    const { envelopes } = context.sizes;
    const waves = Math.max(2, Math.round(envelopes / WAVE));
    // A tenth of them; of few waves the first.
    const early = Math.max(1, Math.round(waves / 10));
    const stage = await Stage.open(context);
    await wave(stage, context);
    const cpus: number[] = [];
    let atEarly = await stage.host.settle();
    for (let index = 1; index <= waves; index += 1) {
      context.phase(`wave ${index} of ${waves}`);
      cpus.push(await wave(stage, context));
      if (index === early) atEarly = await stage.host.settle();
    }
    const atEnd = await stage.host.settle();
    const size = `${waves * WAVE} envelopes against ${early * WAVE}`;
    const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
    return [
      {
        of: 'cpu',
        value: median(cpus),
        note: `user and system time of its process while ${WAVE} envelopes of ${RUNS} runs arrive live`,
      },
      {
        of: 'memoryGrowth',
        value: atEnd.rssBytes / atEarly.rssBytes,
        note: `RSS after full collections, ${size}: ${megabytes(atEarly.rssBytes)} → ${megabytes(atEnd.rssBytes)} MB`,
      },
      {
        of: { name: 'JavaScript heap and buffers, at the end / after a tenth, or the first wave', unit: '×' },
        value: atEnd.heldBytes / atEarly.heldBytes,
        note: `${megabytes(atEarly.heldBytes)} → ${megabytes(atEnd.heldBytes)} MB`,
      },
    ];
  },
};

/** Seconds of CPU per 10 000 envelopes, from the first one sent to the last one stored. */
async function wave(stage: Stage, context: Context): Promise<number> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(WAVE_MS_MAX)]);
  const runs = await stage.launch(RUNS);
  const before = await stage.stored(runs);
  const began = await stage.host.usage();
  await stage.sender.fill(
    runs.map(({ sessionId }) => sessionId),
    PER_RUN,
    signal,
  );
  await stage.untilStored(runs, before + WAVE);
  const ended = await stage.host.usage();
  await cancel(stage, runs);
  return ((ended.cpuMs - began.cpuMs) / 1_000) * (10_000 / WAVE);
}

async function cancel(stage: Stage, runs: readonly LaunchedRun[]): Promise<void> {
  await eachOf(runs.length, CANCELS_AT_ONCE, (index) =>
    stage.api.post(`/runs/${runs[index]!.runId}/cancel`, { reason: 'the wave is over' }),
  );
}
