import type { CanonicalEvent } from '../contracts/events.js';
import type { RunId } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';

/** Injection token of the RunPublisher. */
export const RUN_PUBLISHER = Symbol('RUN_PUBLISHER');

/** What was committed of a run. */
export interface News {
  readonly run: Run;
  /** How many events. */
  readonly count: number;
  /** Whether they ended the run. */
  readonly hasEnded: boolean;
  /** Absent where nobody read the run while the change was worked out: whoever does by now finds them in the table. */
  readonly events?: readonly CanonicalEvent[];
}

/** Hears of what was committed, run by run in the order of seq. Must not throw; what it does with the news is its own. */
export interface RunPublisher {
  /** Whether somebody reads the run live. If not, its events need not be kept until they are committed. */
  isRead(runId: RunId): boolean;
  publishEvent(news: News): void;
}
