/** A value of a column as it travels. */
export type ColumnValue = string | number | boolean;

/** What parts the values of a column, and what stands for no value. No value holds either. */
const SEPARATOR = '\u001e';
export const NO_VALUE = '\u0002';

/** What would be mistaken for one of the two. */
export const MISTAKABLE = /[\u0002\u001e]/;

/** About what a value that is no text takes, with its separator. UTF-16 units. */
const OTHER_UNITS = 6;

/**
 * One column of several rows. It travels as one text that the database splits again; that is made when it leaves, of the rows
 * of everybody who leaves with it. Were each run's made first, it would be copied into that one.
 *
 * From then on the text is all that is kept: until the database answers, the collector would copy every single value twice.
 *
 * Where all rows have one value, the text is empty and `common` says it: nobody writes or splits it row by row.
 */
export class ColumnText {
  private text: string | undefined;
  /** The column that these rows left with, and where they stand in it. */
  private within: { readonly column: ColumnText; readonly from: number } | undefined;

  private constructor(
    /** undefined: all have `only`, or just the text is left. */
    private values: readonly ColumnValue[] | undefined,
    private readonly only: ColumnValue | undefined,
    private readonly rows: number,
    /** About as long as the text will be. UTF-16 units. */
    readonly units: number,
  ) {}

  static of(values: readonly ColumnValue[]): ColumnText {
    let units = 0;
    for (const value of values) units += unitsOf(value);
    return new ColumnText(values, undefined, values.length, units);
  }

  /** So many rows with the same value. */
  static same(value: ColumnValue, rows: number): ColumnText {
    return new ColumnText(undefined, value, rows, unitsOf(value));
  }

  /** The rows of all, in this order. */
  static joined(columns: readonly ColumnText[]): ColumnText {
    const rows = columns.reduce((sum, column) => sum + column.rows, 0);
    const only = columns[0]?.only;
    if (only !== undefined && columns.every((column) => column.only === only)) return ColumnText.same(only, rows);
    const none: ColumnValue[] = [];
    const values = none.concat(...columns.map((column) => column.list()));
    const all = ColumnText.of(values);
    let from = 0;
    for (const column of columns) {
      column.within = { column: all, from };
      column.values = undefined;
      from += column.rows;
    }
    return all;
  }

  /** The value of all rows; null: they have none, or the text tells theirs. */
  get common(): ColumnValue | null {
    return this.only === undefined || this.only === NO_VALUE ? null : this.only;
  }

  toString(): string {
    if (this.only !== undefined) return '';
    if (this.text === undefined) {
      // An empty one first, so that a separator stands before every value. Added up bit by bit, the text would be a tree.
      const first: ColumnValue[] = [''];
      this.text = first.concat(this.list()).join(SEPARATOR);
      this.values = undefined;
    }
    return this.text;
  }

  /** As texts, where only the text is left. */
  private list(): readonly ColumnValue[] {
    if (this.values !== undefined) return this.values;
    if (this.only !== undefined) return new Array<ColumnValue>(this.rows).fill(this.only);
    if (this.within === undefined) return this.toString().split(SEPARATOR).slice(1);
    const { column, from } = this.within;
    return column.list().slice(from, from + this.rows);
  }
}

function unitsOf(value: ColumnValue): number {
  return typeof value === 'string' ? value.length + 1 : OTHER_UNITS;
}
