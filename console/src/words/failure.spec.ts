import { expect, it } from 'vitest';
import { failureWord } from './failure.js';

it('says a known code in plain words and makes any other readable', () => {
  expect(failureWord('SESSION_EXPIRED')).toBe('Time ran out before a decision');
  expect(failureWord('START_REJECTED')).toBe('The runtime refused to open the session');
  expect(failureWord('KICKOFF_FAILED')).toBe(failureWord('KICKOFF_REJECTED'));
  expect(failureWord('RUNTIME_ERROR')).toBe('Runtime error');
  expect(failureWord('')).toBe('It failed');
});
