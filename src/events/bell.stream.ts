import type { Clock } from '../contracts/time.js';

/** Wakes one waiting reader. A ring that comes while nobody waits is kept; several become one. */
export class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** Returns true when rung, and false after `ms` or when `signal` aborts. */
  async wait(ms: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
    if (!this.rung && !signal.aborted && ms > 0) {
      const nap = new AbortController();
      const onAbort = (): void => nap.abort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.wake = onAbort;
      await clock.sleep(ms, nap.signal);
      this.wake = undefined;
      signal.removeEventListener('abort', onAbort);
    }
    const rung = this.rung;
    this.rung = false;
    return rung;
  }
}
