import { expect, it } from 'vitest';
import type { Readiness } from '../api/types.js';
import { healthLines } from './readiness.js';

const WELL: Readiness = {
  ok: true,
  database: 'ok',
  runtime: { ok: true },
  streamConsumer: 'ok',
  circuitBreaker: 'CLOSED',
  streams: { followed: 2, reconnecting: 0 },
  discovery: { waiting: 0, refused: 0, watching: true },
  signals: { held: 0, dropped: 0, watching: true },
};

const toneOf = (readiness: Readiness, name: string) => healthLines(readiness).find((line) => line.name === name)?.tone;

it('is good throughout when all is well', () => {
  expect(healthLines(WELL).map(({ tone }) => tone)).toEqual(['good', 'good', 'good', 'good', 'good']);
});

it('says of each dependency what is the matter', () => {
  expect(toneOf({ ...WELL, runtime: { ok: false, detail: 'connection refused' } }, 'Runtime')).toBe('bad');
  expect(toneOf({ ...WELL, circuitBreaker: 'OPEN' }, 'Circuit breaker')).toBe('bad');
  expect(toneOf({ ...WELL, circuitBreaker: 'HALF_OPEN' }, 'Circuit breaker')).toBe('warning');
  expect(toneOf({ ...WELL, database: 'unreachable' }, 'Database')).toBe('bad');
  expect(toneOf({ ...WELL, database: 'unknown' }, 'Database')).toBe('waiting');
  expect(
    toneOf({ ...WELL, streamConsumer: 'reconnecting', streams: { followed: 2, reconnecting: 1 } }, 'Streams'),
  ).toBe('warning');
  const discovery = { waiting: 0, refused: 0, watching: true, problem: 'not allowed' };
  expect(toneOf({ ...WELL, discovery }, 'Sessions that agents open')).toBe('bad');
});
