import { expect, it } from 'vitest';
import { clockWords } from './time.js';

it('tells the time of day, after midnight too, and the date of another day', () => {
  const midnight = new Date(2026, 6, 10, 0, 5).getTime();
  const iso = new Date(midnight).toISOString();
  expect(clockWords(iso, midnight)).toBe('00:05:00');
  expect(clockWords(iso, midnight - 600_000)).toMatch(/10.* 00:05:00$/);
});
