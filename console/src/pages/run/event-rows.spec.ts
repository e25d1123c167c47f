import { describe, expect, it } from 'vitest';
import type { TypedPage } from '../../api/queries.js';
import type { EventType, RunEvent } from '../../api/types.js';
import { eventAt, filteredRows } from './event-rows.js';

const event = (seq: number, type: EventType = 'message.received'): RunEvent => ({ seq, type }) as RunEvent;
const page = (events: readonly RunEvent[], through: number, isFull = false): TypedPage => ({
  events,
  through,
  isFull,
});
const types = new Set(['message.received']);

describe('rows of the log', () => {
  it('finds an event by its seq in a list without holes', () => {
    const list = [event(5), event(6), event(7)];
    expect([4, 5, 7, 8].map((seq) => eventAt(list, seq)?.seq)).toEqual([undefined, 5, 7, undefined]);
    expect(eventAt([], 1)).toBeUndefined();
  });

  it('adds what came since to what was loaded, once', () => {
    const tail = [event(4), event(5, 'run.started'), event(6)];
    const { rows, hasHole } = filteredRows(
      [page([event(2)], 2, true), page([event(4)], 4)],
      { tail, latestSeq: 6 },
      types,
    );
    expect(rows.map(({ seq }) => seq)).toEqual([2, 4, 6]);
    expect(hasHole).toBe(false);
  });

  it('tells that something may be missing between the two', () => {
    const hasHole = (through: number, tail: readonly RunEvent[], latestSeq: number): boolean =>
      filteredRows([page([event(2)], through)], { tail, latestSeq }, types).hasHole;
    expect(hasHole(2, [event(9)], 9)).toBe(true);
    expect(hasHole(2, [], 8)).toBe(true);
    expect(hasHole(8, [event(9)], 9)).toBe(false);
    expect(hasHole(8, [], 8)).toBe(false);
  });

  it('adds nothing while pages are still to come', () => {
    const none = { isComplete: false, hasHole: false };
    const feed = { tail: [event(9)], latestSeq: 9 };
    expect(filteredRows([page([event(2)], 2, true)], feed, types)).toEqual({ rows: [event(2)], ...none });
    expect(filteredRows([], feed, types)).toEqual({ rows: [], ...none });
  });
});
