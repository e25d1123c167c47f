import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAILURES, failureWord } from './failure.js';

it('says a known code in plain words and makes any other readable', () => {
  expect(failureWord('SESSION_EXPIRED')).toBe('Time ran out before a decision');
  expect(failureWord('START_REJECTED')).toBe('The runtime refused to open the session');
  expect(failureWord('KICKOFF_FAILED')).toBe(failureWord('KICKOFF_REJECTED'));
  expect(failureWord('RUNTIME_ERROR')).toBe('Runtime error');
  expect(failureWord('')).toBe('It failed');
});

it('has a word for every code that a failed run carries', () => {
  const document = readFileSync(new URL('../../../docs/ERRORS.md', import.meta.url), 'utf8');
  const [, ofRuns = ''] = document.split('## Failures of runs');
  const codes = [...ofRuns.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect(codes).toContain('START_REJECTED');
  expect(Object.keys(FAILURES)).toEqual(expect.arrayContaining(codes));
});
