import type { Write } from '../db/statement.js';

/** Longest text of one column of one statement, in UTF-16 units; a single row may exceed it. The rest goes into a further statement. */
export const COLUMN_UNITS_MAX = 16 * 1024 * 1024;

/**
 * How the values of a column travel. `array`: as an array of the column's type, for texts of others' choice. `joined`,
 * `base64`: as one text, for what never holds a control character (numbers, times, ids, our own words, JSON, base64);
 * the database splits it again, which spares both sides the escaping. `hex`: bytes as an array of hex texts.
 */
type Travel = 'array' | 'joined' | 'base64' | 'hex';

export interface Column<R> {
  readonly name: string;
  readonly type: string;
  readonly travel: Travel;
  readonly value: (row: R) => string | number | null | undefined;
}

const SEPARATOR = '\u001e';
const NULL = '\u0002';

/**
 * The insertion of rows, one parameter per column, so that one text serves every number of rows. `fixed` columns have
 * the same value in every row, as SQL over `$1` and the row `u`.
 */
export function insertionOf<R>(
  table: string,
  fixed: readonly { readonly name: string; readonly sql: string }[],
  columns: readonly Column<R>[],
  from = '',
): (rows: readonly R[], values: readonly unknown[]) => Write {
  const first = 1 + Math.max(0, ...fixed.flatMap(({ sql }) => [...sql.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n))));
  const names = [...fixed.map(({ name }) => name), ...columns.map(({ name }) => name)];
  const selected = [...fixed.map(({ sql }) => sql), ...columns.map(selection)];
  const sources = columns.map((column, index) => source(column, first + index));
  const text = `insert into ${table} (${names.join(', ')}) select ${selected.join(', ')}
    from unnest(${sources.join(', ')}) as u (${columns.map(({ name }) => name).join(', ')})${from}`;
  return (rows, values) => ({ text, values: [...values, ...columns.map((column) => parameter(column, rows))] });
}

/** The rows in order, in parts whose `sizeOf` add up to `unitsMax` at most: usually one, several when they carry much. */
export function partsOfRows<R>(
  rows: readonly R[],
  sizeOf: (row: R) => number,
  unitsMax = COLUMN_UNITS_MAX,
): readonly (readonly R[])[] {
  const parts: R[][] = [];
  let units = Infinity;
  for (const row of rows) {
    const size = sizeOf(row);
    if (units + size > unitsMax) {
      parts.push([]);
      units = 0;
    }
    parts.at(-1)?.push(row);
    units += size;
  }
  return parts;
}

function selection<R>({ name, type, travel }: Column<R>): string {
  switch (travel) {
    case 'array':
      return `u.${name}`;
    case 'joined':
      // The element type of an array of JSON would be read from the text of the whole array.
      return type.startsWith('json') ? `u.${name}::${type}` : `u.${name}`;
    case 'base64':
    case 'hex':
      return `decode(u.${name}, '${travel}')`;
    default:
      return travel satisfies never;
  }
}

function source<R>({ type, travel }: Column<R>, place: number): string {
  if (travel === 'array') return `$${place}::${type}[]`;
  if (travel === 'hex') return `$${place}::text[]`;
  // The first element is dropped: splitting an empty text would give no element instead of an empty one.
  const split = `(string_to_array($${place}, E'\\x1e', E'\\x02'))[2:]`;
  return travel === 'joined' && type !== 'text' && !type.startsWith('json') ? `${split}::${type}[]` : split;
}

function parameter<R>({ travel, value }: Column<R>, rows: readonly R[]): unknown {
  if (travel === 'array' || travel === 'hex') return rows.map((row) => value(row) ?? null);
  let joined = '';
  for (const row of rows) joined += `${SEPARATOR}${String(value(row) ?? NULL)}`;
  return joined;
}
