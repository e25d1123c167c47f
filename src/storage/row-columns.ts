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
  readonly value: (row: R) => Value;
}

type Value = string | number | boolean | null | undefined;

const SEPARATOR = '\u001e';
const NULL = '\u0002';

/**
 * No limit at all; but the planner takes the rows for few and looks up by its key what each of them changes. A prepared
 * statement keeps the plan it was given while the table was small, and taken for ten rows would read the table whole.
 */
const TAKEN_FOR_FEW = 'limit (select null::bigint)';

/** What would be mistaken for a separator or for nothing. */
const MISTAKABLE = /[\u0002\u001e]/;

/** Makes the write of so many rows; `values` are those of the parameters before the columns. */
type WriteOfRows<R> = (rows: readonly R[], values?: readonly unknown[]) => Write;

/**
 * A write of rows, one parameter per column, so that one text serves every number of rows and writes of several runs can
 * be put together. `textOf` makes the statement around the rows, which it is given as a source of a relation `u` with the
 * columns and, as `place`, the row's number from 1 on. `fixed` parameters come before those of the columns.
 */
export function writeOfRows<R>(
  columns: readonly Column<R>[],
  textOf: (source: string) => string,
  fixed = 0,
): WriteOfRows<R> {
  const joined = textOf(sourceOf(columns, fixed, false));
  const apart = textOf(sourceOf(columns, fixed, true));
  return (rows, values = []) => {
    const texts = columns.map((column) => joinedValues(column, rows));
    if (!texts.includes(undefined)) {
      return { text: joined, values: [...values, ...texts], columns: { from: fixed, rows: rows.length } };
    }
    const parameters = columns.map(({ travel, value }, index) =>
      travel === 'free' ? rows.map((row) => value(row) ?? null) : texts[index],
    );
    return { text: apart, values: [...values, ...parameters] };
  };
}

/** The insertion of rows. `more` columns are SQL over the parameters before those of the columns and the row `u`. */
export function insertionOf<R>(
  table: string,
  columns: readonly Column<R>[],
  more: { readonly columns: Readonly<Record<string, string>>; readonly from: string; readonly parameters: number } = {
    columns: {},
    from: '',
    parameters: 0,
  },
): WriteOfRows<R> {
  const names = [...columns.map(({ name }) => name), ...Object.keys(more.columns)];
  const selected = [...columns.map(valueIn), ...Object.values(more.columns)];
  const textOf = (source: string): string =>
    `insert into ${table} (${names.join(', ')}) select ${selected.join(', ')} from ${source}${more.from}`;
  return writeOfRows(columns, textOf, more.parameters);
}

/** `column = value` for each, in an update of `table` from the rows. A column of `kept` stays as it is where a row has no value. */
export function settingsOf<R>(table: string, columns: readonly Column<R>[], kept: readonly Column<R>[]): string {
  const set = columns.map((column) => `${column.name} = ${valueIn(column)}`);
  return [
    ...set,
    ...kept.map((column) => `${column.name} = coalesce(${valueIn(column)}, ${table}.${column.name})`),
  ].join(', ');
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

function sourceOf<R>(columns: readonly Column<R>[], fixed: number, asArrays: boolean): string {
  const sources = columns.map((column, index) => source(column, fixed + index + 1, asArrays));
  const names = columns.map(({ name }) => name);
  return `(select * from unnest(${sources.join(', ')}) with ordinality ${TAKEN_FOR_FEW}) as u (${[...names, 'place'].join(', ')})`;
}

/** A column's value in the row `u`, in the column's type. */
function valueIn<R>({ name, type, travel }: Column<R>): string {
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

/** undefined: the column is `free`, and one of its texts would be mistaken. */
function joinedValues<R>({ travel, value }: Column<R>, rows: readonly R[]): string | undefined {
  // An empty one first, so that a separator stands before every value. Added up bit by bit, the text would be a tree.
  const values: (string | number | boolean)[] = [''];
  let sound: Value;
  for (const row of rows) {
    const each = value(row);
    // Row after row mostly has the same sender, mode and session.
    if (travel === 'free' && typeof each === 'string' && each !== sound) {
      if (MISTAKABLE.test(each)) return undefined;
      sound = each;
    }
    values.push(each ?? NULL);
  }
  return values.join(SEPARATOR);
}
