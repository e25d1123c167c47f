import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../api/types.js';
import { FRESH_MAX, withNewer } from './newest.js';

const page = (from: number, count: number) => ({
  data: Array.from({ length: count }, (_, index) => ({ seq: from + index }) as RunEvent),
  lastCursor: from + count - 1,
});
const none = { cursor: 0, events: [], dropped: 0 };

describe('events that come while one looks', () => {
  it('stand newest first', () => {
    const fresh = withNewer(withNewer(none, page(1, 2)), page(3, 1));
    expect(fresh).toEqual({ cursor: 3, events: [{ seq: 3 }, { seq: 2 }, { seq: 1 }], dropped: 0 });
  });

  it('are taken once', () => {
    const fresh = withNewer(none, page(1, 2));
    expect(withNewer(fresh, page(1, 2))).toBe(fresh);
    expect(withNewer(fresh, { data: [], lastCursor: 2 })).toBe(fresh);
  });

  it('do not pile up, and those that go are counted', () => {
    const fresh = withNewer(none, page(1, FRESH_MAX + 5));
    expect(fresh.events).toHaveLength(FRESH_MAX);
    expect(fresh.dropped).toBe(5);
    expect(fresh.events[0]?.seq).toBe(FRESH_MAX + 5);
  });
});
