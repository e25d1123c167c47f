import type { BatchResult, Run } from '../../api/types.js';

/** As many as one request of the API takes (`runIds`, maxItems in docs/openapi.json). More cannot be chosen. */
export const CHOSEN_MAX = 200;

/** The chosen runs by id, in the order in which they were chosen. They stay chosen when another page is shown. */
export type Selection = ReadonlyMap<string, Run>;

export const NOTHING: Selection = new Map();

/** With these chosen, or not. What does not fit any more stays out. */
export function choose(selection: Selection, runs: readonly Run[], isChosen: boolean): Selection {
  const next = new Map(selection);
  for (const run of runs) {
    if (!isChosen) next.delete(run.id);
    else if (next.size < CHOSEN_MAX || next.has(run.id)) next.set(run.id, run);
  }
  return next;
}

/** The rows from the one that was pressed last to this one, in whichever direction; this one alone when that is gone. */
export function range(rows: readonly Run[], fromId: string | undefined, toId: string): readonly Run[] {
  const to = rows.findIndex(({ id }) => id === toId);
  const from = rows.findIndex(({ id }) => id === fromId);
  if (to < 0) return [];
  return rows.slice(from < 0 ? to : Math.min(from, to), Math.max(from, to) + 1);
}

/** How many of these runs are chosen. */
export function chosenAmong(selection: Selection, rows: readonly Run[]): 'none' | 'some' | 'all' {
  const chosen = rows.filter(({ id }) => selection.has(id)).length;
  if (chosen === 0) return 'none';
  return chosen === rows.length ? 'all' : 'some';
}

/** Only what was refused: it can be looked at, or tried again. */
export function refusedOnly(selection: Selection, { results }: BatchResult): Selection {
  const refused = new Set(results.filter(({ ok }) => !ok).map(({ runId }) => runId));
  return new Map([...selection].filter(([id]) => refused.has(id)));
}
