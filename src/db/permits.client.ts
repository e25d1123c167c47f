import { AppError } from '../errors/app-error.js';

interface Waiter {
  readonly admit: () => void;
}

/**
 * Lets at most `permits` pieces of work run at once; the others wait in order of arrival. At `waitingMax` waiters a
 * further one is refused with DATABASE_UNAVAILABLE instead of growing a queue that nobody will outlive.
 */
export class Permits {
  private readonly waiting = new Set<Waiter>();
  private free: number;

  constructor(
    permits: number,
    private readonly waitingMax: number,
  ) {
    this.free = permits;
  }

  /** Waits for a place, does the work, gives the place back. Aborting ends the wait, never the work. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.acquire(signal);
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  private acquire(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    if (this.waiting.size >= this.waitingMax) {
      return Promise.reject(new AppError('DATABASE_UNAVAILABLE', 'Too much is waiting for the database.'));
    }
    return this.wait(signal);
  }

  private wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiting.delete(waiter);
        reject(reasonOf(signal));
      };
      const waiter: Waiter = {
        admit: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.waiting.add(waiter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** A place that becomes free goes to whoever has waited longest; only without waiters it is counted as free. */
  private release(): void {
    const next = this.waiting.values().next();
    if (next.done) {
      this.free += 1;
      return;
    }
    this.waiting.delete(next.value);
    next.value.admit();
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new AppError('SHUTTING_DOWN', 'The wait was given up.');
}
