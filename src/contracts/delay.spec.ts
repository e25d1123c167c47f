import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELAY_SPREAD, delayMs } from './delay.js';

const growth = { firstMs: 250, maxMs: 30_000 };

describe('delayMs', () => {
  it('doubles from the first wait up to the longest', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 8, 1_000_000].map((attempt) => delayMs(growth, attempt, 0.5));
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('spreads by a fifth either way', () => {
    expect(delayMs(growth, 0, 0)).toBe(200);
    expect(delayMs(growth, 0, 0.999_999)).toBe(300);
    expect(delayMs(growth, 50, 0)).toBe(24_000);
  });

  it('is bounded for any attempt', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: -5 }), random, (attempt, chance) => {
        const delay = delayMs(growth, attempt, chance);
        expect(delay).toBeGreaterThanOrEqual(growth.firstMs * (1 - DELAY_SPREAD));
        expect(delay).toBeLessThanOrEqual(growth.maxMs * (1 + DELAY_SPREAD));
      }),
    );
  });
});
