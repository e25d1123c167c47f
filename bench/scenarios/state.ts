import { now } from '../support/clock.js';
import { historyOf } from '../support/history.js';
import type { Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';
import { percentile } from '../support/statistics.js';
import { chance } from '../support/words.js';

const EVENTS = 50_000;
const QUESTIONS = 300;
const WARM_UP = 10;
/** A kind of question that takes so long in all is not asked further. */
const KIND_MS_MAX = 60_000;

export const state: Scenario = {
  name: 'state',
  about: 'the state of a long run, now and at any place of its log; questions one after the other',
  bars: ['stateP99', 'stateAtP99'],
  deadlineMs: 400_000,
  async run(context) {
    const stage = await Stage.open(context, { gated: true });
    const { runId, latestSeq } = await historyOf(stage, context, EVENTS);
    const random = chance(10);
    const timed = async (path: () => string): Promise<readonly number[]> => {
      const times: number[] = [];
      const enough = now() + KIND_MS_MAX;
      for (let index = -WARM_UP; index < QUESTIONS && now() < enough; index += 1) {
        const began = now();
        const { at } = await stage.api.ask('GET', path());
        if (index >= 0) times.push(at - began);
      }
      return times;
    };
    context.phase('the state now');
    const present = await timed(() => `/runs/${runId}/state`);
    context.phase('the state at any seq');
    const past = await timed(() => `/runs/${runId}/replay/state?seq=${1 + Math.floor(random() * latestSeq)}`);
    const floor = await stage.api.floor();
    return [
      { of: 'stateP99', value: percentile(present, 0.99), limit: floor, note: 'limit: GET /healthz, p99' },
      { of: 'stateAtP99', value: percentile(past, 0.99), note: `${past.length} random places` },
      { of: { name: 'state at any seq of 50 000 events: p50', unit: 'ms' }, value: percentile(past, 0.5) },
    ];
  },
};
