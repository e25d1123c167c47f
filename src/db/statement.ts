/** SQL with `$1`, `$2` … and their values. The texts are constants of this code base: no `$` occurs inside literals. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A data-modifying statement without RETURNING, so that several can be sent as one. */
export type Write = Statement;

/** Values of one statement, in UTF-16 units of text; the protocol takes 1 GiB, and a text may need three bytes a unit. */
export const STATEMENT_UNITS_MAX = 64 * 1024 * 1024;

const PLACEHOLDER = /\$(\d+)/g;

/**
 * One statement that does all the writes and answers with the count of rows each one touched (columns `c0`, `c1` …).
 * The writes run against one snapshot and must not touch the same row twice; foreign keys are checked at its end. One
 * round trip instead of one per table: a door transaction needs four.
 */
export function combine(writes: readonly Write[]): Statement {
  const values: unknown[] = [];
  const parts = writes.map((write, index) => {
    const offset = values.length;
    values.push(...write.values);
    const text = write.text.replace(PLACEHOLDER, (_match, number: string) => `$${Number(number) + offset}`);
    return `w${index} as (${text} returning 1)`;
  });
  const counts = writes.map((_write, index) => `(select count(*) from w${index})::int as c${index}`);
  return { text: `with ${parts.join(',\n')}\nselect ${counts.join(', ')}`, values };
}

/** The writes in order, in groups that fit into one statement each: one group, unless they carry very large values. */
export function groupsOf(writes: readonly Write[], unitsMax = STATEMENT_UNITS_MAX): readonly (readonly Write[])[] {
  const groups: Write[][] = [];
  let units = Infinity;
  for (const write of writes) {
    const size = write.values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
    if (units + size > unitsMax) {
      groups.push([]);
      units = 0;
    }
    groups.at(-1)?.push(write);
    units += size;
  }
  return groups;
}
