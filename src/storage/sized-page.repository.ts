/** What one page of a list holds, measured in UTF-16 units of its rows as JSON. */
const PAGE_UNITS_MAX = 8_388_608;

export interface PageBounds {
  /** Rows of a page at most. */
  readonly rowsMax: number;
  /** Rows read at once: no more of them are in memory beside the page. */
  readonly pieceMax: number;
}

/**
 * A page whose rows may be large: it ends early at the row with which it has PAGE_UNITS_MAX, and what follows is asked for
 * behind that one. An empty page is the end of the list. `read` answers up to `limit` rows behind `last`, or the first.
 */
export async function sizedPage<T extends object>(
  { rowsMax, pieceMax }: PageBounds,
  read: (last: T | undefined, limit: number) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const page: T[] = [];
  for (let units = 0; page.length < rowsMax;) {
    const limit = Math.min(pieceMax, rowsMax - page.length);
    const piece = await read(page.at(-1), limit);
    for (const row of piece) {
      page.push(row);
      units += JSON.stringify(row).length;
      if (units >= PAGE_UNITS_MAX) return page;
    }
    if (piece.length < limit) return page;
  }
  return page;
}
