import type { RunEvent } from '../../api/types.js';

/** Events that came since the page was opened are kept up to here; older ones are dropped and can be loaded again. */
export const FRESH_MAX = 2_000;

export interface Fresh {
  /** Where to ask on. */
  readonly cursor: number;
  /** Newest first. */
  readonly events: readonly RunEvent[];
  /** How many were dropped from the far end. */
  readonly dropped: number;
}

/** Adds a page of newer events, ascending as the API has it. */
export function withNewer(
  fresh: Fresh,
  page: { readonly data: readonly RunEvent[]; readonly lastCursor: number },
): Fresh {
  if (page.data.length === 0 || page.lastCursor <= fresh.cursor) return fresh;
  const all = [...page.data.toReversed(), ...fresh.events];
  const events = all.slice(0, FRESH_MAX);
  return { cursor: page.lastCursor, events, dropped: fresh.dropped + all.length - events.length };
}
