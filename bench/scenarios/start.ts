import { randomUUID } from 'node:crypto';
import { now } from '../support/clock.js';
import { openLoop } from '../support/open-loop.js';
import type { Scenario } from '../support/scenario.js';
import { Stage, decisionRequest, type LaunchedRun } from '../support/stage.js';
import { percentile } from '../support/statistics.js';
import { Subscriber } from '../support/subscriber.client.js';

const PER_SECOND = 20;
const COUNT = 300;
const WARM_UP = 60;
/** What the event that makes a run `running` carries, on the wire. */
const RUNNING = Buffer.from('"runStatus":"running"');

export const start: Scenario = {
  name: 'start',
  about: 'from POST /runs being due to `running` on the run’s own SSE stream, which is opened after the answer',
  bars: ['startP50', 'startP99'],
  deadlineMs: 120_000,
  async run(context) {
    const { signal } = context;
    const stage = await Stage.open(context);
    const body = decisionRequest();
    const launchToRunning = async (_index: number, dueAt: number): Promise<number> => {
      const { runId } = await stage.api.post<LaunchedRun>('/runs', body, { 'idempotency-key': randomUUID() });
      return (await untilRunning(stage.streamUrl(runId, 'includeSnapshot=false&afterSeq=0'), signal)) - dueAt;
    };
    context.phase('warming up');
    await openLoop({ count: WARM_UP, perSecond: PER_SECOND, signal }, launchToRunning);
    context.phase(`${COUNT} launches at ${PER_SECOND}/s`);
    const times = await openLoop({ count: COUNT, perSecond: PER_SECOND, signal }, launchToRunning);
    return [
      { of: 'startP50', value: percentile(times, 0.5) },
      { of: 'startP99', value: percentile(times, 0.99) },
    ];
  },
};

/** When the stream said so, by `now()`. */
async function untilRunning(url: string, signal: AbortSignal): Promise<number> {
  const { promise, resolve } = deferred<number>();
  const subscriber = await Subscriber.open(url, {
    signal,
    onFrame: (_name, bytes) => {
      if (bytes.includes(RUNNING)) resolve(now());
    },
  });
  const lost = subscriber.closed.then(() => {
    throw new Error('the stream ended before the run was running');
  });
  try {
    return await Promise.race([promise, lost]);
  } finally {
    lost.catch(() => undefined);
    subscriber.leave();
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
