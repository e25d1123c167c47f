import { expect, it } from 'vitest';
import { costWords, countOf, deltaWords, shareWords, totalOf } from './number.js';

it('counts in words', () => {
  expect(countOf(0, 'run')).toBe('0 runs');
  expect(countOf(1, 'run')).toBe('1 run');
  expect(countOf(2, 'entry', 'entries')).toBe('2 entries');
  expect(totalOf({ total: 1_000, totalIsExact: false }, 'run')).toBe(`More than ${(1_000).toLocaleString()} runs`);
});

it('keeps the digits of small amounts', () => {
  expect(costWords(0)).toContain('0.00');
  expect(costWords(0.0042)).toContain('0.0042');
  expect(costWords(0.000037)).toContain('0.000037');
  expect(costWords(0.12345)).toMatch(/0\.123[45]$/);
  expect(costWords(12.345)).toMatch(/12\.3[45]/);
});

it('says a share as a percentage', () => {
  expect(shareWords(0.666)).toBe('67 %');
  expect(shareWords(0.999)).toBe('99.9 %');
  expect(shareWords(1)).toBe('100 %');
  expect(shareWords(-0.004)).toBe('-0.4 %');
  expect(shareWords(0)).toBe('0 %');
});

it('signs a difference, and says when there is none', () => {
  expect(deltaWords(900, (ms) => `${ms} ms`)).toBe('+900 ms');
  expect(deltaWords(-3, String)).toBe('−3');
  expect(deltaWords(0, String)).toBe('the same');
});
