import { describe, expect, it } from 'vitest';
import { amountOf, countOf, idOf, idsOf, jsonOf, numberOf, reasonsOf, textOf, timeOf } from './read.js';

describe('ids', () => {
  it('keeps an ordinary id and anything odd in it', () => {
    expect(idOf('__proto__')).toBe('__proto__');
    expect(idOf('x'.repeat(256))).toBe('x'.repeat(256));
  });

  it('shortens a long id, and different ones stay different', () => {
    const left = idOf(`${'x'.repeat(1_000)}a`);
    const right = idOf(`${'x'.repeat(1_000)}b`);
    expect(left.length).toBeLessThanOrEqual(256);
    expect(left).not.toBe(right);
    expect(idOf(left)).toBe(left);
  });

  it('is blank for what is no string, and drops blanks from lists', () => {
    expect(idOf(7)).toBe('');
    expect(idsOf(['a', '', ' ', null, 4, 'b'])).toEqual(['a', 'b']);
    expect(idsOf('a')).toEqual([]);
  });
});

it.each([
  [1.5, 1.5, 1.5, 1],
  [-0, 0, 0, 0],
  [-1, -1, undefined, 0],
  [Number.NaN, undefined, undefined, 0],
  [Number.POSITIVE_INFINITY, undefined, undefined, 0],
  ['3', undefined, undefined, 0],
  [1e300, 1e300, 1e300, Number.MAX_SAFE_INTEGER],
])('reads %j as number %j, amount %j, count %j', (value, number, amount, count) => {
  expect(numberOf(value)).toBe(number);
  expect(amountOf(value)).toBe(amount);
  expect(countOf(value)).toBe(count);
});

it.each([
  ['2026-01-01T00:00:00.000Z', true],
  ['2026-01-01T00:00:00Z', false],
  ['2026-01-01 00:00:00.000+00', false],
  ['2026-13-01T00:00:00.000Z', false],
  [1, false],
])('takes %j for a time: %j', (value, expected) => {
  expect(timeOf(value) !== undefined).toBe(expected);
});

it('reads blank texts as none', () => {
  expect(textOf(' \n', 5)).toBeUndefined();
  expect(textOf(' a ', 5)).toBe(' a ');
  expect(textOf({}, 5)).toBeUndefined();
});

it('bounds reasons in number and length', () => {
  expect(reasonsOf(['a', '', 3, 'b'])).toEqual(['a', 'b']);
  expect(reasonsOf(Array.from({ length: 9 }, (_, index) => `r${index}`))).toHaveLength(5);
  expect(reasonsOf(['x'.repeat(600)])[0]).toBe(`${'x'.repeat(500)}…`);
  expect(reasonsOf('a reason')).toEqual([]);
});

describe('jsonOf', () => {
  it('copies what fits and notes the size of what does not', () => {
    expect(jsonOf({ a: [1, 'é'] }, 100)).toEqual({ a: [1, 'é'] });
    expect(jsonOf('é'.repeat(50), 100)).toEqual({ truncated: true, byteLength: 102 });
  });

  it('gives nothing for what is no JSON', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(jsonOf(cycle, 100)).toBeUndefined();
    expect(jsonOf(undefined, 100)).toBeUndefined();
    expect(jsonOf(1n, 100)).toBeUndefined();
  });
});
