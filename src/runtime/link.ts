import { delayMs, type Growth } from '../contracts/delay.js';

/** How long a broken stream waits before it is opened again. */
const RECONNECT: Growth = { firstMs: 250, maxMs: 30_000 };
/** A stream that stood this long was a good one, though it was silent: the next outage begins with the shortest wait. */
export const STABLE_MS = 5_000;

/** Milliseconds before a stream is opened for the `attempt`th time (from 0) since it last stood; see `delayMs`. */
export function reconnectDelayMs(attempt: number, random: number): number {
  return delayMs(RECONNECT, attempt, random);
}
