import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './clock.js';

/** Calls under way at once; beyond it the other side is so far behind that waiting longer measures nothing. */
const UNDER_WAY_MAX = 5_000;

export interface OpenLoop {
  readonly count: number;
  readonly perSecond: number;
  readonly signal: AbortSignal;
}

/**
 * Calls `fire` at a steady rate, whether or not earlier calls have ended, and resolves with all results. `dueAt` is when
 * the call was due by `now()`: whoever measures from there also counts what it waited here.
 */
export async function openLoop<T>(
  { count, perSecond, signal }: OpenLoop,
  fire: (index: number, dueAt: number) => Promise<T>,
): Promise<readonly T[]> {
  const began = now();
  const results: Promise<T>[] = [];
  let underWay = 0;
  while (results.length < count) {
    signal.throwIfAborted();
    for (let dueAt = began; results.length < count;) {
      dueAt = began + (results.length * 1_000) / perSecond;
      if (dueAt > now()) break;
      underWay += 1;
      if (underWay > UNDER_WAY_MAX) throw new Error(`${UNDER_WAY_MAX} calls are under way at ${perSecond}/s`);
      const result = fire(results.length, dueAt).finally(() => (underWay -= 1));
      // All are awaited below; one that fails meanwhile must not count as unhandled.
      result.catch(() => undefined);
      results.push(result);
    }
    await sleep(1);
  }
  return Promise.all(results);
}

/** `work` for each index, so many at once. */
export async function eachOf<T>(count: number, atOnce: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results = new Array<T>(count);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return results;
}
