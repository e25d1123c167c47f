import { expect, it } from 'vitest';
import { resultWords } from './batch-words.js';

it('tells honestly what became of all of them', () => {
  expect(resultWords('cancel', { results: [], succeeded: 3, failed: 0 })).toBe('All done: 3 runs cancelled.');
  expect(resultWords('delete', { results: [], succeeded: 0, failed: 1 })).toBe('None was deleted: 1 run refused.');
  expect(resultWords('archive', { results: [], succeeded: 2, failed: 1 })).toBe('2 runs archived, 1 run refused.');
});
