import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';

const RUNS = 2_000;
const WARM_UP = 50;
const IDLE_MS = 10_000;
/** State of an established connection in /proc/net/tcp. */
const ESTABLISHED = '01';

export const idleRuns: Scenario = {
  name: 'idle-runs',
  about: 'what 2 000 open runs cost the control plane while nothing happens in them',
  bars: [],
  deadlineMs: 300_000,
  async run(context) {
    const stage = await Stage.open(context);
    await stage.launch(WARM_UP);
    const before = await stage.host.settle();
    context.phase(`launching ${RUNS} runs`);
    await stage.launch(RUNS);
    const after = await stage.host.settle();
    context.phase(`${IDLE_MS / 1_000} s in which nothing happens`);
    const began = await stage.host.usage();
    await sleep(IDLE_MS, undefined, { signal: context.signal });
    const ended = await stage.host.usage();
    const { streams } = await stage.api.get<{ streams: { followed: number } }>('/readyz');
    const connections = await connectionsTo(stage.runtimeAddress);
    const figure = (name: string, unit: string, value: number) => ({
      of: { name: `2 000 idle runs: ${name}`, unit },
      value,
    });
    return [
      figure('RSS each', 'KB', (after.rssBytes - before.rssBytes) / 1_024 / RUNS),
      figure('JavaScript heap and buffers each', 'KB', (after.heldBytes - before.heldBytes) / 1_024 / RUNS),
      figure('CPU', '% of a core', ((ended.cpuMs - began.cpuMs) / IDLE_MS) * 100),
      figure('streams followed', '', streams.followed),
      ...(connections === undefined ? [] : [figure('connections to the runtime', '', connections)]),
    ];
  },
};

/** Established TCP connections to the runtime, the sender's one among them not counted; undefined where there is no /proc. */
async function connectionsTo(address: string): Promise<number | undefined> {
  const port = Number(address.split(':').at(-1)).toString(16).toUpperCase().padStart(4, '0');
  try {
    const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1);
    const remotes = lines.map((line) => line.trim().split(/\s+/));
    return remotes.filter(([, , remote, state]) => remote?.endsWith(`:${port}`) && state === ESTABLISHED).length;
  } catch {
    return undefined;
  }
}
