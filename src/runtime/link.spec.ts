import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECONNECT_DELAY_MS_MAX, RECONNECT_DELAY_MS_MIN, RECONNECT_JITTER, nextDelayMs } from './link.js';

describe('nextDelayMs', () => {
  it('doubles from a quarter of a second up to half a minute', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 8, 1_000_000].map((attempt) => nextDelayMs(attempt, 0.5));
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('spreads by a fifth either way', () => {
    expect(nextDelayMs(0, 0)).toBe(200);
    expect(nextDelayMs(0, 0.999_999)).toBe(300);
    expect(nextDelayMs(50, 0)).toBe(24_000);
  });

  it('is bounded for any attempt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const delay = nextDelayMs(attempt, random);
          expect(delay).toBeGreaterThanOrEqual(RECONNECT_DELAY_MS_MIN * (1 - RECONNECT_JITTER));
          expect(delay).toBeLessThanOrEqual(RECONNECT_DELAY_MS_MAX * (1 + RECONNECT_JITTER));
        },
      ),
    );
  });
});
