import type { Seq } from '../contracts/ids.js';
import type { Projection } from '../contracts/projection.js';
import { Draft } from './draft.js';
import type { ReadableEvent } from './read.js';
import { apply } from './reduce.js';

/**
 * A state is kept after each of so many events. The state at any seq is then a fold of fewer events than this away,
 * which takes some 10 ms with reading them (p99 24); kept states cost some 25 bytes per event.
 */
export const CHECKPOINT_EVERY = 500;

/** A state and the last event in it. */
export interface PlacedProjection {
  readonly seq: Seq;
  readonly projection: Projection;
}

export interface Folded {
  readonly projection: Projection;
  /** The states to be kept, ascending; each was passed on the way. */
  readonly checkpoints: readonly PlacedProjection[];
}

export function fold(before: Projection, events: readonly ReadableEvent[]): Folded {
  const checkpoints: PlacedProjection[] = [];
  const draft = new Draft(before);
  for (const event of events) {
    apply(draft, event);
    if (event.seq % CHECKPOINT_EVERY === 0) checkpoints.push({ seq: event.seq, projection: draft.settle() });
  }
  return { projection: draft.settle(), checkpoints };
}
