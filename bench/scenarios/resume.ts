import { historyOf } from '../support/history.js';
import type { Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';
import { percentile, median } from '../support/statistics.js';
import { Subscriber } from '../support/subscriber.client.js';
import { chance } from '../support/words.js';
import { now } from '../support/clock.js';

const EVENTS = 50_000;
const RESUMES = 100;
const WARM_UP = 20;
const CATCH_UPS = 3;

export const resume: Scenario = {
  name: 'resume',
  about: 'coming back to a long run by Last-Event-ID: time to the first event, and speed to the end of the log',
  bars: ['resumeFirstByte', 'resumeRate'],
  deadlineMs: 240_000,
  async run(context) {
    const { signal } = context;
    const stage = await Stage.open(context, { gated: true });
    const { runId, latestSeq } = await historyOf(stage, context, EVENTS);
    const random = chance(9);
    const firstEvent = async (): Promise<number> => {
      const lastEventId = Math.floor(random() * (latestSeq - 1));
      const began = now();
      const reader = await Subscriber.open(stage.streamUrl(runId), { signal, lastEventId });
      await reader.reached(lastEventId + 1);
      reader.leave();
      return (reader.times[0] ?? 0) - began;
    };
    context.phase(`${RESUMES} resumptions, one after the other`);
    const times: number[] = [];
    for (let index = -WARM_UP; index < RESUMES; index += 1) {
      const time = await firstEvent();
      if (index >= 0) times.push(time);
    }
    context.phase(`${CATCH_UPS} readers of the whole log, one after the other`);
    const rates: number[] = [];
    for (let index = 0; index < CATCH_UPS; index += 1) {
      const began = now();
      const reader = await Subscriber.open(stage.streamUrl(runId), { signal, lastEventId: 0 });
      await reader.reached(latestSeq);
      reader.leave();
      rates.push((latestSeq * 1_000) / ((reader.times.at(-1) ?? 0) - began));
    }
    return [
      { of: 'resumeFirstByte', value: percentile(times, 0.99), note: `at ${RESUMES} random places` },
      { of: { name: 'resume in 50 000 events: first event, p50', unit: 'ms' }, value: percentile(times, 0.5) },
      { of: 'resumeRate', value: median(rates), note: `${latestSeq} events from the first to the last` },
    ];
  },
};
