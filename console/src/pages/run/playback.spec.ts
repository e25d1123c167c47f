import { describe, expect, it } from 'vitest';
import { paceOf, SPEEDS, thinned } from './playback.js';

describe('playing', () => {
  it.each(SPEEDS)('at %s events a second goes on by as many', (speed) => {
    const { tickMs, step } = paceOf(speed);
    expect((step * 1_000) / tickMs).toBeCloseTo(speed);
    expect(tickMs).toBeGreaterThanOrEqual(200);
  });

  it('thins marks evenly', () => {
    expect(thinned([1, 2, 3], 3)).toEqual([1, 2, 3]);
    expect(thinned([1, 2, 3, 4, 5, 6], 3)).toEqual([1, 3, 5]);
  });
});
