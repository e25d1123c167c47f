import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, storable } from './text.js';

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
