import { describe, expect, it } from 'vitest';
import { bytesOf, isoTimeOf } from './values.js';

describe('isoTimeOf', () => {
  it.each([
    ['2025-01-31 10:00:00+00', '2025-01-31T10:00:00.000Z'],
    ['2025-01-31 10:00:00.1+00', '2025-01-31T10:00:00.100Z'],
    ['2025-01-31 10:00:00.123456+00', '2025-01-31T10:00:00.123Z'],
    ['2025-01-31 10:00:00.123+02', '2025-01-31T08:00:00.123Z'],
    ['2025-01-31 10:00:00.123-03:30', '2025-01-31T13:30:00.123Z'],
    ['2025-01-31 10:00:00.123+0545', '2025-01-31T04:15:00.123Z'],
    ['2025-01-31T10:00:00.123Z', '2025-01-31T10:00:00.123Z'],
    ['9999-12-31 23:59:59.999+00', '9999-12-31T23:59:59.999Z'],
  ])('reads %s', (printed, time) => {
    expect(isoTimeOf(printed)).toBe(time);
  });

  it.each(['', 'infinity', '2025-01-31', '10000-01-01 00:00:00+00'])('does not guess at %j', (printed) => {
    expect(() => isoTimeOf(printed)).toThrow(TypeError);
  });
});

it('reads bytes', () => {
  expect(bytesOf('\\x00ff10')).toEqual(Buffer.from([0, 255, 16]));
  expect(bytesOf('\\x')).toHaveLength(0);
});
