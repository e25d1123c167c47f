import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/api-error.js';
import type { RunEvent, RunState } from '../api/types.js';
import { farewellMs, hear, TAIL_MAX, UNHEARD, type Heard } from './run-feed.js';

const event = (seq: number): Heard => ({ kind: 'event', event: { seq } as RunEvent });
const snapshot = (latestSeq: number): Heard => ({ kind: 'snapshot', state: { timeline: { latestSeq } } as RunState });
const events = (from: number, to: number): Heard[] =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
const seqs = (tail: readonly RunEvent[]): number[] => tail.map(({ seq }) => seq);

describe('what a page knows of a run', () => {
  it('is its newest snapshot, and the events after it', () => {
    const feed = hear(UNHEARD, [{ kind: 'open' }, snapshot(7), event(8), event(9)]);
    expect(feed).toMatchObject({ link: 'live', latestSeq: 9, state: { timeline: { latestSeq: 7 } } });
    expect(seqs(feed.tail)).toEqual([8, 9]);
  });

  it('takes an event once, also when the stream begins again', () => {
    const before = hear(UNHEARD, events(1, 3));
    expect(seqs(hear(before, [event(2), event(3), event(4)]).tail)).toEqual([1, 2, 3, 4]);
  });

  it('begins a new tail behind a hole, so that a tail never has one', () => {
    expect(seqs(hear(hear(UNHEARD, events(1, 3)), events(9, 10)).tail)).toEqual([9, 10]);
  });

  it('begins again with what the service knows where that is less: its database was put back', () => {
    const before = hear(UNHEARD, [{ kind: 'open' }, snapshot(3), ...events(4, 9)]);
    const feed = hear(before, [event(10), { kind: 'gap' }, snapshot(5), event(6)]);
    expect(feed).toMatchObject({ link: 'live', latestSeq: 6, rewinds: 1, state: { timeline: { latestSeq: 5 } } });
    expect(seqs(feed.tail)).toEqual([6]);
  });

  it('does not grow without bound', () => {
    const feed = hear(UNHEARD, events(1, TAIL_MAX + 50));
    expect(feed.tail).toHaveLength(TAIL_MAX);
    expect(feed.tail.at(-1)?.seq).toBe(TAIL_MAX + 50);
  });

  it('says that the connection is lost, keeps what it knows, and is live again', () => {
    const error = new ApiError(0, 'OFFLINE', 'gone');
    const lost = hear(hear(UNHEARD, [{ kind: 'open' }, snapshot(3)]), [{ kind: 'lost', error }]);
    expect(lost).toMatchObject({ link: 'lost', error, latestSeq: 3 });
    expect(hear(lost, [{ kind: 'open' }])).toMatchObject({ link: 'live', error: undefined });
  });

  it('is asked for again with what it knows', () => {
    const error = new ApiError(403, 'FORBIDDEN', 'no');
    const refused = hear(UNHEARD, [{ kind: 'open' }, snapshot(3), { kind: 'refused', error }]);
    expect(hear(refused, [{ kind: 'again' }])).toMatchObject({ link: 'connecting', error: undefined, latestSeq: 3 });
  });

  it('stays ended when the connection of a finished run is closed, and whatever becomes of the next one', () => {
    const ended = hear(UNHEARD, [{ kind: 'end', reason: 'run_terminal' }]);
    const error = new ApiError(0, 'OFFLINE', 'gone');
    const later: Heard[] = [{ kind: 'lost', error }, { kind: 'open' }, { kind: 'refused', error }];
    for (const item of later) expect(hear(ended, [item])).toMatchObject({ link: 'ended', error: undefined });
  });

  it('takes what agents say after the end', () => {
    const ended = hear(UNHEARD, [{ kind: 'open' }, snapshot(3), { kind: 'end', reason: 'run_terminal' }]);
    expect(hear(ended, [event(4)])).toMatchObject({ link: 'ended', latestSeq: 4 });
  });

  it('is followed for half a minute after the end, and some', () => {
    const endedAt = '2026-07-10T12:00:00.000Z';
    const after = (ms: number): number => farewellMs(endedAt, Date.parse(endedAt) + ms);
    expect([0, 30_000, 86_400_000, -86_400_000].map(after)).toEqual([35_000, 5_000, 0, 35_000]);
    expect(farewellMs(undefined, 0)).toBe(35_000);
  });

  it('is not ended by a server that is leaving', () => {
    expect(hear(UNHEARD, [{ kind: 'open' }, { kind: 'end', reason: 'shutdown' }]).link).toBe('live');
  });
});
