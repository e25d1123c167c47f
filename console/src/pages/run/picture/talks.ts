import type { RunState } from '../../../api/types.js';

/** Messages between people that are drawn; the newest are. */
export const TALKS_MAX = 24;

/** One participant spoke to another. Indexes into the people that are drawn. */
export interface Talk {
  readonly from: number;
  readonly to: number;
  readonly seq: number;
  /** The opening of the session, to everybody, is drawn more quietly. */
  readonly isOpening: boolean;
}

export function talksOf({ graph }: RunState, ids: readonly string[]): readonly Talk[] {
  const places = new Map(ids.map((id, place) => [id, place]));
  const talks = graph.edges.flatMap(({ from, to, kind, seq }) => {
    const [start, end] = [places.get(from), places.get(to)];
    return start === undefined || end === undefined || start === end
      ? []
      : [{ from: start, to: end, seq, isOpening: kind === 'kickoff' }];
  });
  return talks.slice(-TALKS_MAX);
}
