import { ColumnArray } from './column-array.js';
import { ColumnText } from './column-text.js';

/** SQL with `$1`, `$2` … and their values. The texts are constants of this code base: no `$` occurs inside literals. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A data-modifying statement without RETURNING, so that several can be sent as one. */
export interface Write extends Statement {
  /**
   * Its values from `from` on are columns of `rows` rows (`ColumnText`, which is two parameters, and `ColumnArray`), so that writes with the
   * same text become one when their columns are put one behind the other. Absent: it stands for itself.
   */
  readonly columns?: { readonly from: number; readonly rows: number };
}

/** Values of one statement, in UTF-16 units of text; the protocol takes 1 GiB, and a text may need three bytes a unit. */
export const STATEMENT_UNITS_MAX = 64 * 1024 * 1024;

const PLACEHOLDER = /\$(\d+)/g;

/** Combined texts that are kept; what is combined consists of few kinds of writes, so the same ones come again and again. */
const TEXTS_KEPT_MAX = 500;
const textsKept = new Map<string, string>();
/** A number for each text of a write; to put the texts themselves together took longer than all the rest. */
const numbers = new Map<string, number>();

/**
 * One statement that does all the writes and answers with the count of rows each one touched (columns `c0`, `c1` …).
 * The writes run against one snapshot and must not touch the same row twice; foreign keys are checked at its end.
 * `conditional`: it fails with DIVISION_BY_ZERO and leaves nothing behind unless the first write touches all of its rows (one, if
 * it has no columns). What is asked for first is done first: so the first write also says in which order rows are locked.
 */
export function combine(writes: readonly Write[], conditional = false): Statement {
  const text = keptText(writes, conditional);
  const values = writes.flatMap(parametersOf);
  if (conditional) values.push(writes[0]?.columns?.rows ?? 1);
  return { text, values };
}

function parametersOf({ values }: Statement): readonly unknown[] {
  return values.flatMap((value) => (value instanceof ColumnText ? [value.toString(), value.common] : [value]));
}

/** SQLSTATE by which a conditional statement says that its condition does not hold. */
export const DIVISION_BY_ZERO = '22012';

function keptText(writes: readonly Write[], conditional: boolean): string {
  const key = keyOf(writes, conditional);
  if (key === undefined) return textOf(writes, conditional);
  const text = textsKept.get(key) ?? textOf(writes, conditional);
  if (textsKept.size < TEXTS_KEPT_MAX) textsKept.set(key, text);
  return text;
}

/** undefined: a text has no number, since TEXTS_KEPT_MAX others have one. */
function keyOf(writes: readonly Write[], conditional: boolean): string | undefined {
  let key = conditional ? 'if' : '';
  for (const { text, values } of writes) {
    const number = numbers.get(text) ?? numbers.size;
    if (number >= TEXTS_KEPT_MAX) return undefined;
    numbers.set(text, number);
    key += ` ${number}:${values.length}`;
  }
  return key;
}

function textOf(writes: readonly Write[], conditional: boolean): string {
  let offset = 0;
  const parts = writes.map((write, index) => {
    const before = offset;
    offset += parametersOf(write).length;
    const renumbered = write.text.replace(PLACEHOLDER, (_match, number: string) => `$${Number(number) + before}`);
    return `w${index} as (${renumbered} returning 1)`;
  });
  const counts = writes.map((_write, index) => `(select count(*) from w${index})::int as c${index}`);
  const isMet = `(select count(*) from w0) = $${offset + 1}::bigint`;
  const condition = conditional ? [`1 / (case when ${isMet} then 1 else 0 end) as holds`] : [];
  return `with ${parts.join(',\n')}\nselect ${[...condition, ...counts].join(', ')}`;
}

/** UTF-16 units of its texts, and bytes; of columns, about. */
export function unitsOf({ values }: Statement): number {
  let units = 0;
  for (const value of values) {
    if (typeof value === 'string') units += value.length;
    else if (value instanceof ColumnText || value instanceof ColumnArray) units += value.units;
  }
  return units;
}

/** The writes in order, in groups that fit into one statement each: one group, unless they carry very large values. */
export function groupsOf(writes: readonly Write[], unitsMax = STATEMENT_UNITS_MAX): readonly (readonly Write[])[] {
  const groups: Write[][] = [];
  let units = Infinity;
  for (const write of writes) {
    const size = unitsOf(write);
    if (units + size > unitsMax) {
      groups.push([]);
      units = 0;
    }
    groups.at(-1)?.push(write);
    units += size;
  }
  return groups;
}
