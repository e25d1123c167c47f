import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS_MAX, WINDOWS_MS, bucketsOf } from './time-buckets.js';

const NOW_MS = Date.parse('2026-07-10T10:20:30.123Z');

describe('buckets of time', () => {
  it.each([
    ['15m', 16, '2026-07-10T10:05:00.000Z'],
    ['1h', 13, '2026-07-10T09:20:00.000Z'],
    ['6h', 25, '2026-07-10T04:15:00.000Z'],
    ['24h', 25, '2026-07-09T10:00:00.000Z'],
    ['7d', 29, '2026-07-03T06:00:00.000Z'],
    ['30d', 31, '2026-06-10T00:00:00.000Z'],
  ] as const)('of %s are %d, from %s', (window, count, first) => {
    const buckets = bucketsOf(NOW_MS - WINDOWS_MS[window], NOW_MS);
    expect([buckets.length, buckets[0]]).toEqual([count, first]);
  });

  it('hold every instant of the period, are few, and follow each other at one distance', () => {
    fc.assert(
      fc.property(fc.nat({ max: 4e12 }), fc.nat({ max: 1e12 }), (from, length) => {
        const starts = bucketsOf(from, from + length).map((start) => Date.parse(start));
        expect(starts.length).toBeLessThanOrEqual(BUCKETS_MAX);
        expect(starts[0]).toBeLessThanOrEqual(from);
        const width = (starts[1] ?? Infinity) - (starts[0] ?? 0);
        expect(starts.every((start, index) => index === 0 || start - (starts[index - 1] ?? 0) === width)).toBe(true);
        expect((starts.at(-1) ?? 0) + width).toBeGreaterThan(from + length);
      }),
    );
  });

  it('are one for a period without length', () => {
    expect(bucketsOf(NOW_MS, NOW_MS)).toHaveLength(1);
  });
});
