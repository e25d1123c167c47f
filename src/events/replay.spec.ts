import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import type { RunId } from '../contracts/ids.js';
import type { EventText } from '../storage/event-text.js';
import { REPLAY_PAUSE_MS_MAX, replayStream, type ReplayPlan } from './replay.stream.js';

const PAGE = 2;
const START = Date.parse('2026-01-01T00:00:00.000Z');

/** Events at these seconds after the start. */
function logOf(seconds: readonly number[]): readonly EventText[] {
  return seconds.map((second, index) => {
    const ts = new Date(START + second * 1_000).toISOString();
    const subject = { kind: 'message', id: 'm' };
    const event = {
      id: `e${index}`,
      runId: 'r',
      seq: index + 1,
      ts,
      type: 'message.received',
      subject,
      source: {},
      body: { data: '{}' },
    };
    return event as object as EventText;
  });
}

async function replay(seconds: readonly number[], given: Partial<ReplayPlan>) {
  const log = logOf(seconds);
  let nowMs = 0;
  const heard: { name: string; seq: string | undefined; at: number }[] = [];
  const parser = createParser({ onEvent: ({ event, id }) => heard.push({ name: event ?? '', seq: id, at: nowMs }) });
  const sleep = (ms: number): Promise<void> => {
    nowMs += ms;
    return Promise.resolve();
  };
  const plan: ReplayPlan = {
    runId: 'r' as RunId,
    status: 'completed',
    latestSeq: log.length,
    mode: 'timed',
    speed: 1,
    fromSeq: 1,
    toSeq: log.length,
    heartbeatMs: 15_000,
    ...given,
  };
  const world = {
    clock: { now: () => nowMs, ticks: () => nowMs, sleep },
    page: (afterSeq: number, limit: number) => Promise.resolve(log.slice(afterSeq, afterSeq + Math.min(limit, PAGE))),
  };
  for await (const frames of replayStream(plan, world, new AbortController().signal)) {
    for (const bytes of frames) parser.feed(bytes.toString());
  }
  return heard;
}

describe('replayStream', () => {
  it('keeps the pauses there were, divided by the speed', async () => {
    const heard = await replay([0, 2, 3], { speed: 2 });
    expect(heard.map(({ seq, at }) => [seq, at])).toEqual([
      ['1', 0],
      ['2', 1_000],
      ['3', 1_500],
      [undefined, 1_500],
    ]);
  });

  it('makes no pause where times step back, and none too long', async () => {
    const heard = await replay([10, 5, 100_000], {});
    expect(heard.filter(({ name }) => name === 'canonical_event').map(({ at }) => at)).toEqual([
      0,
      0,
      REPLAY_PAUSE_MS_MAX,
    ]);
  });

  it('beats in long pauses', async () => {
    const heard = await replay([0, 9], { heartbeatMs: 4_000 });
    expect(heard.map(({ name, at }) => [name, at])).toEqual([
      ['canonical_event', 0],
      ['heartbeat', 4_000],
      ['heartbeat', 8_000],
      ['canonical_event', 9_000],
      ['end', 9_000],
    ]);
  });

  it('sends a part, at once, and then its end', async () => {
    const heard = await replay([0, 10, 20, 30, 40], { mode: 'instant', fromSeq: 2, toSeq: 4 });
    expect(heard.map(({ name, seq, at }) => [name, seq, at])).toEqual([
      ['canonical_event', '2', 0],
      ['canonical_event', '3', 0],
      ['canonical_event', '4', 0],
      ['end', undefined, 0],
    ]);
  });

  it.each(['timed', 'instant'] as const)('is not complete, %s, when the log ends before its end', async (mode) => {
    await expect(replay([0, 1, 2], { mode, toSeq: 4 })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});
