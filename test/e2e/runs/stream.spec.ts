import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXAMPLE_MODES } from '../../../src/agents/modes.js';
import { Chance } from '../../support/chance.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { eventsIn, readFrames, type Frame } from '../../support/sse-reader.js';
import { Stage, requestOf } from '../../support/stage.js';

const READ_MS_MAX = 20_000;
/** Readers that come and go while one run is under way. */
const READERS = 6;
/** How long a reader stays at most before it drops the connection. */
const STAY_MS_MAX = 120;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(() => stage.close());

const urlOf = (runId: string, query: string) => `${stage.api.url}/runs/${runId}/stream?${query}`;
const isOver = (frames: readonly Frame[]) => frames.some(({ event }) => event === 'end');
const ids = (frames: readonly Frame[]) => eventsIn(frames).map(({ id }) => id);

/** A client that loses its connection again and again and resumes by the last id, to the end of the run. */
async function comeAndGo(runId: string, chance: Chance): Promise<readonly Frame[]> {
  const all: Frame[] = [];
  const deadline = Date.now() + READ_MS_MAX;
  let last: number | undefined;
  while (!isOver(all) && Date.now() < deadline) {
    const signal = AbortSignal.timeout(chance.int(1, STAY_MS_MAX));
    const frames = await readFrames(urlOf(runId, 'afterSeq=0&closeOnEnd=true'), { lastEventId: last, signal });
    const seqs = ids(frames);
    expect(seqs).toEqual([...seqs].sort((a, b) => a! - b!));
    all.push(...frames);
    last = seqs.at(-1) ?? last;
    const run = await stage.api.run(runId);
    if (run.status === 'completed' && last === (await stage.api.state(runId)).timeline.latestSeq) break;
  }
  return all;
}

it.each(EXAMPLE_MODES)(
  'delivers a run of %s mode once and in order, however often readers come and go',
  async (mode) => {
    const chance = Chance.announced('STREAM_SEED');
    const launched = await stage.api.launch(requestOf(mode));
    const readers = Array.from({ length: READERS }, () =>
      comeAndGo(launched.runId, new Chance(chance.int(0, 2 ** 31))),
    );
    await stage.play(launched, mode, { paceMs: 30 });
    await stage.api.untilStatus(launched.runId, 'completed');
    const stored = await stage.api.events(launched.runId);
    for (const frames of await Promise.all(readers)) {
      // Signals may be stored after a reader saw the end and left; up to there it has seen everything.
      const seen = stored.slice(0, eventsIn(frames).length);
      expect(eventsIn(frames).map(({ data }) => data)).toEqual(seen);
      expect(ids(frames)).toEqual(seen.map(({ seq }) => seq));
      expect(seen.some(({ type }) => type === 'run.completed')).toBe(true);
    }
  },
);

it('begins with a snapshot, then sends what comes after it, and says when the run is over', async () => {
  const launched = await stage.api.launch(requestOf('quorum'));
  await stage.api.untilStatus(launched.runId, 'running');
  const reading = readFrames(urlOf(launched.runId, 'closeOnEnd=true'), { signal: AbortSignal.timeout(READ_MS_MAX) });
  await stage.play(launched, 'quorum');
  const frames = await reading;
  expect(frames[0]?.event).toBe('snapshot');
  expect(frames.at(-1)).toMatchObject({ event: 'end', data: { reason: 'run_terminal', status: 'completed' } });
  const seenFirst = (frames[0]?.data['timeline'] as { latestSeq: number }).latestSeq;
  const last = (frames.at(-1)?.data as { latestSeq: number }).latestSeq;
  expect(ids(frames)).toEqual(Array.from({ length: last - seenFirst }, (_, index) => seenFirst + 1 + index));
  const snapshots = frames.filter(({ event }) => event === 'snapshot');
  const then = await stage.api.ok<{ state: unknown }>('GET', `/runs/${launched.runId}/replay/state?seq=${last}`);
  expect(snapshots.at(-1)?.data).toEqual(then.state);
  expect(frames.every(({ event, id }) => event === 'canonical_event' || id === undefined)).toBe(true);
});

it('never runs ahead of the events with a live snapshot', async () => {
  const launched = await stage.api.launch(requestOf('decision'));
  const url = urlOf(launched.runId, 'afterSeq=0&closeOnEnd=true');
  const reading = readFrames(url, { signal: AbortSignal.timeout(READ_MS_MAX) });
  await stage.play(launched, 'decision', { paceMs: 60 });
  let sent = 0;
  for (const { event, id, data } of (await reading).slice(1)) {
    if (event === 'canonical_event') sent = id ?? 0;
    if (event === 'snapshot') expect((data['timeline'] as { latestSeq: number }).latestSeq).toBe(sent);
  }
  expect(sent).toBeGreaterThan(0);
});

it('stays open after the end unless told otherwise, and keeps beating', async () => {
  const launched = await stage.api.launch(requestOf('task'));
  await stage.play(launched, 'task');
  await stage.api.untilStatus(launched.runId, 'completed');
  await stage.untilIntroduced(launched, 'task');
  const beats = (frames: readonly Frame[]) => frames.filter(({ event }) => event === 'heartbeat').length >= 2;
  const signal = AbortSignal.timeout(READ_MS_MAX);
  const frames = await readFrames(urlOf(launched.runId, 'heartbeatMs=1000'), { signal, enough: beats });
  expect(frames.map(({ event }) => event)).toEqual(['snapshot', 'end', 'heartbeat', 'heartbeat']);
});

it('answers 404 for a run that does not exist, and tells of a position beyond the log', async () => {
  const nobody = await fetch(urlOf('0195d0a0-0000-7000-8000-000000000001', ''));
  expect(nobody.status).toBe(404);
  const launched = await stage.api.launch(requestOf('task'));
  await stage.api.untilStatus(launched.runId, 'running');
  const enough = (frames: readonly Frame[]) => frames.some(({ event }) => event === 'gap');
  const signal = AbortSignal.timeout(READ_MS_MAX);
  const frames = await readFrames(urlOf(launched.runId, 'includeSnapshot=false'), {
    lastEventId: 4_711,
    signal,
    enough,
  });
  expect(frames.find(({ event }) => event === 'gap')?.data).toMatchObject({
    reason: 'ahead',
    requestedAfterSeq: 4_711,
  });
  await stage.api.command(launched.runId, 'cancel');
});
