import type { Column } from 'drizzle-orm';

/** Columns of a table named `e`, called as the table calls its fields. */
export function aliasesOf(columns: Readonly<Record<string, Column>>): readonly string[] {
  return Object.entries(columns).map(([name, column]) => `e.${column.name} as "${name}"`);
}

/** One page of a list whose rows may be large. All parts are SQL; the table that holds what is large is named `e`. */
export interface CutPage {
  /** A relation that `from` may name. */
  readonly given?: string;
  readonly columns: string;
  readonly from: string;
  readonly where: string;
  /** What the rows are ordered by; no two have the same. */
  readonly key: string;
  readonly newestFirst?: boolean | undefined;
  /** Rows at most. */
  readonly limit: string;
  /** What a row of `e` holds. */
  readonly bytes: string;
  readonly bytesMax: number;
}

/** Whether the page ended early; every row says so. Then more rows may follow, as behind a page of `limit` rows. */
export const IS_CUT = 'isCut';

/**
 * A page that ends early at the row with which it has `bytesMax`. Where that is, is looked for first, in the order of the
 * page and no further, because the size of a row may take unpacking it; mostly all rows are small and fit.
 */
export function cutPage(page: CutPage): string {
  const { columns, from, where, key, limit } = page;
  const order = page.newestFirst === true ? 'desc' : 'asc';
  const upToCut =
    order === 'desc'
      ? `${key} >= coalesce((select at from cut), 0)`
      : `${key} <= coalesce((select at from cut), 9223372036854775807)`;
  const rows = `select e.*, ${key} as at from ${from} where ${where} order by ${key} ${order} limit ${limit}`;
  const sums = `select e.at, sum(${page.bytes}) over (order by e.at ${order} rows unbounded preceding) as sum from (${rows}) e`;
  const cut = `select at from (${sums}) s where sum >= ${page.bytesMax} order by at ${order} limit 1`;
  return `with ${page.given === undefined ? '' : `${page.given}, `}cut as materialized (${cut})
    select ${columns}, exists (select from cut) as "${IS_CUT}" from ${from}
    where ${where} and ${upToCut} order by ${key} ${order} limit ${limit}`;
}
