/** What a stream needs of its call; `write` answers whether more may follow at once. */
export interface Outlet<T> {
  write(item: T): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface OutboxOptions {
  /** Waiting items beyond this number close the outbox. */
  readonly lagMax: number;
  /** The same until everything given at the start has been taken and the queue has been empty once. */
  readonly syncLagMax?: number;
  readonly onLag: () => void;
}

/** Items on their way to one reader, at the reader's pace: first those of the start, then what is pushed. */
export class Outbox<T> {
  private queue: T[] = [];
  private head = 0;
  private isSyncing: boolean;
  private isBlocked = false;
  private isClosed = false;

  constructor(
    private readonly outlet: Outlet<T>,
    private readonly first: Iterator<T, undefined>,
    private readonly options: OutboxOptions,
  ) {
    this.isSyncing = true;
    this.pump();
  }

  push(item: T): void {
    if (this.isClosed) return;
    this.queue.push(item);
    this.pump();
    const { lagMax, syncLagMax, onLag } = this.options;
    const max = this.isSyncing ? (syncLagMax ?? lagMax) : lagMax;
    if (this.queue.length - this.head <= max) return;
    this.close();
    onLag();
  }

  /** Nothing is written any more. */
  close(): void {
    this.isClosed = true;
    this.queue = [];
    this.head = 0;
  }

  private pump(): void {
    while (!this.isBlocked && !this.isClosed) {
      const item = this.take();
      if (item === undefined) return;
      if (this.outlet.write(item)) continue;
      this.isBlocked = true;
      this.outlet.once('drain', () => {
        this.isBlocked = false;
        this.pump();
      });
    }
  }

  private take(): T | undefined {
    if (this.isSyncing) {
      const given = this.first.next();
      if (!given.done) return given.value;
    }
    const item = this.queue[this.head];
    if (item !== undefined) {
      this.head += 1;
      return item;
    }
    this.queue = [];
    this.head = 0;
    this.isSyncing = false;
    return undefined;
  }
}
