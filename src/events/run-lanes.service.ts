import type { RunId } from '../contracts/ids.js';
import { Permits } from '../db/permits.client.js';

/** Changes of one run that may wait for each other in this process; a further one is refused. */
const WAITING_MAX = 1_000;

interface Lane {
  readonly permits: Permits;
  users: number;
}

/**
 * Changes of one run go one after the other, without holding a database connection while they wait; different runs do
 * not meet. A lane lasts as long as somebody uses it.
 */
export class RunLanes {
  private readonly lanes = new Map<RunId, Lane>();

  async run<T>(runId: RunId, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const lane = this.lanes.get(runId) ?? { permits: new Permits(1, WAITING_MAX), users: 0 };
    this.lanes.set(runId, lane);
    lane.users += 1;
    try {
      return await lane.permits.run(work, signal);
    } finally {
      lane.users -= 1;
      if (lane.users === 0) this.lanes.delete(runId);
    }
  }

  get size(): number {
    return this.lanes.size;
  }
}
