import { expect, it } from 'vitest';
import { percentWords, thresholdWords } from './read.js';

it('rounds nothing to certainty, and nothing to nothing', () => {
  expect([0, 0.0001, 0.07, 0.5, 0.925, 0.995, 0.9999, 1].map(percentWords)).toEqual([
    '0 %',
    '0.1 %',
    '7 %',
    '50 %',
    '92.5 %',
    '99.5 %',
    '99.9 %',
    '100 %',
  ]);
});

it('says two thirds only of what two of three reach', () => {
  expect(thresholdWords(2 / 3)).toBe('at least two thirds');
  expect(thresholdWords(0.6666)).toBe('at least two thirds');
  expect(thresholdWords(0.67)).toBe('at least 67 %');
  expect(thresholdWords(0.5)).toBe('at least half');
});
