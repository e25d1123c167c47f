import { AppError } from '../errors/app-error.js';

interface Waiter {
  readonly admit: () => void;
}

/**
 * Lets at most `permits` pieces of work run at once; the others wait in order of arrival. At `waitingMax` waiters a
 * further one is refused with DATABASE_UNAVAILABLE instead of growing a queue that nobody will outlive, and so is one who
 * has waited for `waitMsMax` milliseconds, if that is given.
 */
export class Permits {
  private readonly waiting = new Set<Waiter>();
  private free: number;

  constructor(
    permits: number,
    private readonly waitingMax: number,
    private readonly waitMsMax?: number,
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

  private acquire(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    if (this.waiting.size >= this.waitingMax) {
      return Promise.reject(overloaded());
    }
    return this.wait(signal);
  }

  private wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(late);
        signal?.removeEventListener('abort', leave);
        this.waiting.delete(waiter);
      };
      const leave = (): void => {
        stop();
        reject(reasonOf(signal));
      };
      const waiter: Waiter = {
        admit: () => {
          stop();
          resolve();
        },
      };
      const giveUp = (): void => {
        stop();
        reject(overloaded());
      };
      const late = this.waitMsMax === undefined ? undefined : setTimeout(giveUp, this.waitMsMax);
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
    next.value.admit();
  }
}

function overloaded(): AppError {
  return new AppError('DATABASE_UNAVAILABLE', 'Too much is waiting for the database.');
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new AppError('SHUTTING_DOWN', 'The wait was given up.');
}
