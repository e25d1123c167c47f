import { ColumnArray, type WireType } from '../db/column-array.js';
import { ColumnText, MISTAKABLE, NO_VALUE, type ColumnValue } from '../db/column-text.js';
import type { Write } from '../db/statement.js';

/** Longest text of one column of one statement, in UTF-16 units; a single row may exceed it. The rest goes into a further statement. */
export const COLUMN_UNITS_MAX = 16 * 1024 * 1024;

/** A column whose values travel as text. */
interface TextColumn<R> {
  readonly name: string;
  readonly type: string;
  /**
   * `joined`: as one text that the database splits again, which spares both sides the escaping; for what never holds a control
   * character (numbers, times, ids, our own words, JSON). `free`: texts of others' choice; joined as well, unless one of them
   * holds a character that parts or stands for nothing: then all such columns of the statement travel as arrays.
   */
  readonly travel: 'joined' | 'free';
  readonly value: (row: R) => Value;
}

/** A column whose values travel as the database keeps them. */
interface PackedColumn<R> {
  readonly name: string;
  readonly type: string;
  readonly travel: 'packed';
  readonly packed: (rows: readonly R[]) => ColumnArray;
}

export type Column<R> = TextColumn<R> | PackedColumn<R>;

export function packed<R, V>(name: string, type: WireType<V>, value: (row: R) => V | null | undefined): Column<R> {
  return { name, type: type.name, travel: 'packed', packed: (rows) => ColumnArray.of(type, rows, value) };
}

type Value = ColumnValue | null | undefined;

/**
 * No limit at all; but the planner takes the rows for few and looks up by its key what each of them changes. A prepared
 * statement keeps the plan it was given while the table was small, and taken for ten rows would read the table whole.
 */
const TAKEN_FOR_FEW = 'limit (select null::bigint)';

/** Makes the write of so many rows; `values` are those of the parameters before the columns. */
type WriteOfRows<R> = (rows: readonly R[], values?: readonly unknown[]) => Write;

interface RowsOptions {
  /** Parameters before those of the columns. */
  readonly fixed?: number;
  /** Whether the rows have a further column `place`: their number, from 1 on. */
  readonly numbered?: boolean;
}

/**
 * A write of rows, one parameter per column, so that one text serves every number of rows and writes of several runs can
 * be put together. `textOf` makes the statement around the rows, which it is given as a source of a relation `u`.
 */
export function writeOfRows<R>(
  columns: readonly Column<R>[],
  textOf: (source: string) => string,
  { fixed = 0, numbered = false }: RowsOptions = {},
): WriteOfRows<R> {
  const joined = textOf(sourceOf(columns, { fixed, numbered }, false));
  const apart = textOf(sourceOf(columns, { fixed, numbered }, true));
  return (rows, values = []) => {
    // The first one has all its rows, since they are counted by it.
    const texts = columns.map((column, index) => columnOf(column, rows, index > 0));
    if (!texts.includes(undefined)) {
      return { text: joined, values: [...values, ...texts], columns: { from: fixed, rows: rows.length } };
    }
    const parameters = columns.map((column, index) =>
      column.travel === 'free' ? rows.map((row) => column.value(row) ?? null) : texts[index],
    );
    return { text: apart, values: [...values, ...parameters] };
  };
}

/** Columns that are SQL over `parameters` values, which come before the columns, and the row `u` with its `place`. */
interface MoreColumns {
  readonly columns: Readonly<Record<string, string>>;
  readonly from: string;
  readonly parameters: number;
}

export function insertionOf<R>(table: string, columns: readonly Column<R>[], more?: MoreColumns): WriteOfRows<R> {
  const names = [...columns.map(({ name }) => name), ...Object.keys(more?.columns ?? {})];
  const selected = [...columns.map(valueIn), ...Object.values(more?.columns ?? {})];
  const textOf = (source: string): string =>
    `insert into ${table} (${names.join(', ')}) select ${selected.join(', ')} from ${source}${more?.from ?? ''}`;
  return writeOfRows(columns, textOf, { fixed: more?.parameters ?? 0, numbered: more !== undefined });
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

/**
 * The columns are taken apart side by side in the list of what is selected, row by row. As functions to select from, each would
 * first fill a table of its own (ADR 7). A column that ends before the others has no values from there on: so one that is empty takes
 * the value that all its rows have.
 */
function sourceOf<R>(
  columns: readonly Column<R>[],
  { fixed, numbered }: Required<RowsOptions>,
  asArrays: boolean,
): string {
  const sources: string[] = [];
  const values: string[] = [];
  let place = fixed;
  for (const column of columns) {
    const { name, type } = column;
    sources.push(source(column, (place += 1), asArrays));
    if (isList(column, asArrays)) values.push(name);
    else values.push(`coalesce(${name}, $${(place += 1)}::${isJson(type) ? 'text' : type}) as ${name}`);
  }
  const taken = columns.map(({ name }, index) => `unnest(${sources[index]}) as ${name}`);
  // Only where it is needed: of this one the planner expects a thousand rows.
  if (numbered) taken.push(`generate_subscripts(${sources[0]}, 1) as place`);
  const all = numbered ? [...values, 'place'] : values;
  return `(select ${all.join(', ')} from (select ${taken.join(', ')} ${TAKEN_FOR_FEW}) as r) as u`;
}

/** A column's value in the row `u`, in the column's type. */
function valueIn<R>({ name, type }: Column<R>): string {
  return isJson(type) ? `u.${name}::${type}` : `u.${name}`;
}

function source<R>(column: Column<R>, place: number, asArrays: boolean): string {
  const { type, travel } = column;
  if (isList(column, asArrays)) return `$${place}::${type}[]`;
  // The first element is dropped: splitting an empty text would give no element instead of an empty one.
  const split = `(string_to_array($${place}, E'\\x1e', E'\\x02'))[2:]`;
  // JSON is read row by row: as elements of an array it would be escaped.
  return travel === 'joined' && type !== 'text' && !isJson(type) ? `${split}::${type}[]` : split;
}

/** Whether it travels as an array, which is one parameter; a text is one with the value that all rows have. */
function isList<R>({ travel }: Column<R>, asArrays: boolean): boolean {
  return travel === 'packed' || (asArrays && travel === 'free');
}

function isJson(type: string): boolean {
  return type === 'json' || type === 'jsonb';
}

/**
 * undefined: the column is `free`, and one of its texts would be mistaken. `mayBeSame`: it need not name a value for each row where
 * all have the same.
 */
function columnOf<R>(column: Column<R>, rows: readonly R[], mayBeSame: boolean): ColumnText | ColumnArray | undefined {
  if (column.travel === 'packed') return column.packed(rows);
  const { travel, value } = column;
  // Made when a second value comes, and of its full length at once: grown value by value, it would be copied time and again.
  let values: ColumnValue[] | undefined;
  let last: Value;
  let index = 0;
  for (const row of rows) {
    const each = value(row);
    if (index === 0 || each !== last) {
      if (travel === 'free' && typeof each === 'string' && MISTAKABLE.test(each)) return undefined;
      if (index > 0) values ??= new Array<ColumnValue>(rows.length).fill(last ?? NO_VALUE, 0, index);
      last = each;
    }
    if (values !== undefined) values[index] = each ?? NO_VALUE;
    index += 1;
  }
  if (values === undefined && mayBeSame) return ColumnText.same(last ?? NO_VALUE, rows.length);
  return ColumnText.of(values ?? new Array<ColumnValue>(rows.length).fill(last ?? NO_VALUE));
}
