import type { RunId } from '../contracts/ids.js';
import type { RunMetrics } from '../contracts/metrics.js';
import type { Projection } from '../contracts/projection.js';
import type { Run } from '../contracts/run.js';
import { jsonUnits } from '../storage/json-units.js';
import type { RunPlace } from '../storage/run.repository.js';

/** A run and what is folded from its log so far. */
export interface RunState {
  readonly run: Run;
  readonly projection: Projection;
  readonly metrics: RunMetrics;
  /** False while the row holds another projection (of another version), which must be overwritten whole. */
  readonly isStored: boolean;
}

/**
 * Runs kept in memory between two changes; at most so many, the one unused for longest goes. A typical entry has some
 * ten KB, the largest possible one a few MB, which is why there is a second limit.
 */
export const RUNS_CACHED_MAX = 4_000;

/** What the states of these runs have as JSON together, in UTF-16 units; beyond it, too, the one unused for longest goes. */
export const CACHED_UNITS_MAX = 256 * 1024 * 1024;

/**
 * Spares reading and parsing a run's state again while its events keep coming. Never believed without its row: what
 * builds on it is written only where the row still stands there.
 */
export class RunCache {
  private readonly states = new Map<RunId, RunState>();

  private readonly weights = new Map<RunId, number>();
  private units = 0;

  constructor(
    private readonly countMax = RUNS_CACHED_MAX,
    private readonly unitsMax = CACHED_UNITS_MAX,
  ) {}

  /** The state, if it is exactly where the locked row stands: another process may have written since. */
  find(runId: RunId, place: RunPlace): RunState | undefined {
    const state = this.states.get(runId);
    if (state === undefined) return undefined;
    const { status, lastSeq, lastPosition } = state.run;
    if (status !== place.status || lastSeq !== place.lastSeq || lastPosition !== place.lastPosition) {
      this.forget(runId);
      return undefined;
    }
    this.states.delete(runId);
    this.states.set(runId, state);
    return state;
  }

  /** The state as it was kept; whoever builds on it must make sure that the row still stands there. */
  peek(runId: RunId): RunState | undefined {
    return this.states.get(runId);
  }

  keep(state: RunState): void {
    const { id } = state.run;
    const weight = weightOf(state);
    this.forget(id);
    this.states.set(id, state);
    this.weights.set(id, weight);
    this.units += weight;
    for (const oldest of this.states.keys()) {
      if (this.states.size <= this.countMax && this.units <= this.unitsMax) return;
      this.forget(oldest);
    }
  }

  forget(runId: RunId): void {
    this.states.delete(runId);
    this.units -= this.weights.get(runId) ?? 0;
    this.weights.delete(runId);
  }

  get size(): number {
    return this.states.size;
  }
}

/** Blocks that were just written were measured by that; only a state that was read has to be measured, once. */
function weightOf({ projection: { view, book } }: RunState): number {
  let units = jsonUnits(book);
  const blocks: readonly unknown[] = Object.values(view);
  for (const block of blocks) if (block instanceof Object) units += jsonUnits(block);
  return units;
}
