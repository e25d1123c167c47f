import type { RunId } from '../contracts/ids.js';
import type { RunMetrics } from '../contracts/metrics.js';
import type { Projection } from '../contracts/projection.js';
import type { Run } from '../contracts/run.js';
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
 * ten KB, the largest possible one a few MB.
 */
export const RUNS_CACHED_MAX = 4_000;

/**
 * Spares reading and parsing a run's state again while its events keep coming. Never believed without its row: what
 * builds on it is written only where the row still stands there.
 */
export class RunCache {
  private readonly states = new Map<RunId, RunState>();

  constructor(private readonly countMax = RUNS_CACHED_MAX) {}

  /** The state, if it is exactly where the locked row stands: another process may have written since. */
  find(runId: RunId, place: RunPlace): RunState | undefined {
    const state = this.states.get(runId);
    if (state === undefined) return undefined;
    this.states.delete(runId);
    const { status, lastSeq, lastPosition } = state.run;
    if (status !== place.status || lastSeq !== place.lastSeq || lastPosition !== place.lastPosition) return undefined;
    this.states.set(runId, state);
    return state;
  }

  /** The state as it was kept; whoever builds on it must make sure that the row still stands there. */
  peek(runId: RunId): RunState | undefined {
    return this.states.get(runId);
  }

  keep(state: RunState): void {
    this.states.delete(state.run.id);
    this.states.set(state.run.id, state);
    const [oldest] = this.states.keys();
    if (this.states.size > this.countMax && oldest !== undefined) this.states.delete(oldest);
  }

  forget(runId: RunId): void {
    this.states.delete(runId);
  }

  get size(): number {
    return this.states.size;
  }
}
