import { expect, it, vi } from 'vitest';
import { clockWords } from './time.js';

vi.hoisted(() => {
  // A quarter of an hour off from every clock the tests run by.
  process.env['TZ'] = 'Asia/Kathmandu';
});

it('tells the time of day, after midnight too, and the date of another day', () => {
  const iso = '2026-07-09T18:20:00.000Z';
  const midnight = Date.parse(iso);
  expect(clockWords(iso, midnight)).toBe('00:05:00');
  expect(clockWords(iso, midnight - 600_000)).toMatch(/10.* 00:05:00$/);
});
