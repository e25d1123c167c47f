/** Bounds of what is kept for sessions that no run follows yet (event model): oldest dropped first, and counted. */
export const AMBIENT_HELD_MS_MAX = 30_000;
export const AMBIENT_PER_SESSION_MAX = 100;
export const AMBIENT_TOTAL_MAX = 10_000;
export const AMBIENT_BYTES_MAX = 8 * 1024 * 1024;

interface Held<T> {
  readonly sessionId: string;
  readonly item: T;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Signals and Progress that came before their run was bound, in arrival order. */
export class AmbientBuffer<T> {
  private held: Held<T>[] = [];
  private bytes = 0;
  /** Envelopes that had to go. */
  dropped = 0;

  add(sessionId: string, item: T, bytes: number, now: number): void {
    this.held.push({ sessionId, item, bytes, at: now });
    this.bytes += bytes;
    this.prune(now);
    const own = this.held.filter((entry) => entry.sessionId === sessionId);
    if (own.length > AMBIENT_PER_SESSION_MAX) this.drop((entry) => entry === own[0]);
  }

  /** Everything still held for this session, oldest first; it is no longer held then. */
  take(sessionId: string, now: number): readonly T[] {
    this.prune(now);
    const own = this.held.filter((entry) => entry.sessionId === sessionId);
    this.keep((entry) => entry.sessionId !== sessionId);
    return own.map((entry) => entry.item);
  }

  private prune(now: number): void {
    this.drop((entry) => entry.at <= now - AMBIENT_HELD_MS_MAX);
    while (this.held.length > AMBIENT_TOTAL_MAX || this.bytes > AMBIENT_BYTES_MAX) {
      const oldest = this.held[0];
      this.drop((entry) => entry === oldest);
    }
  }

  private drop(goes: (entry: Held<T>) => boolean): void {
    const before = this.held.length;
    this.keep((entry) => !goes(entry));
    this.dropped += before - this.held.length;
  }

  private keep(stays: (entry: Held<T>) => boolean): void {
    this.held = this.held.filter(stays);
    this.bytes = this.held.reduce((sum, entry) => sum + entry.bytes, 0);
  }
}
