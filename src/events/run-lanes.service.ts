import type { RunId } from '../contracts/ids.js';
import { Permits } from '../db/permits.client.js';
import type { RunState } from './run-cache.js';

/** Changes of one run that may wait for each other in this process; a further one is refused. */
const WAITING_MAX = 1_000;

/** The changes of one run that are under way in this process. */
export class Lane {
  /** One change at a time is planned, and one is written: the next is planned while the previous is written. */
  readonly planning = new Permits(1, WAITING_MAX);
  readonly writing = new Permits(1, WAITING_MAX);
  /** Resolves when the last change that was planned has left for the database, or has come to its end before. */
  sent: Promise<void> = Promise.resolve();
  users = 0;
  /** The state that the changes planned so far lead to, if all of them are written as planned. */
  planned: RunState | undefined;
  /** The state that the last written change led to; undefined when only the row knows. */
  stored: RunState | undefined;
}

/**
 * Changes of one run go one after the other, without holding a database connection while they wait; different runs do
 * not meet. A lane lasts as long as somebody uses it.
 */
export class RunLanes {
  private readonly lanes = new Map<RunId, Lane>();

  async run<T>(runId: RunId, work: (lane: Lane) => Promise<T>): Promise<T> {
    const lane = this.lanes.get(runId) ?? new Lane();
    this.lanes.set(runId, lane);
    lane.users += 1;
    try {
      return await work(lane);
    } finally {
      lane.users -= 1;
      if (lane.users === 0) this.lanes.delete(runId);
    }
  }

  get size(): number {
    return this.lanes.size;
  }
}
