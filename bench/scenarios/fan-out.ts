import { BareServer } from '../support/bare.client.js';
import { cpuDuring, type CpuShares } from '../support/cpu.client.js';
import { delays } from '../support/delays.js';
import { openLoop } from '../support/open-loop.js';
import type { Context, Measured, Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';
import { median, percentile } from '../support/statistics.js';
import { Subscriber, openMany } from '../support/subscriber.client.js';

const SUBSCRIBERS = 500;
const PER_SECOND = 20;
const COUNT = 300;
/** Envelopes of the burst; with their derived events about 2 MB for each subscriber. */
const BURST = 400;
/** How often a burst is repeated; the median counts. */
const BURSTS = 3;
const PAGE = 1_000;
/** Events that the bare server writes to a client in one go: what comes of one batch at the door is of this size. */
const BARE_BATCH = 100;

export const fanOut: Scenario = {
  name: 'fan-out',
  about: 'one run, 500 subscribers: delay at a steady rate, and the speed of a burst against a bare node:http server',
  bars: ['fanOutP99', 'fanOutShare'],
  deadlineMs: 240_000,
  async run(context) {
    const stage = await Stage.open(context, { gated: true });
    await burst(stage, context, 20);
    return [...(await steady(stage, context)), ...(await share(stage, context))];
  },
};

async function steady(stage: Stage, context: Context): Promise<Measured[]> {
  const { signal } = context;
  const [run] = await stage.launch(1);
  if (run === undefined) throw new Error('nothing was launched');
  const readers = await openMany(
    Array.from({ length: SUBSCRIBERS }, () => stage.streamUrl(run.runId)),
    () => ({ signal }),
  );
  context.phase(`${COUNT} envelopes at ${PER_SECOND}/s to ${SUBSCRIBERS} subscribers`);
  const sent = await openLoop({ count: COUNT, perSecond: PER_SECOND, signal }, () => stage.sender.send(run.sessionId));
  const times = await delays(stage, run.runId, sent, readers, PAGE);
  for (const reader of readers) reader.leave();
  return [
    { of: 'fanOutP99', value: percentile(times, 0.99), note: `at ${PER_SECOND} envelopes/s, snapshots off` },
    { of: { name: 'fan-out to 500 subscribers: p50', unit: 'ms' }, value: percentile(times, 0.5) },
  ];
}

async function share(stage: Stage, context: Context): Promise<Measured[]> {
  const bursts: Burst[] = [];
  for (let index = 0; index < BURSTS; index += 1) bursts.push(await burst(stage, context, SUBSCRIBERS));
  const bare = await BareServer.start(context);
  const recorded = await recording(bursts[0]!, context.signal);
  const bareBursts: Pace[] = [];
  for (let index = -1; index < BURSTS; index += 1) {
    context.phase('the same bytes from a bare server');
    const pace = await bareBurst(bare, recorded, context.signal);
    // The first one warms it up; the service has had a burst before too.
    if (index >= 0) bareBursts.push(pace);
  }
  const ours = median(bursts.map(({ seconds }) => seconds));
  const theirs = median(bareBursts.map(({ seconds }) => seconds));
  const megabytes = recorded.reduce((sum, frame) => sum + frame.length, 0) / 1e6;
  const rate = (seconds: number): number => (SUBSCRIBERS * megabytes) / seconds;
  const note = `${recorded.length} events of ${megabytes.toFixed(1)} MB in all to each, from the first byte anywhere to the last; of a core, ${shares('service', bursts)}; ${shares('bare server', bareBursts)}`;
  return [
    { of: 'fanOutShare', value: (theirs / ours) * 100, note },
    { of: { name: 'fan-out of a burst to 500', unit: 'MB/s' }, value: rate(ours), limit: rate(theirs) },
  ];
}

interface Pace {
  readonly seconds: number;
  readonly cpu: CpuShares;
}

interface Burst extends Pace {
  readonly url: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Who was full: where the readers were, the figure is about them. */
function shares(server: string, bursts: readonly Pace[]): string {
  const percent = (of: keyof CpuShares): string => `${median(bursts.map(({ cpu }) => cpu[of])).toFixed(0)} %`;
  return `${server} ${percent('server')} with readers ${percent('readers')}`;
}

/** Envelopes that already wait at the runtime go to all subscribers as fast as the service can take and give them. */
async function burst(stage: Stage, context: Context, subscribers: number): Promise<Burst> {
  const runs = await stage.loaded(1, BURST);
  const { runId } = runs[0]!;
  const fromSeq = await stage.latestSeq(runId);
  const urls = Array.from({ length: subscribers }, () =>
    stage.streamUrl(runId, `includeSnapshot=false&afterSeq=${fromSeq}`),
  );
  const readers = await openMany(urls, () => ({ signal: context.signal }));
  let toSeq = fromSeq;
  const cpu = await cpuDuring(
    () => stage.host.cpuMs(),
    async () => {
      await stage.ingest(runs, BURST, 50);
      toSeq = await stage.latestSeq(runId);
      context.phase(`waiting for ${subscribers} subscribers to have a burst of ${toSeq - fromSeq} events`);
      await Promise.all(readers.map((reader) => reader.reached(toSeq)));
    },
  );
  const seconds = duration(readers);
  for (const reader of readers) reader.leave();
  return { url: stage.streamUrl(runId, `includeSnapshot=false&afterSeq=${fromSeq}`), fromSeq, toSeq, seconds, cpu };
}

async function bareBurst(bare: BareServer, frames: readonly Buffer[], signal: AbortSignal): Promise<Pace> {
  const readers = await openMany(
    Array.from({ length: SUBSCRIBERS }, () => bare.url),
    () => ({ signal }),
  );
  const last = Number(/\nid: (\d+)\n/.exec(frames.at(-1)?.toString() ?? '')?.[1]);
  const cpu = await cpuDuring(
    () => bare.cpuMs(),
    async () => {
      await bare.write(frames, BARE_BATCH);
      await Promise.all(readers.map((reader) => reader.reached(last)));
    },
  );
  for (const reader of readers) reader.leave();
  return { seconds: duration(readers), cpu };
}

/** Seconds from the first event at any reader to the last one at any. */
function duration(readers: readonly Subscriber[]): number {
  const first = Math.min(...readers.map(({ times }) => times[0] ?? Number.POSITIVE_INFINITY));
  const last = Math.max(...readers.map(({ times }) => times.at(-1) ?? 0));
  return (last - first) / 1_000;
}

/** The frames of these events, byte for byte. */
async function recording({ url, fromSeq, toSeq }: Burst, signal: AbortSignal): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  const onFrame = (name: string, bytes: Buffer): void => {
    if (name === 'canonical_event') frames.push(Buffer.from(bytes));
  };
  const reader = await Subscriber.open(url, { signal, onFrame, lastEventId: fromSeq });
  await reader.reached(toSeq);
  reader.leave();
  return frames.slice(0, toSeq - fromSeq);
}
