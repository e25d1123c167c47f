import { describe, expect, it } from 'vitest';
import { JSON_DEPTH_MAX, JSON_KEY_LENGTH_MAX, JSON_STRING_LENGTH_MAX, findBoundsProblem } from './json-bounds.js';

const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;

describe('findBoundsProblem', () => {
  it.each([
    ['plain values', { a: [1, 'x', null, { b: true }], ä: '😀' }],
    ['the deepest allowed', nested(JSON_DEPTH_MAX)],
    ['the longest string allowed', 'x'.repeat(JSON_STRING_LENGTH_MAX)],
    ['the largest number there is', Number.MAX_VALUE],
    ['nothing', undefined],
  ])('has nothing against %s', (_name, value) => expect(findBoundsProblem(value)).toBeUndefined());

  it.each([
    ['one level too many', nested(JSON_DEPTH_MAX + 1), 'nested deeper'],
    ['a string too long', { a: { b: 'x'.repeat(JSON_STRING_LENGTH_MAX + 1) } }, 'must not be longer'],
    ['a key too long', { ['k'.repeat(JSON_KEY_LENGTH_MAX + 1)]: 1 }, 'has a key that must not be longer'],
    ['U+0000', ['a\u0000'], 'U+0000'],
    ['U+0000 in a key', { '\u0000': 1 }, 'has a key that must not contain U+0000'],
    ['a lone surrogate', ['\ud83d'], 'lone surrogates'],
    ['a number too large', JSON.parse('[1e400]'), 'must not be a number beyond'],
    ['a number too small', JSON.parse('{"a":-1e400}'), 'must not be a number beyond'],
    ['__proto__', JSON.parse('{"__proto__":{}}') as unknown, '__proto__'],
  ])('finds %s', (_name, value, message) => expect(findBoundsProblem(value)?.message).toContain(message));

  it('says where', () => {
    expect(findBoundsProblem({ a: [{ b: '\u0000' }] })?.path).toBe('a.0.b');
  });

  it('does not recurse', () => {
    expect(findBoundsProblem(nested(100_000))?.message).toContain('nested deeper');
  });
});
