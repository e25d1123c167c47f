import type { BarName } from '../bars.js';
import { openLoop } from '../support/open-loop.js';
import type { Context, Measured, Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';
import { percentile } from '../support/statistics.js';
import { openMany } from '../support/subscriber.client.js';
import { delays } from '../support/delays.js';

const PER_SECOND = 300;
const COUNT = 3_000;
const WARM_UP = 1_500;
const SETTLE_EVENTS_MAX = 1_000;

interface Size {
  readonly subscribers: number;
  readonly p50: BarName;
  readonly p99: BarName;
}

const SIZES: readonly Size[] = [
  { subscribers: 1, p50: 'latencyOneP50', p99: 'latencyOneP99' },
  { subscribers: 100, p50: 'latencyManyP50', p99: 'latencyManyP99' },
];

export const latency: Scenario = {
  name: 'latency',
  about: 'from an envelope being accepted by the runtime to `message.received` on the sockets of its run’s subscribers',
  bars: ['latencyOneP50', 'latencyOneP99', 'latencyManyP50', 'latencyManyP99'],
  deadlineMs: 240_000,
  async run(context) {
    const stage = await Stage.open(context);
    await measure(stage, context, 10, WARM_UP);
    const figures: Measured[] = [];
    for (const { subscribers, p50, p99 } of SIZES) {
      const times = await measure(stage, context, subscribers, COUNT);
      const note = `snapshots off; the runtime tells the time of acceptance in whole milliseconds, so up to 1 ms is too much`;
      figures.push({ of: p50, value: percentile(times, 0.5), note }, { of: p99, value: percentile(times, 0.99) });
    }
    return figures;
  },
};

/** Milliseconds from acceptance to arrival, of every envelope at every subscriber. */
async function measure(stage: Stage, context: Context, subscribers: number, count: number): Promise<readonly number[]> {
  const { signal } = context;
  context.phase(`${count} envelopes at ${PER_SECOND}/s to ${subscribers} subscriber(s)`);
  const [run] = await stage.launch(1);
  if (run === undefined) throw new Error('nothing was launched');
  const urls = Array.from({ length: subscribers }, () => stage.streamUrl(run.runId));
  const readers = await openMany(urls, () => ({ signal }));
  const sent = await openLoop({ count, perSecond: PER_SECOND, signal }, () => stage.sender.send(run.sessionId));
  const result = await delays(stage, run.runId, sent, readers, SETTLE_EVENTS_MAX);
  for (const reader of readers) reader.leave();
  return result;
}
