import type { Clock } from '../contracts/time.js';
import { isTransientError, retryDelayMs } from './retry.js';

/** Who waits for something that may pass, and until when. */
export interface Patience {
  readonly clock: Clock;
  /** Epoch milliseconds. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Calls until it succeeds, fails for good, or patience is spent; then the last error is thrown. */
export async function untilLasting<T>(call: () => Promise<T>, { clock, deadline, signal }: Patience): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const delay = retryDelayMs(attempt, Math.random());
      if (!isTransientError(error) || signal.aborted || clock.now() + delay > deadline) throw error;
      await clock.sleep(delay, signal);
    }
  }
}
