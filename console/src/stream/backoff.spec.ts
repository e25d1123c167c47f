import { expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

it('doubles, within half of it by chance, up to a limit', () => {
  expect([0, 1, 2, 3].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1_000, 2_000, 4_000]);
  expect(backoffMs(0, 0)).toBe(250);
  expect(backoffMs(60, 1)).toBe(15_000);
});
