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
 */
export class ColumnText {
  private constructor(
    private readonly parts: readonly (readonly ColumnValue[])[],
    /** About as long as the text will be. UTF-16 units. */
    readonly units: number,
  ) {}

  static of(values: readonly ColumnValue[]): ColumnText {
    let units = 0;
    for (const value of values) units += typeof value === 'string' ? value.length + 1 : OTHER_UNITS;
    return new ColumnText([values], units);
  }

  /** The rows of all, in this order. */
  static joined(columns: readonly ColumnText[]): ColumnText {
    return new ColumnText(
      columns.flatMap(({ parts }) => parts),
      columns.reduce((sum, { units }) => sum + units, 0),
    );
  }

  toString(): string {
    // An empty one first, so that a separator stands before every value. Added up bit by bit, the text would be a tree.
    const first: ColumnValue[] = [''];
    return first.concat(...this.parts).join(SEPARATOR);
  }
}
