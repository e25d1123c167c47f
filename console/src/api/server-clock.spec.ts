import { expect, it } from 'vitest';
import { noteServerDate, toServerTime } from './server-clock.js';

const NOW = Date.parse('2026-07-10T12:00:00.500Z');
const dateOf = (ms: number): string => new Date(ms).toUTCString();

it('is that of this browser until an answer tells that it is another one, and does not waver', () => {
  expect(toServerTime(NOW)).toBe(NOW);
  noteServerDate(dateOf(NOW - 1_000), NOW);
  noteServerDate(null, NOW);
  noteServerDate('no date', NOW);
  expect(toServerTime(NOW)).toBe(NOW);
  noteServerDate(dateOf(NOW + 600_000), NOW);
  const ahead = toServerTime(NOW);
  expect(ahead).toBe(Date.parse('2026-07-10T12:10:00.000Z'));
  noteServerDate(dateOf(NOW + 601_000), NOW);
  expect(toServerTime(NOW)).toBe(ahead);
  noteServerDate(dateOf(NOW), NOW);
  expect(Math.abs(toServerTime(NOW) - NOW)).toBeLessThan(1_000);
});
