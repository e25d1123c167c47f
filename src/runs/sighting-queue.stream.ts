import type { SnapshotInfo } from '../contracts/raw-event.js';
import { isFinalState } from '../events/lifecycle.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { runtimeSession, type RuntimeSession } from './runtime-session.js';

/** A session that nobody follows was seen, on some runtime and in some state. */
export interface Sighting {
  readonly provider: RuntimeProvider;
  readonly sessionId: string;
  readonly info: SnapshotInfo;
}

export interface SightingQueueLimits {
  /** Sessions that are worked on at once. */
  readonly concurrencyMax: number;
  /** Sessions that wait; at the limit a further one is dropped and counted. It is seen again when all sessions are listed. */
  readonly waitingMax: number;
}

/**
 * Sightings in the order of arrival, one session at a time and a bounded number of sessions abreast. Several sightings
 * of a session that still waits are one: the latest, except that nothing follows a final state.
 */
export class SightingQueue {
  private readonly waiting = new Map<RuntimeSession, Sighting>();
  private readonly running = new Map<RuntimeSession, Promise<unknown>>();
  private stopped = false;
  private droppedCount = 0;

  constructor(
    private readonly limits: SightingQueueLimits,
    /** Must not reject. */
    private readonly work: (sighting: Sighting) => Promise<unknown>,
  ) {}

  push(sighting: Sighting): void {
    if (this.stopped) return;
    const session = runtimeSession(sighting.provider.kind, sighting.sessionId);
    const known = this.waiting.get(session);
    if (known === undefined && this.waiting.size >= this.limits.waitingMax) {
      this.droppedCount += 1;
      return;
    }
    if (known === undefined || !isFinalState(known.info.state)) this.waiting.set(session, sighting);
    this.pump();
  }

  /** Sessions waiting or being worked on. */
  get size(): number {
    return this.waiting.size + this.running.size;
  }

  get dropped(): number {
    return this.droppedCount;
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.waiting.clear();
    await Promise.all(this.running.values());
  }

  private pump(): void {
    for (const [session, sighting] of this.waiting) {
      if (this.running.size >= this.limits.concurrencyMax) return;
      if (this.running.has(session)) continue;
      this.waiting.delete(session);
      const done = this.work(sighting).finally(() => {
        this.running.delete(session);
        this.pump();
      });
      this.running.set(session, done);
    }
  }
}
