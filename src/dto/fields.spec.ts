import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { queryFlag, queryInt, queryList, queryNumber, queryText, queryTime } from './fields.js';

const read = (schema: z.ZodType, value: unknown): unknown => {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : 'refused';
};

describe('query fields', () => {
  it.each([
    ['7', 7],
    ['0', 'refused'],
    ['101', 'refused'],
    ['', 'refused'],
    [' 7', 'refused'],
    ['7.0', 'refused'],
    ['1e1', 'refused'],
    ['0x7', 'refused'],
    ['-7', 'refused'],
    [['7', '8'], 'refused'],
    ['9'.repeat(20), 'refused'],
  ])('whole number %j → %j', (text, value) => expect(read(queryInt(1, 100), text)).toBe(value));

  it.each([
    ['0.1', 0.1],
    [String(1 / 3), 1 / 3],
    ['7', 7],
    ['0', 'refused'],
    ['101', 'refused'],
    ['9'.repeat(400), 'refused'],
    ['', 'refused'],
    ['.5', 'refused'],
    ['1.', 'refused'],
    ['1e1', 'refused'],
    ['-1', 'refused'],
  ])('number %j → %j', (text, value) => expect(read(queryNumber(0.1, 100), text)).toBe(value));

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    ['', 'refused'],
    ['yes', 'refused'],
  ])('flag %j → %j', (text, value) => expect(read(queryFlag, text)).toBe(value));

  it.each([
    ['a,b', ['a', 'b']],
    [
      ['a', ' b ,a'],
      ['a', 'b', 'a'],
    ],
    ['', undefined],
    [',', undefined],
    [undefined, undefined],
    ['a,c', 'refused'],
    ['a,a,a,a', 'refused'],
  ])('list %j → %j', (text, value) => expect(read(queryList(z.enum(['a', 'b']), 3), text)).toEqual(value));

  it.each([
    ['x', 'x'],
    ['', undefined],
    ['  ', undefined],
    ['x'.repeat(2_000), 'refused'],
  ])('text %j → %j', (text, value) => expect(read(queryText, text)).toBe(value));

  it.each([
    ['2026-07-10', '2026-07-10T00:00:00.000Z'],
    ['2026-07-10T10:20:30Z', '2026-07-10T10:20:30.000Z'],
    ['2026-07-10T10:20:30.123456+02:00', '2026-07-10T08:20:30.123Z'],
    ['', undefined],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    // A year that is being typed.
    ['0002-01-01', '1970-01-01T00:00:00.000Z'],
    ['2026-13-01', 'refused'],
    ['2026-02-31', 'refused'],
    ['2026-02-29T10:20:30Z', 'refused'],
    ['2026-07-10T10:20:30', 'refused'],
    ['today', 'refused'],
    ['0', 'refused'],
  ])('time %j → %j', (text, value) => expect(read(queryTime, text)).toBe(value));
});
