import type { CanonicalEvent } from '../contracts/events.js';
import type { Run } from '../contracts/run.js';

/** Injection token of the RunPublisher. */
export const RUN_PUBLISHER = Symbol('RUN_PUBLISHER');

/** Hears of what was committed, run by run in the order of seq. Must not throw; what it does with the news is its own. */
export interface RunPublisher {
  publishEvent(run: Run, events: readonly CanonicalEvent[]): void;
}
