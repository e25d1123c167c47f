import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { epochMs, isoTime, type Clock } from '../contracts/time.js';
import { hasCode } from '../errors/app-error.js';
import { isFinalState } from '../events/lifecycle.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { notAhead } from './hold.js';

/** How often the session is read while WatchSessions stands, and while it does not. Milliseconds. */
export const POLL_MS = 60_000;
export const POLL_UNWATCHED_MS = 5_000;
/** How long after the deadline the session is read, which makes the runtime notice it. Milliseconds. */
export const EXPIRY_GRACE_MS = 250;
/** A session counts as gone when it was found neither at first nor this long after, nor in between. Milliseconds. */
export const GONE_MS = 1_000;
/** How long after an answer that may tell the past the session is read again. Milliseconds. */
export const LATE_READ_GAP_MS = 1_000;

export interface SessionWorld {
  readonly provider: Pick<RuntimeProvider, 'getSession'>;
  readonly clock: Clock;
  /** Whether session changes reach us by WatchSessions right now. */
  readonly isWatched: () => boolean;
}

/** Reads the session's state beside the stream, which does not tell it: at its deadline, and now and then. */
export class SessionReader {
  /** When the next read is due, in the clock's ticks: a clock that is set back keeps none waiting. */
  private nextAt = 0;
  /** Since when no read has found the session. Epoch milliseconds. */
  private missedSince: number | undefined;
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
    const { clock } = this.world;
    return this.reading ? Infinity : clock.now() + this.nextAt - clock.ticks();
  }

  /** The stream has just come to stand: what happened meanwhile is asked for at once. */
  soon(): void {
    this.nextAt = this.world.clock.ticks();
  }

  async read(signal: AbortSignal): Promise<void> {
    this.reading = true;
    const now = this.world.clock.now();
    this.dueIn(this.pauseFrom(now));
    try {
      const snapshot = await this.world.provider.getSession(this.run().sessionId, this.as, signal);
      this.missedSince = undefined;
      const { state, stateChangedAt } = this.run().session;
      const askedAt = isoTime(now);
      if (snapshot.state === state) return;
      // A change was recorded while the answer was on its way: the answer may tell the past, unless it tells the end.
      const isLate = stateChangedAt !== undefined && stateChangedAt > askedAt && !isFinalState(snapshot.state);
      // Not at once: if the clock was set back since, that change lies ahead for a while.
      if (isLate) this.dueIn(LATE_READ_GAP_MS);
      else this.onState({ via: 'read', state: snapshot.state, snapshot, askedAt });
    } catch (error) {
      await this.miss(error, signal);
    } finally {
      this.reading = false;
    }
  }

  /** Past the deadline the runtime is asked more often until it has noticed, however far apart the two clocks are. */
  private pauseFrom(now: number): number {
    const { expiresAt, state } = this.run().session;
    const deadline = expiresAt && state !== 'SESSION_STATE_SUSPENDED' ? epochMs(expiresAt) + EXPIRY_GRACE_MS : Infinity;
    if (deadline <= now) return POLL_UNWATCHED_MS;
    return Math.min(this.world.isWatched() ? POLL_MS : POLL_UNWATCHED_MS, deadline - now);
  }

  private dueIn(ms: number): void {
    this.nextAt = this.world.clock.ticks() + ms;
  }

  /** Not found for a moment may be a runtime that is still loading its sessions; the stream may have it read at any time. */
  private async miss(error: unknown, signal: AbortSignal): Promise<void> {
    const unknown = hasCode(error, 'SESSION_NOT_FOUND');
    const now = this.world.clock.now();
    this.missedSince = unknown && !signal.aborted ? notAhead(this.missedSince ?? now, now) : undefined;
    if (this.missedSince === undefined) return;
    this.dueIn(GONE_MS);
    if (now - this.missedSince >= GONE_MS) await this.onGone();
  }
}
