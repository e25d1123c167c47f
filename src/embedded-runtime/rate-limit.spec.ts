import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.js';

describe('the rate limit', () => {
  it('gives as many slots in any minute as it has, to each sender', () => {
    const limit = new RateLimit(2);
    expect([limit.take('a', 0), limit.take('a', 30_000), limit.take('a', 59_999)]).toEqual([true, true, false]);
    expect(limit.take('b', 59_999)).toBe(true);
    expect([limit.take('a', 60_000), limit.take('a', 60_001)]).toEqual([true, false]);
    expect(limit.take('a', 90_000)).toBe(true);
  });

  it('never gives more than its number in a window, however long it runs', () => {
    const limit = new RateLimit(10);
    const taken: number[] = [];
    for (let now = 0; now < 600_000; now += 997) if (limit.take('a', now)) taken.push(now);
    for (const from of taken) {
      expect(taken.filter((time) => time >= from && time < from + 60_000).length).toBeLessThanOrEqual(10);
    }
    expect(taken.length).toBeGreaterThan(90);
  });

  it('has no bound at infinity, and forgets the silent', () => {
    const free = new RateLimit(Infinity);
    for (let n = 0; n < 10_000; n += 1) expect(free.take('a', 0)).toBe(true);
    const limit = new RateLimit(1);
    limit.take('a', 0);
    limit.forgetIdle(59_999);
    expect(limit.take('a', 59_999)).toBe(false);
    limit.forgetIdle(60_000);
    expect(limit.take('a', 60_000)).toBe(true);
  });
});
