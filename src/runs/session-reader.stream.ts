import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { epochMs, isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';

/** How often the session is read while WatchSessions stands, and while it does not. Milliseconds. */
export const POLL_MS = 60_000;
export const POLL_UNWATCHED_MS = 5_000;
/** How long after the deadline the session is read, which makes the runtime notice it. Milliseconds. */
export const EXPIRY_GRACE_MS = 250;
/** A session counts as gone when it was not found this many times in a row, this far apart (milliseconds). */
export const GONE_READS = 2;
export const GONE_READ_GAP_MS = 1_000;

export interface SessionWorld {
  readonly provider: Pick<RuntimeProvider, 'getSession'>;
  readonly clock: Clock;
  /** Whether session changes reach us by WatchSessions right now. */
  readonly isWatched: () => boolean;
}

/** Reads the session's state beside the stream, which does not tell it: at its deadline, and now and then. */
export class SessionReader {
  private nextAt = 0;
  private missed = 0;
  private reading = false;

  constructor(
    private readonly world: SessionWorld,
    private readonly run: () => Run,
    private readonly as: string | undefined,
    private readonly onState: (info: SnapshotInfo) => void,
    /** The runtime no longer knows the session. Never rejects. */
    private readonly onGone: () => Promise<void>,
  ) {}

  /** When the next read is due, in epoch milliseconds; Infinity while one is under way. */
  get dueAt(): number {
    return this.reading ? Infinity : this.nextAt;
  }

  /** The stream has just come to stand: what happened meanwhile is asked for at once. */
  soon(): void {
    this.nextAt = this.world.clock.now();
  }

  async read(signal: AbortSignal): Promise<void> {
    this.reading = true;
    const now = this.world.clock.now();
    this.nextAt = this.after(now);
    try {
      const snapshot = await this.world.provider.getSession(this.run().sessionId, this.as, signal);
      this.missed = 0;
      const { state, stateChangedAt } = this.run().session;
      const askedAt = isoTime(now);
      if (snapshot.state === state) return;
      // A change was recorded while the answer was on its way: the answer may tell the past.
      if (stateChangedAt !== undefined && stateChangedAt > askedAt) this.soon();
      else this.onState({ via: 'read', state: snapshot.state, snapshot, askedAt });
    } catch (error) {
      await this.miss(error, signal);
    } finally {
      this.reading = false;
    }
  }

  /** Past the deadline the runtime is asked more often until it has noticed, however far apart the two clocks are. */
  private after(now: number): number {
    const { expiresAt, state } = this.run().session;
    const deadline = expiresAt && state !== 'SESSION_STATE_SUSPENDED' ? epochMs(expiresAt) + EXPIRY_GRACE_MS : Infinity;
    if (deadline <= now) return now + POLL_UNWATCHED_MS;
    return Math.min(now + (this.world.isWatched() ? POLL_MS : POLL_UNWATCHED_MS), deadline);
  }

  /** Not found once may be a runtime that is still loading its sessions; twice in a row is a session that is gone. */
  private async miss(error: unknown, signal: AbortSignal): Promise<void> {
    const unknown = error instanceof AppError && error.code === 'SESSION_NOT_FOUND';
    this.missed = unknown && !signal.aborted ? this.missed + 1 : 0;
    if (this.missed === 0) return;
    this.nextAt = this.world.clock.now() + GONE_READ_GAP_MS;
    if (this.missed >= GONE_READS) await this.onGone();
  }
}
