import { describe, expect, it } from 'vitest';
import type { EventType, RunEvent } from '../../api/types.js';
import { eventAt, filteredRows } from './event-rows.js';

const event = (seq: number, type: EventType = 'message.received'): RunEvent => ({ seq, type }) as RunEvent;
const types = new Set(['message.received']);

describe('rows of the log', () => {
  it('finds an event by its seq in a list without holes', () => {
    const list = [event(5), event(6), event(7)];
    expect([4, 5, 7, 8].map((seq) => eventAt(list, seq)?.seq)).toEqual([undefined, 5, 7, undefined]);
    expect(eventAt([], 1)).toBeUndefined();
  });

  it('adds what came since to what was loaded, once', () => {
    const { rows, hasHole } = filteredRows(
      [[event(2)], [event(4)]],
      [event(4), event(5, 'run.started'), event(6)],
      types,
      true,
    );
    expect(rows.map(({ seq }) => seq)).toEqual([2, 4, 6]);
    expect(hasHole).toBe(false);
  });

  it('tells that something may be missing between the two', () => {
    expect(filteredRows([[event(2)]], [event(9)], types, true).hasHole).toBe(true);
  });

  it('adds nothing while pages are still to come', () => {
    expect(filteredRows([[event(2)]], [event(9)], types, false)).toEqual({ rows: [event(2)], hasHole: false });
  });
});
