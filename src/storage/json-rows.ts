/** Longest JSON text of rows, in UTF-16 units; a single row may exceed it. The runtime cannot hand over longer strings. */
export const JSON_ROWS_UNITS_MAX = 16 * 1024 * 1024;

/** Rows as JSON arrays, in order: usually one, several when their payloads are very large. */
export function jsonRows(rows: readonly object[], unitsMax = JSON_ROWS_UNITS_MAX): readonly string[] {
  const texts: string[] = [];
  let parts: string[] = [];
  let units = 0;
  for (const row of rows) {
    const part = JSON.stringify(row);
    if (parts.length > 0 && units + part.length > unitsMax) {
      texts.push(`[${parts.join(',')}]`);
      parts = [];
      units = 0;
    }
    parts.push(part);
    units += part.length;
  }
  return parts.length === 0 ? texts : [...texts, `[${parts.join(',')}]`];
}
