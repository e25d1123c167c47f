import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JSON_DEPTH_MAX, storableJson } from './storable-json.js';

describe('storableJson', () => {
  it('returns the very same object when there is nothing to do', () => {
    const clean = { a: [1, 'zwei', null, { b: true }], c: '\u{1f600}' };
    expect(storableJson(clean)).toBe(clean);
  });

  it('keeps the clean parts of an object that has others', () => {
    const clean = { deep: ['yes'] };
    const result = storableJson({ clean, dirty: '\0' });
    expect(result).toEqual({ clean, dirty: '\ufffd' });
    expect(result.clean).toBe(clean);
  });

  it.each<[unknown, unknown]>([
    ['a\0b', 'a\ufffdb'],
    ['\ud800x\udc00', '\ufffdx\ufffd'],
    [{ 'k\0': 1 }, { 'k\ufffd': 1 }],
    [[-0], [0]],
    [{ gone: undefined, stays: 1 }, { stays: 1 }],
    [
      [undefined, Number.NaN, Infinity],
      [null, null, null],
    ],
  ])('%j becomes %j', (value, expected) => {
    expect(storableJson(value)).toStrictEqual(expected);
  });

  it('keeps a key that objects inherit as an ordinary key', () => {
    const value = JSON.parse('{"__proto__":{"x":"\\u0000"},"constructor":1}') as object;
    const result = storableJson(value);
    expect(Object.keys(result)).toEqual(['__proto__', 'constructor']);
    expect(JSON.stringify(result)).toBe('{"__proto__":{"x":"\ufffd"},"constructor":1}');
  });

  it('cuts what is nested too deeply', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 'core' : [nested(depth - 1)]);
    expect(JSON.stringify(storableJson(nested(JSON_DEPTH_MAX)))).toContain('core');
    expect(JSON.stringify(storableJson(nested(JSON_DEPTH_MAX + 2)))).toContain('too deeply');
  });

  it('makes of anything what JSON gives back unchanged', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, values: [fc.string({ unit: 'binary' }), fc.double()] }),
        (value) => {
          const stored: unknown = storableJson({ value });
          const text = JSON.stringify(stored);
          expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/i);
          expect(JSON.parse(text)).toEqual(stored);
        },
      ),
    );
  });
});
