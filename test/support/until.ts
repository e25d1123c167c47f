import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 15;

/** Looks until `look` gives something; throws with `what` when it has not within `withinMs`. Errors of `look` pass on. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(INTERVAL_MS);
  }
}
