import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../contracts/events.js';
import { toEventBody } from './event-text.js';
import { foldTexts, hasPlaces, LONG_TEXT_UNITS_MIN, SEARCHED_BYTES_MAX, unfoldTexts } from './payload-texts.js';

type Data = CanonicalEvent['data'];

const long = 'A sentence that an agent wrote, "quoted" and with a \\ in it, long enough to be worth a place.';

function dataOf(payload: object, rest: object = {}): Data {
  return { ...rest, payloadEncoding: 'proto', payload } as object as Data;
}

function expectSame(data: Data, bytes: Uint8Array): void {
  const stored = foldTexts(data, bytes);
  expect(unfoldTexts(stored, bytes)).toEqual(toEventBody(data));
}

describe('texts of the raw payload', () => {
  const bytes = Buffer.concat([Buffer.from([10, 2, 0xff]), Buffer.from(long), Buffer.from([0x18, 1])]);

  it('are stored as their place, however often an event repeats them', () => {
    const data = dataOf({ reason: long, deep: [{ again: long }] }, { reason: long, reasons: [long], vote: 'APPROVE' });
    const stored = foldTexts(data, bytes);
    expect(JSON.stringify(stored)).not.toContain('sentence');
    expect(hasPlaces(stored)).toBe(true);
    expect(stored.data).toContain('"vote":"APPROVE"');
    expect(unfoldTexts(stored, bytes)).toEqual(toEventBody(data));
  });

  it('stay as they are when they are short, or stand nowhere in the bytes', () => {
    const data = dataOf({ reason: `${long}!`, short: long.slice(0, LONG_TEXT_UNITS_MIN - 1) });
    expect(foldTexts(data, bytes)).toEqual(toEventBody(data));
    expect(foldTexts(data, undefined)).toEqual(toEventBody(data));
  });

  it('are found behind letters of several bytes', () => {
    const text = '漢字 – “quoted” – '.repeat(8);
    expectSame(dataOf({ text }), Buffer.from(`ä${text}`));
  });

  const numbered = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index} `.padEnd(LONG_TEXT_UNITS_MIN, 'x'));

  it('are found one behind the other, in a payload that could not be searched from its beginning for each', () => {
    const list = numbered('text ', 4_000);
    const payload = Buffer.from(JSON.stringify({ list }));
    expect((payload.length / 2) * list.length).toBeGreaterThan(SEARCHED_BYTES_MAX);
    const stored = foldTexts(dataOf({ list }, { reason: list.at(-1) }), payload);
    expect(JSON.stringify(stored)).not.toContain('text ');
    expectSame(dataOf({ list }, { reason: list.at(-1) }), payload);
  });

  it('are searched for until a limit, and stored as they are beyond it', () => {
    const plain = 'A text that stands in the payload as it is, behind all the others.';
    const payloadOf = (count: number) => ({ list: numbered('\n', count), plain });
    const isPlaced = (count: number) => {
      const payload = payloadOf(count);
      const raw = Buffer.from(JSON.stringify(payload));
      expectSame(dataOf(payload), raw);
      return foldTexts(dataOf(payload), raw).payload?.includes(plain) === false;
    };
    const searched = (count: number) => count * JSON.stringify(payloadOf(count)).length;
    expect(searched(300)).toBeLessThan(SEARCHED_BYTES_MAX);
    expect(isPlaced(300)).toBe(true);
    expect(searched(400)).toBeGreaterThan(SEARCHED_BYTES_MAX);
    expect(isPlaced(400)).toBe(false);
  });

  it.each([
    ['a text like a place', { a: '\u00015,3', '\u00015,3': 1, b: ['\u0001\u0001', '\u0001'] }],
    ['a text that quotes a place', { a: 'x"\u00015,3"', b: '\\"\u00015,3', c: '"\u0001' }],
    ['a text that looks like the space between two texts', { a: [0, 0, 0], b: ':[0,0,0],"b":', '': '":[0,0,0],"' }],
    ['a __proto__ of its own', JSON.parse(`{"__proto__":{"x":"${'y'.repeat(99)}"}}`) as object],
  ])('cannot be forged by %s', (_name, payload) => {
    expectSame(dataOf({ ...payload, long }, { flat: payload }), bytes);
  });

  it('property: whatever is folded is read again, letter by letter', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(long, '\u0001', '"', '\\', '\\u0001', '1,2"', '\u00011,2', ':[', '],'),
    );
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(text, value), fc.array(text), (payload, texts) => {
        expectSame(dataOf(payload, { flat: payload }), Buffer.from(texts.join('') + JSON.stringify(payload)));
      }),
    );
  });
});
