import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs, isoTime } from './time.js';

const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');

describe('isoTime', () => {
  it('property: writes what the calendar says, in whatever order it is asked', () => {
    const near = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_002_500 });
    const times = fc.array(fc.oneof(near, fc.integer({ min: 0, max: LATEST_MS })), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(times, (list) => {
        expect(list.map(isoTime)).toEqual(list.map((ms) => new Date(ms).toISOString()));
        expect(list.map((ms) => epochMs(isoTime(ms)))).toEqual(list);
      }),
    );
  });

  it('keeps to the years 1970 to 9999, and to whole milliseconds', () => {
    expect(isoTime(-1)).toBe('1970-01-01T00:00:00.000Z');
    expect(isoTime(NaN)).toBe('1970-01-01T00:00:00.000Z');
    expect(isoTime(Infinity)).toBe('1970-01-01T00:00:00.000Z');
    expect(isoTime(Number.MAX_VALUE)).toBe('9999-12-31T23:59:59.999Z');
    expect(isoTime(1.9)).toBe('1970-01-01T00:00:00.001Z');
  });
});
