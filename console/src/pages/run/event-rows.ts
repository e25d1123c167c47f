import type { RunEvent } from '../../api/types.js';

/** The event with this seq in a list without holes; undefined when the list does not reach it. */
export function eventAt(events: readonly RunEvent[], seq: number): RunEvent | undefined {
  const first = events[0]?.seq;
  return first === undefined ? undefined : events[seq - first];
}

/**
 * Events of some types, oldest first: what was loaded by page, and what came since on the stream. `hasHole` when events between
 * the two may be missing.
 */
export function filteredRows(
  loaded: readonly (readonly RunEvent[])[],
  tail: readonly RunEvent[],
  types: ReadonlySet<string>,
  isComplete: boolean,
): { readonly rows: readonly RunEvent[]; readonly hasHole: boolean } {
  const pages = loaded.flat();
  if (!isComplete) return { rows: pages, hasHole: false };
  const last = pages.at(-1)?.seq ?? 0;
  const since = tail.filter(({ seq, type }) => seq > last && types.has(type));
  const tailStart = tail[0]?.seq ?? 1;
  return { rows: [...pages, ...since], hasHole: tailStart > last + 1 };
}
