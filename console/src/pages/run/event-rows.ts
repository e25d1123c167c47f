import type { TypedPage } from '../../api/queries.js';
import type { RunEvent } from '../../api/types.js';
import type { RunFeedState } from '../../stream/run-feed.js';

/** The event with this seq in a list without holes; undefined when the list does not reach it. */
export function eventAt(events: readonly RunEvent[], seq: number): RunEvent | undefined {
  const first = events[0]?.seq;
  return first === undefined ? undefined : events[seq - first];
}

/**
 * Events of some types, oldest first: what was loaded by page, and what came since on the stream. `hasHole`: all pages so far are
 * loaded, and events between them and the stream may be missing.
 */
export function filteredRows(
  pages: readonly TypedPage[],
  { tail, latestSeq }: Pick<RunFeedState, 'tail' | 'latestSeq'>,
  types: ReadonlySet<string>,
): { readonly rows: readonly RunEvent[]; readonly isComplete: boolean; readonly hasHole: boolean } {
  const loaded = pages.flatMap(({ events }) => events);
  const end = pages.at(-1);
  if (end === undefined || end.isFull) return { rows: loaded, isComplete: false, hasHole: false };
  const last = loaded.at(-1)?.seq ?? 0;
  const since = tail.filter(({ seq, type }) => seq > last && types.has(type));
  const tailStart = tail[0]?.seq ?? latestSeq + 1;
  return { rows: [...loaded, ...since], isComplete: true, hasHole: tailStart > end.through + 1 };
}
