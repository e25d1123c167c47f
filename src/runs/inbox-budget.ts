/** What all inboxes of a process hold together, as `weightOf` counts it. */
export const INBOXES_BYTES_MAX = 256 * 1024 * 1024;

/**
 * What the inboxes of all runs hold together: a database that is away must not fill the memory of a process that follows
 * many busy runs. At the limit only an inbox that holds nothing takes another frame, so no run starves, and what lies
 * beyond the limit is one frame per run at most.
 */
export class InboxBudget {
  private bytes = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly bytesMax = INBOXES_BYTES_MAX) {}

  get hasRoom(): boolean {
    return this.bytes < this.bytesMax;
  }

  take(bytes: number): void {
    this.bytes += bytes;
  }

  /** Whoever waits is woken, in the order in which they came to wait: each reads one frame before it looks again. */
  giveBack(bytes: number): void {
    this.bytes -= bytes;
    if (!this.hasRoom || this.waiting.size === 0) return;
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const wake of woken) wake();
  }

  /** Calls `wake` once when there is room again. Asking again keeps the place among those who wait. */
  tellOfRoom(wake: () => void): void {
    this.waiting.add(wake);
  }

  forget(wake: () => void): void {
    this.waiting.delete(wake);
  }
}
