import { describe, expect, it } from 'vitest';
import { firstText, numberIn, objectIn, textIn, withoutBlanks } from './text.js';

describe('fields', () => {
  const payload = { text: 'x', none: null, number: 1, nan: Number.NaN, list: ['a'], inner: { a: 1 } };

  it('are read by type, and are absent otherwise', () => {
    expect(textIn(payload, 'text')).toBe('x');
    expect(textIn(payload, 'number', 'text')).toBe('x');
    expect(textIn(payload, 'toString')).toBe('');
    expect(numberIn(payload, 'number')).toBe(1);
    expect(numberIn(payload, 'nan')).toBeUndefined();
    expect(objectIn(payload, 'inner')).toEqual({ a: 1 });
    expect(objectIn(payload, 'list')).toBeUndefined();
    expect(objectIn(payload, 'none')).toBeUndefined();
    expect(objectIn(payload, '__proto__')).toBeUndefined();
  });

  it('count as blank when they are only space', () => {
    expect(firstText('', ' \t', 'b', 'c')).toBe('b');
    expect(firstText(' ')).toBe('');
    expect(withoutBlanks(['', ' ', 'a'])).toEqual(['a']);
  });
});
