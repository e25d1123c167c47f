import { ColumnArray } from './column-array.js';
import { ColumnText } from './column-text.js';
import { unitsOf, type Write } from './statement.js';

/** How much one statement takes of several callers; a single caller's writes may be more, and go alone. */
export interface JoinLimits {
  readonly callers: number;
  /** Rows of the write that has most of them. */
  readonly rows: number;
  /** UTF-16 units of all texts. */
  readonly units: number;
}

export interface Size {
  readonly rows: number;
  readonly units: number;
}

/** Whether these writes can be put together with others of their kind: each has columns, and none comes twice. */
export function areJoinable(writes: readonly Write[]): boolean {
  return (
    writes.every(({ columns }) => columns !== undefined) &&
    new Set(writes.map(({ text }) => text)).size === writes.length
  );
}

export function sizeOf(writes: readonly Write[]): Size {
  let [rows, units] = [0, 0];
  for (const write of writes) {
    rows = Math.max(rows, write.columns?.rows ?? 1);
    units += unitsOf(write);
  }
  return { rows, units };
}

/** How many from the front of the line fit into one statement; at least one, if there is one. */
export function fitting(line: Iterable<Size>, limits: JoinLimits): number {
  const sum = { callers: 0, rows: 0, units: 0 };
  for (const { rows, units } of line) {
    sum.rows += rows;
    sum.units += units;
    const isTooMuch = sum.callers >= limits.callers || sum.rows > limits.rows || sum.units > limits.units;
    if (isTooMuch && sum.callers > 0) break;
    sum.callers += 1;
  }
  return sum.callers;
}

/**
 * One list of writes that does what all the lists do, kind by kind. The lists are joinable, and begin with the same kind:
 * so does the result. Values before the columns are those of the first list that has the kind.
 */
export function joined(lists: readonly (readonly Write[])[]): readonly Write[] {
  const kinds = new Map<string, Write[]>();
  for (const write of lists.flat()) {
    const same = kinds.get(write.text);
    if (same === undefined) kinds.set(write.text, [write]);
    else same.push(write);
  }
  return inOneOrder([...kinds.values()].map(joinedKind));
}

function joinedKind(writes: readonly Write[]): Write {
  const [first] = writes;
  if (first?.columns === undefined || writes.length === 1) return first ?? NOTHING;
  const { from } = first.columns;
  const values = first.values.map((value, index) =>
    index < from ? value : joinedColumn(writes.map((write) => write.values[index])),
  );
  const rows = writes.reduce((sum, { columns }) => sum + (columns?.rows ?? 0), 0);
  return { text: first.text, values, columns: { from, rows } };
}

/** Writes with the same text have the same kind of column in each place. */
function joinedColumn(columns: readonly unknown[]): unknown {
  const arrays = columns.filter((column) => column instanceof ColumnArray);
  return ColumnArray.joined(arrays) ?? ColumnText.joined(columns.filter((column) => column instanceof ColumnText));
}

const NOTHING: Write = { text: '', values: [] };

/** Behind the first, by their texts: whoever of the lists came first, the statement is the same one and stays prepared. */
function inOneOrder([first = NOTHING, ...rest]: readonly Write[]): readonly Write[] {
  return [first, ...rest.sort((a, b) => (a.text < b.text ? -1 : 1))];
}
