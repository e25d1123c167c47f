import { describe, expect, it } from 'vitest';
import type { IsoTime } from '../contracts/ids.js';
import { BYTES, ColumnArray, INT2, INT4, INT8, TIME, type WireType } from './column-array.js';

const columnOf = <V>(type: WireType<V>, values: readonly (V | null | undefined)[]): ColumnArray =>
  ColumnArray.of(type, values, (value) => value);
const hexOf = (column: ColumnArray): string => column.toPostgres().toString('hex');

/** The header of an array: one dimension, whether there are nulls, type, length, first index 1. */
const header = (hasNulls: number, oid: number, length: number): string =>
  [1, hasNulls, oid, length, 1].map((number) => number.toString(16).padStart(8, '0')).join('');

describe('a packed column', () => {
  it('is an array as PostgreSQL sends and receives it, each value behind its length', () => {
    expect(hexOf(columnOf(INT4, [1, null, -2]))).toBe(`${header(1, 23, 3)}0000000400000001ffffffff00000004fffffffe`);
    expect(hexOf(columnOf(INT2, [513]))).toBe(`${header(0, 21, 1)}000000020201`);
    expect(hexOf(columnOf(BYTES, [new Uint8Array([1, 0]), new Uint8Array()]))).toBe(
      `${header(0, 17, 2)}00000002010000000000`,
    );
  });

  it('writes bytes in an array of text as the database reads them there', () => {
    expect(String(columnOf(BYTES, [new Uint8Array([0, 171]), new Uint8Array(), null]))).toBe(
      String.raw`{"\\x00ab","\\x",NULL}`,
    );
  });

  it.each([0, 1, -1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER])(
    'writes %d in 64 bits',
    (value) => {
      const packed = columnOf(INT8, [value]).toPostgres();
      expect(packed.readBigInt64BE(packed.length - 8)).toBe(BigInt(value));
    },
  );

  it('counts times in microseconds since 2000', () => {
    const times = ['2000-01-01T00:00:00.001Z', '1999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'] as IsoTime[];
    const packed = columnOf(TIME, times).toPostgres();
    const read = times.map((_time, index) => packed.readBigInt64BE(24 + index * 12));
    expect(read).toEqual([1_000n, -1_000n, BigInt(Date.parse(times[2] ?? '') - 946_684_800_000) * 1_000n]);
    expect(String(columnOf(TIME, [...times, null]))).toBe(`{${times.map((time) => `"${time}"`).join(',')},NULL}`);
  });

  it.each([
    [INT2, 32_768],
    [INT4, 2_147_483_648],
    [INT4, -2_147_483_649],
    [INT4, 1.5],
    [INT8, 2 ** 53],
    [INT8, Number.NaN],
    [TIME, 'yesterday'],
  ] as [WireType<unknown>, unknown][])('refuses what %j cannot hold at once: %j', (type, value) => {
    expect(() => columnOf(type, [value])).toThrow(RangeError);
  });

  it('is joined with others in their order, and stays what it was', () => {
    const [one, none, two] = [columnOf(INT4, [1]), columnOf<number>(INT4, []), columnOf(INT4, [null, 2])];
    const all = ColumnArray.joined([one, none, two]);
    expect(String(all)).toBe('{1,NULL,2}');
    expect(all?.units).toBe(one.units + two.units);
    expect([one, none, two].map(String)).toEqual(['{1}', '{}', '{NULL,2}']);
    expect(ColumnArray.joined([])).toBeUndefined();
  });
});
