import { BareServer } from '../support/bare.client.js';
import type { Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';
import { openMany } from '../support/subscriber.client.js';

const CONNECTIONS = 5_000;
const RUNS = 50;
/** Opened and closed first: what a process keeps after its first connections belongs to no connection. */
const WARM_UP = 500;
const SSE_PLACES = '20000';

export const idleStreams: Scenario = {
  name: 'idle-streams',
  about: 'resident memory of the control plane per open SSE connection on which nothing happens',
  bars: ['idleStream'],
  deadlineMs: 180_000,
  async run(context) {
    const { signal } = context;
    const env = { SSE_SUBSCRIBERS_MAX: SSE_PLACES, SSE_SUBSCRIBERS_PER_RUN_MAX: SSE_PLACES };
    const stage = await Stage.open(context, { env });
    const runs = await stage.launch(RUNS);
    const urls = Array.from({ length: CONNECTIONS }, (_, index) => stage.streamUrl(runs[index % RUNS]!.runId));
    const open = async (some: readonly string[]) => openMany(some, () => ({ signal }));

    context.phase('warming up');
    for (const reader of await open(urls.slice(0, WARM_UP))) reader.leave();
    const before = await stage.host.settle();
    context.phase(`opening ${CONNECTIONS} streams`);
    const readers = await open(urls);
    const after = await stage.host.settle();
    for (const reader of readers) reader.leave();

    context.phase('the same connections to a bare server');
    const bare = await BareServer.start(context);
    const bareUrls = urls.map(() => bare.url);
    for (const reader of await open(bareUrls.slice(0, WARM_UP))) reader.leave();
    const bareBefore = await bare.settle();
    const bareReaders = await open(bareUrls);
    const bareAfter = await bare.settle();
    for (const reader of bareReaders) reader.leave();

    const each = (bytes: number): number => bytes / 1_024 / CONNECTIONS;
    return [
      {
        of: 'idleStream',
        value: each(after.rssBytes - before.rssBytes),
        limit: each(bareAfter - bareBefore),
        note: `growth of RSS after full collections, ${CONNECTIONS} connections over ${RUNS} runs; limit: a bare node:http server`,
      },
      {
        of: { name: 'idle SSE connection: JavaScript heap and buffers each', unit: 'KB' },
        value: each(after.heldBytes - before.heldBytes),
      },
    ];
  },
};
