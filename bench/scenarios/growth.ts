import { costs, growthOf } from '../support/progress.js';
import type { Scenario } from '../support/scenario.js';
import { Stage, idsOf } from '../support/stage.js';

const ENVELOPES = 50_000;
const WARM_UP_ENVELOPES = 10_000;
const PART = 1_000;
/** One thousand is two or three commits, so a checkpoint or a collection decides; the median of so many is steady. */
const WINDOW = 5;
const SAMPLE_MS = 5;

export const growth: Scenario = {
  name: 'growth',
  about: 'what a thousand envelopes cost at the end of a long run against its beginning, in a warm process',
  bars: ['growth'],
  deadlineMs: 300_000,
  async run(context) {
    const stage = await Stage.open(context, { gated: true });
    const other = await stage.loaded(1, WARM_UP_ENVELOPES);
    await stage.ingest(other, WARM_UP_ENVELOPES, SAMPLE_MS);
    await stage.host.unfollow(idsOf(other));
    const runs = await stage.loaded(1, ENVELOPES);
    const samples = await stage.ingest(runs, ENVELOPES, SAMPLE_MS);
    const parts = costs(samples, PART, 'at');
    const shown = parts.filter((_, index) => index % 5 === 0).map((cost) => cost.toFixed(0));
    return [
      {
        of: 'growth',
        value: growthOf(parts, WINDOW),
        note: `median of the last ${WINDOW} thousands / of the first ${WINDOW}; every fifth thousand took ${shown.join(', ')} ms`,
      },
      {
        of: { name: 'run of 50 000: CPU of the last thousands / the first', unit: '×' },
        value: growthOf(costs(samples, PART, 'cpuMs'), WINDOW),
        note: 'of the control plane alone, which says more than the time on a machine that does other things meanwhile',
      },
    ];
  },
};
