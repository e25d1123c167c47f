import { setTimeout as sleep } from 'node:timers/promises';

/** Between two looks: short at first, then longer, so that many who wait leave the machine to what they wait for. */
const INTERVAL_MS = 10;
const INTERVAL_MS_MAX = 100;
const INTERVAL_GROWTH = 1.25;

/**
 * Looks until `look` gives something; throws with `what` when it has not within `withinMs`. Errors of `look` pass on.
 * A function says `what` as things stand at the end.
 */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (let intervalMs = INTERVAL_MS; ; intervalMs = Math.min(intervalMs * INTERVAL_GROWTH, INTERVAL_MS_MAX)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= deadline) {
      throw new Error(`not within ${withinMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(intervalMs);
  }
}
