import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, firstText, numberIn, objectIn, storable, textIn, withoutBlanks } from './text.js';

describe('cut', () => {
  it('leaves what fits', () => {
    expect(cut('abc', 3)).toBe('abc');
  });

  it('says that something was cut off', () => {
    expect(cut('abcd', 3)).toBe('abc…');
  });

  it('takes no half of a surrogate pair', () => {
    expect(cut('ab😀c', 3)).toBe('ab…');
    expect(cut('ab😀c', 4)).toBe('ab😀…');
  });

  it('never grows a text beyond its limit and the mark, and stays well-formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        const short = cut(text, max);
        expect(short.length).toBeLessThanOrEqual(max + 1);
        expect(text.startsWith(short.replace(/…$/, ''))).toBe(true);
        expect(/\p{Surrogate}/u.test(short)).toBe(false);
      }),
    );
  });
});

describe('storable', () => {
  it('replaces U+0000 and lone surrogates, and nothing else', () => {
    expect(storable('a\0b\ud800c\udc00d😀\u0001')).toBe('a\ufffdb\ufffdc\ufffdd😀\u0001');
  });
});

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
