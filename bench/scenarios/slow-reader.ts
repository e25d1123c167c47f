import { setTimeout as sleep } from 'node:timers/promises';
import { historyOf } from '../support/history.js';
import type { Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';
import { Subscriber, openMany } from '../support/subscriber.client.js';

const READERS = 20;
/** Far more bytes than the sockets' buffers in the kernel take. */
const EVENTS = 16_000;
/** Until the service has filled what it fills for such a reader. */
const FILL_MS = 3_000;
/** The service cuts a connection of which nothing has been taken for 30 s, and looks a few times in that time. */
const CUT_MS_MAX = 45_000;
const END_MS_MAX = 60_000;

export const slowReader: Scenario = {
  name: 'slow-reader',
  about:
    'readers of a long run that take nothing: what the process holds for each, and whether they are cut and resume',
  bars: ['slowReader', 'slowReaderHoles'],
  deadlineMs: 300_000,
  async run(context) {
    const { signal } = context;
    const stage = await Stage.open(context, { gated: true });
    const { runId, latestSeq } = await historyOf(stage, context, EVENTS);
    const url = stage.streamUrl(runId);
    // From the beginning, and so that its first event is checked as well.
    const fromStart = { signal, lastEventId: 0 };
    const whole = await Subscriber.open(url, fromStart);
    await whole.reached(latestSeq);
    whole.leave();

    const before = await stage.host.settle();
    context.phase(`${READERS} readers that take nothing`);
    const readers = await openMany(Array<string>(READERS).fill(url), () => fromStart);
    for (const reader of readers) reader.pause();
    await sleep(FILL_MS, undefined, { signal });
    const held = await stage.host.settle();

    context.phase('waiting for them to be cut');
    await sleep(CUT_MS_MAX, undefined, { signal });
    let cut = 0;
    let missed = 0;
    for (const reader of readers) {
      reader.resume();
      const late = AbortSignal.any([signal, AbortSignal.timeout(END_MS_MAX)]);
      await Promise.race([reader.closed, reader.reached(latestSeq).catch(() => undefined)]);
      if (reader.lastSeq === latestSeq) continue;
      if (reader.disorder !== undefined) {
        missed += latestSeq - reader.lastSeq;
        continue;
      }
      cut += 1;
      // A reader checks the order itself: it starts after the last event it had, and breaks at the first hole.
      const again = await Subscriber.open(url, { signal: late, lastEventId: reader.lastSeq });
      await again.reached(latestSeq).catch(() => (missed += latestSeq - again.lastSeq));
      again.leave();
    }
    for (const reader of readers) reader.leave();
    const uncut = readers.filter(({ disorder }) => disorder === undefined).length - cut;
    if (uncut > 0) throw new Error(`${uncut} of ${READERS} readers were not cut within ${CUT_MS_MAX / 1_000} s`);
    const kilobytes = (bytes: number): number => bytes / 1_024 / READERS;
    return [
      {
        of: 'slowReader',
        value: kilobytes(held.heldBytes - before.heldBytes),
        note: `growth of JavaScript heap and buffers after full collections, ${READERS} readers; what the kernel buffers is not in it`,
      },
      {
        of: { name: 'reader that takes nothing: RSS each', unit: 'KB' },
        value: kilobytes(held.rssBytes - before.rssBytes),
      },
      {
        of: 'slowReaderHoles',
        value: missed,
        note: `${cut} of ${READERS} were cut within ${CUT_MS_MAX / 1_000} s and came back`,
      },
    ];
  },
};
