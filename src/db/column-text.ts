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
 */
export class ColumnText {
  private values: readonly ColumnValue[] | undefined;
  private text: string | undefined;
  /** The column that these rows left with, and where they stand in it. */
  private within: { readonly column: ColumnText; readonly from: number } | undefined;

  private constructor(
    values: readonly ColumnValue[],
    private readonly rows: number,
    /** About as long as the text will be. UTF-16 units. */
    readonly units: number,
  ) {
    this.values = values;
  }

  static of(values: readonly ColumnValue[]): ColumnText {
    let units = 0;
    for (const value of values) units += typeof value === 'string' ? value.length + 1 : OTHER_UNITS;
    return new ColumnText(values, values.length, units);
  }

  /** The rows of all, in this order. */
  static joined(columns: readonly ColumnText[]): ColumnText {
    const none: ColumnValue[] = [];
    const values = none.concat(...columns.map((column) => column.list()));
    const units = columns.reduce((sum, column) => sum + column.units, 0);
    const all = new ColumnText(values, values.length, units);
    let from = 0;
    for (const column of columns) {
      column.within = { column: all, from };
      column.values = undefined;
      from += column.rows;
    }
    return all;
  }

  toString(): string {
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
    if (this.within === undefined) return this.toString().split(SEPARATOR).slice(1);
    const { column, from } = this.within;
    return column.list().slice(from, from + this.rows);
  }
}
