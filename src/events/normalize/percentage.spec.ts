import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPercentage } from './percentage.js';

describe('toPercentage', () => {
  it.each([
    [3, 4, 75],
    [5, 4, 100],
    [-1, 4, 0],
    [0, 0, 0],
    [0.25, 0, 25],
    [1, 0, 100],
    [1.5, 0, 1.5],
    [60, 0, 60],
    [250, 0, 100],
    [1, 3, 33.33],
    [0, 7, 0],
    [Number.NaN, 0, null],
    [Infinity, 4, null],
    [1, Infinity, null],
    [null, 4, null],
    [undefined, undefined, null],
  ])('%s of %s is %s', (progress, total, percentage) => {
    expect(toPercentage(progress, total)).toBe(percentage);
  });

  it('lies in 0 to 100 with two decimals, or is null', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (progress, total) => {
        const percentage = toPercentage(progress, total);
        if (percentage === null) return;
        expect(percentage).toBeGreaterThanOrEqual(0);
        expect(percentage).toBeLessThanOrEqual(100);
        expect(Number(percentage.toFixed(2))).toBe(percentage);
      }),
    );
  });
});
