import type { Write } from '../db/statement.js';

/** Longest text of one column of one statement, in UTF-16 units; a single row may exceed it. The rest goes into a further statement. */
export const COLUMN_UNITS_MAX = 16 * 1024 * 1024;

/**
 * How the values of a column travel. `joined`, `base64`, `hex`: as one text that the database splits again, which spares
 * both sides the escaping; for what never holds a control character (numbers, times, ids, our own words, JSON, bytes in
 * letters). `free`: texts of others' choice; joined as well, unless one of them holds a character that parts or stands
 * for nothing: then all such columns of the statement travel as arrays.
 */
type Travel = 'joined' | 'base64' | 'hex' | 'free';

export interface Column<R> {
  readonly name: string;
  readonly type: string;
  readonly travel: Travel;
  readonly value: (row: R) => string | number | null | undefined;
}

const SEPARATOR = '\u001e';
const NULL = '\u0002';

/** What would be mistaken for a separator or for nothing. */
const MISTAKABLE = /[\u0002\u001e]/;

interface Fixed {
  readonly name: string;
  readonly sql: string;
}

/**
 * The insertion of rows, one parameter per column, so that one text serves every number of rows. `fixed` columns have
 * the same value in every row, as SQL over the parameters before those of the columns and the row `u`.
 */
export function insertionOf<R>(
  table: string,
  fixed: readonly Fixed[],
  columns: readonly Column<R>[],
  from = '',
): (rows: readonly R[], values: readonly unknown[]) => Write {
  const joined = textOf(table, fixed, columns, from, false);
  const apart = textOf(table, fixed, columns, from, true);
  const free = columns.filter(({ travel }) => travel === 'free');
  return (rows, values) => {
    const asArrays = rows.some((row) => free.some(({ value }) => isMistakable(value(row))));
    const parameters = columns.map((column) =>
      asArrays && column.travel === 'free' ? rows.map((row) => column.value(row) ?? null) : joinedValues(column, rows),
    );
    return { text: asArrays ? apart : joined, values: [...values, ...parameters] };
  };
}

function isMistakable(value: string | number | null | undefined): boolean {
  return typeof value === 'string' && MISTAKABLE.test(value);
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

function textOf<R>(
  table: string,
  fixed: readonly Fixed[],
  columns: readonly Column<R>[],
  from: string,
  asArrays: boolean,
): string {
  const numbers = fixed.flatMap(({ sql }) => [...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  const first = 1 + Math.max(0, ...numbers);
  const names = [...fixed, ...columns].map(({ name }) => name);
  const selected = [...fixed.map(({ sql }) => sql), ...columns.map(selection)];
  const sources = columns.map((column, index) => source(column, first + index, asArrays));
  return `insert into ${table} (${names.join(', ')}) select ${selected.join(', ')}
    from unnest(${sources.join(', ')}) as u (${columns.map(({ name }) => name).join(', ')})${from}`;
}

function selection<R>({ name, type, travel }: Column<R>): string {
  if (travel === 'base64' || travel === 'hex') return `decode(u.${name}, '${travel}')`;
  return isJson(type) ? `u.${name}::${type}` : `u.${name}`;
}

function source<R>({ type, travel }: Column<R>, place: number, asArrays: boolean): string {
  if (asArrays && travel === 'free') return `$${place}::${type}[]`;
  // The first element is dropped: splitting an empty text would give no element instead of an empty one.
  const split = `(string_to_array($${place}, E'\\x1e', E'\\x02'))[2:]`;
  // Bytes are decoded and JSON is read row by row: as elements of an array both would be escaped.
  return travel === 'joined' && type !== 'text' && !isJson(type) ? `${split}::${type}[]` : split;
}

function isJson(type: string): boolean {
  return type === 'json' || type === 'jsonb';
}

function joinedValues<R>({ value }: Column<R>, rows: readonly R[]): string {
  // An empty one first, so that a separator stands before every value. Added up bit by bit, the text would be a tree.
  const values: (string | number)[] = [''];
  for (const row of rows) values.push(value(row) ?? NULL);
  return values.join(SEPARATOR);
}
