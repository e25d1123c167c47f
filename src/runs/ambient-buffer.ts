import type { RuntimeSession } from './runtime-session.js';

/** Bounds of what is kept for sessions that no run follows yet (event model): oldest dropped first, and counted. */
export const AMBIENT_HELD_MS_MAX = 30_000;
export const AMBIENT_PER_SESSION_MAX = 100;
export const AMBIENT_TOTAL_MAX = 10_000;
export const AMBIENT_BYTES_MAX = 8 * 1024 * 1024;

interface Held<T> {
  readonly session: RuntimeSession;
  readonly item: T;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Signals and Progress that came before their run was bound, in arrival order. Adding and dropping cost the same however
 * many are held.
 */
export class AmbientBuffer<T> {
  /** All of them, oldest first. */
  private readonly held = new Set<Held<T>>();
  private readonly bySession = new Map<RuntimeSession, Set<Held<T>>>();
  private bytes = 0;
  /** Envelopes that had to go. */
  dropped = 0;

  get size(): number {
    return this.held.size;
  }

  add(session: RuntimeSession, item: T, bytes: number, now: number): void {
    const entry = { session, item, bytes, at: now };
    const own = this.bySession.get(session) ?? new Set();
    this.bySession.set(session, own.add(entry));
    this.held.add(entry);
    this.bytes += bytes;
    if (own.size > AMBIENT_PER_SESSION_MAX) this.dropFirst(own);
    this.prune(now);
  }

  /** Everything still held for this session, oldest first; it is no longer held then. */
  take(session: RuntimeSession, now: number): readonly T[] {
    this.prune(now);
    const own = [...(this.bySession.get(session) ?? [])];
    for (const entry of own) this.remove(entry);
    return own.map((entry) => entry.item);
  }

  /** Drops what has been held for too long, or is too much. */
  prune(now: number): void {
    for (const entry of this.held) {
      const isOver = this.held.size > AMBIENT_TOTAL_MAX || this.bytes > AMBIENT_BYTES_MAX;
      if (!isOver && entry.at > now - AMBIENT_HELD_MS_MAX) return;
      this.remove(entry);
      this.dropped += 1;
    }
  }

  private dropFirst(entries: ReadonlySet<Held<T>>): void {
    const [oldest] = entries;
    if (oldest === undefined) return;
    this.remove(oldest);
    this.dropped += 1;
  }

  private remove(entry: Held<T>): void {
    this.held.delete(entry);
    this.bytes -= entry.bytes;
    const own = this.bySession.get(entry.session);
    own?.delete(entry);
    if (own?.size === 0) this.bySession.delete(entry.session);
  }
}
