import { setMaxListeners } from 'node:events';
import type { Context, Measured, Scenario } from './scenario.js';

/** What a round came to: figures, or why there are none. */
export type Played = { readonly figures: readonly Measured[] } | { readonly problem: string };

export interface Given extends Pick<Context, 'server' | 'sizes'> {
  /** Aborts when somebody wants the suite to stop. */
  readonly interrupt: AbortSignal;
}

/** Plays one round within its deadline and closes everything it opened. Never rejects. */
export async function play(scenario: Scenario, given: Given): Promise<Played> {
  const closers: (() => void | Promise<void>)[] = [];
  const late = new AbortController();
  // Thousands of streams listen to it at once.
  setMaxListeners(Number.POSITIVE_INFINITY, late.signal);
  let phase = 'beginning';
  const timer = setTimeout(() => late.abort(), scenario.deadlineMs);
  const interrupted = (): void => late.abort();
  given.interrupt.addEventListener('abort', interrupted, { once: true });
  const deadline = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => {
      const isInterrupted = given.interrupt.aborted;
      reject(new Error(isInterrupted ? 'interrupted' : `the deadline of ${scenario.deadlineMs / 1_000} s came`));
    });
  });
  const context: Context = {
    ...given,
    signal: late.signal,
    phase: (what) => {
      phase = what;
      process.stderr.write(`  ${scenario.name}: ${what}\n`);
    },
    own: (it, close) => {
      closers.push(() => close(it));
      return it;
    },
  };
  try {
    return { figures: await Promise.race([scenario.run(context), deadline]) };
  } catch (error) {
    return { problem: `${error instanceof Error ? error.message : String(error)} (while ${phase})` };
  } finally {
    clearTimeout(timer);
    given.interrupt.removeEventListener('abort', interrupted);
    for (const close of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        process.stderr.write(`  ${scenario.name}: closing failed: ${String(error)}\n`);
      }
    }
    late.abort();
  }
}
