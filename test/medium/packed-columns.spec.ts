import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IsoTime } from '../../src/contracts/ids.js';
import { BYTES, ColumnArray, INT2, INT4, INT8, TIME, type WireType } from '../../src/db/column-array.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';

describe.each(STORES)('packed columns on %s', (store) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await openTestDatabase(store);
  });
  afterAll(() => test.close());

  const packed = <V>(type: WireType<V>, values: readonly (V | null)[]): ColumnArray =>
    ColumnArray.of(type, values, (value) => value);

  it('arrive as what they were, up to the ends of their types', async () => {
    const times = ['1970-01-01T00:00:00.000Z', '2026-01-05T10:00:00.123Z', '9999-12-31T23:59:59.999Z'] as IsoTime[];
    const bytes = [new Uint8Array(), new Uint8Array([0, 1, 2, 30, 34, 44, 92, 123, 255])];
    const whole = [0, -1, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];
    const [row] = await test.database.query(
      `select $1::int2[]::text as int2, $2::int4[]::text as int4, $3::int8[]::text as int8,
              (select string_agg(to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), ' ') from unnest($4::timestamptz[]) as at) as times,
              (select string_agg(coalesce(encode(value, 'hex'), 'none'), ' ') from unnest($5::bytea[]) as value) as bytes`,
      [
        packed(INT2, [32_767, null, -32_768]),
        packed(INT4, [2_147_483_647, -2_147_483_648, null]),
        packed(INT8, whole),
        packed(TIME, times),
        packed(BYTES, [...bytes, null]),
      ],
    );
    expect(row).toEqual({
      int2: '{32767,NULL,-32768}',
      int4: '{2147483647,-2147483648,NULL}',
      int8: `{${whole.join(',')}}`,
      times: times.join(' '),
      bytes: `${bytes.map((value) => Buffer.from(value).toString('hex')).join(' ')} none`,
    });
  });
});
