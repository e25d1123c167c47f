import { isoTime, type Clock } from '../contracts/time.js';
import type { RunId } from '../contracts/ids.js';
import { isTerminal, type RunStatus } from '../contracts/run.js';
import { Feed, type FeedSource } from './feed.stream.js';
import type { TurnSource } from './live-stream.stream.js';
import { sseFrame, type SseFrameName } from './sse.js';
import type { SnapshotFrame } from './stream-hub.service.js';
import type { EventFrame } from './tail.js';

/** News of a held state come with the next ring; if none comes in this time, the table is asked for them. Milliseconds. */
const HELD_MS_MAX = 200;

/** A snapshot that could not be had is asked for again after this part of the interval. */
const SNAPSHOT_RETRY_PART = 0.2;

/** What a client hears before a connection is closed for good reasons of ours. */
const COME_BACK_MS = 1_000;

export interface StreamTimes {
  readonly heartbeatMs: number;
  readonly lifetimeMs: number;
  readonly snapshotIntervalMs: number;
  readonly snapshotBytesPerSecondMax: number;
}

export interface StreamPlan {
  readonly runId: RunId;
  /** Where the client stands; undefined: only what comes after the connect snapshot, or after `latestSeq`. */
  readonly after: number | undefined;
  /** The run's last event when the connection was opened. */
  readonly latestSeq: number;
  /** The run's status by then. */
  readonly status: RunStatus;
  /** Sent first, if wanted. Read beforehand, because a failure can only be told before the stream begins. */
  readonly connectSnapshot: SnapshotFrame | undefined;
  readonly liveSnapshots: boolean;
  readonly closeOnEnd: boolean;
  readonly times: StreamTimes;
}

/** The run's log and the hub, as one reader sees them. `stored` finds nothing also while the database is away. */
export interface StreamWorld extends FeedSource {
  readonly clock: Clock;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
  /** The state at `seqMin` or later; undefined: not now. */
  snapshot(seqMin: number): Promise<SnapshotFrame | undefined>;
  /** When the run's table is to be asked next, in the clock's ticks. */
  pollDueAt(): number;
  /** The table is known to hold more than memory. */
  noteStale(): void;
  /** Whether this reader shall ask the table now, for itself and the others. */
  claimAsking(): boolean;
}

/** Everything one client of `GET /runs/:id/stream` is sent, in order, turn by turn. */
export class SubscriberStream implements TurnSource {
  isOver = false;
  private readonly plan: Omit<StreamPlan, 'connectSnapshot'>;
  private readonly feed: Feed;
  private readonly bornAt: number;
  /** What is sent first; undefined once it was given. */
  private opening: readonly Buffer[] | undefined;
  /** The last event the client was given. */
  private last: number;
  private status: RunStatus;
  private endSent = false;
  private snapshotSeq = 0;
  private snapshotDueAt = 0;
  /** A state read while more events were committed: it is sent when the client has exactly those events. */
  private heldSnapshot: SnapshotFrame | undefined;
  private heldSince = 0;
  /** The last snapshot asked for could not be had; even the very last one then waits its turn. */
  private wasRefused = false;
  private sentAt: number;

  constructor(
    { connectSnapshot, ...plan }: StreamPlan,
    private readonly world: StreamWorld,
  ) {
    this.plan = plan;
    this.feed = new Feed(world);
    this.bornAt = world.clock.ticks();
    this.sentAt = this.bornAt;
    this.last = Math.min(plan.after ?? plan.latestSeq, plan.latestSeq);
    this.status = plan.status;
    this.opening = this.open(connectSnapshot);
  }

  /** From where the last turn ended until the client has everything that is there now. */
  async *turn(): AsyncGenerator<readonly Buffer[], void, undefined> {
    yield* this.begin();
    let isCaughtUp = false;
    while (!isCaughtUp && !this.isOver) {
      const batch = await this.feed.after(this.last);
      const farewell = this.farewell();
      if (farewell !== undefined) {
        yield [farewell];
        this.isOver = true;
        return;
      }
      isCaughtUp = batch.length === 0;
      const frames = isCaughtUp ? await this.due() : this.events(batch);
      if (frames.length > 0) {
        yield frames;
        this.sentAt = this.world.clock.ticks();
      }
      this.isOver = this.endSent && this.plan.closeOnEnd;
    }
  }

  /** The earliest of all that may fall due. */
  wakeAt(): number {
    const { heartbeatMs, lifetimeMs } = this.plan.times;
    const dueAt = Math.min(this.sentAt + heartbeatMs, this.bornAt + lifetimeMs, this.world.pollDueAt());
    if (this.isHolding()) return Math.min(dueAt, this.heldSince + HELD_MS_MAX);
    return this.owesSnapshot() ? Math.min(dueAt, this.snapshotDueAt) : dueAt;
  }

  /** The opening in the first turn; a look around in all others. */
  private *begin(): Generator<readonly Buffer[], void, undefined> {
    const { opening } = this;
    this.opening = undefined;
    if (opening === undefined) {
      if (this.isHolding() && this.world.clock.ticks() - this.heldSince >= HELD_MS_MAX) {
        this.world.noteStale();
        this.heldSnapshot = undefined;
      }
      this.feed.wake(this.world.claimAsking());
    } else if (opening.length > 0) {
      yield opening;
    }
  }

  /** A gap if the client is ahead of our log, then the state. */
  private open(connectSnapshot: SnapshotFrame | undefined): readonly Buffer[] {
    const { after, latestSeq } = this.plan;
    const frames: Buffer[] = [];
    if (after !== undefined && after > latestSeq) {
      frames.push(frame('gap', { reason: 'ahead', requestedAfterSeq: after, latestSeq }));
    }
    if (connectSnapshot !== undefined) {
      if (after === undefined) {
        // The run may have ended since `latestSeq`: those events are in the state, and not sent any more.
        this.last = connectSnapshot.seq;
        this.status = connectSnapshot.status;
      }
      this.noteSnapshot(connectSnapshot);
      frames.push(connectSnapshot.bytes);
    }
    return frames;
  }

  private events(batch: readonly EventFrame[]): readonly Buffer[] {
    const frames: Buffer[] = [];
    for (const event of batch) {
      frames.push(event.bytes);
      this.last = event.seq;
      this.noteStatus(event);
      if (this.heldSnapshot?.seq === event.seq) frames.push(this.releaseSnapshot(this.heldSnapshot));
    }
    return frames;
  }

  /** Caught up: what is to be said now, besides events. */
  private async due(): Promise<readonly Buffer[]> {
    const frames: Buffer[] = [];
    const snapshot = this.snapshotIsDue() ? await this.liveSnapshot() : undefined;
    if (snapshot !== undefined) frames.push(snapshot);
    if (this.isEnding() && !this.owesSnapshot()) {
      this.endSent = true;
      frames.push(this.end('run_terminal'));
    }
    const silentMs = this.world.clock.ticks() - this.sentAt;
    if (frames.length === 0 && silentMs >= this.plan.times.heartbeatMs) frames.push(this.heartbeat());
    return frames;
  }

  /** Live snapshots are owed for every state the client was led to event by event. */
  private owesSnapshot(): boolean {
    return this.plan.liveSnapshots && this.snapshotSeq < this.last;
  }

  private snapshotIsDue(): boolean {
    if (!this.owesSnapshot() || this.isHolding()) return false;
    return this.world.clock.ticks() >= this.snapshotDueAt || (this.isEnding() && !this.wasRefused);
  }

  /** Terminal with everything sent, and not yet said. */
  private isEnding(): boolean {
    return !this.endSent && isTerminal(this.status) && this.last >= this.plan.latestSeq;
  }

  /** History told again does not bring an old status back. */
  private noteStatus(event: EventFrame): void {
    if (event.status === undefined || event.seq <= this.plan.latestSeq || isTerminal(this.status)) return;
    this.status = event.status;
  }

  private async liveSnapshot(): Promise<Buffer | undefined> {
    const snapshot = await this.world.snapshot(this.last);
    if (snapshot?.seq === this.last) return this.releaseSnapshot(snapshot);
    const now = this.world.clock.ticks();
    if (snapshot !== undefined && snapshot.seq > this.last) {
      this.heldSnapshot = snapshot;
      this.heldSince = now;
    }
    this.wasRefused = true;
    this.snapshotDueAt = now + this.plan.times.snapshotIntervalMs * SNAPSHOT_RETRY_PART;
    return undefined;
  }

  private releaseSnapshot(snapshot: SnapshotFrame): Buffer {
    this.heldSnapshot = undefined;
    this.noteSnapshot(snapshot);
    return snapshot.bytes;
  }

  private noteSnapshot({ seq, bytes }: SnapshotFrame): void {
    const { snapshotIntervalMs, snapshotBytesPerSecondMax } = this.plan.times;
    const pauseMs = Math.max(snapshotIntervalMs, (bytes.length / snapshotBytesPerSecondMax) * 1_000);
    this.snapshotSeq = seq;
    this.wasRefused = false;
    this.snapshotDueAt = this.world.clock.ticks() + pauseMs;
  }

  /** A state was read whose events have not all come yet. */
  private isHolding(): boolean {
    return this.heldSnapshot !== undefined && this.heldSnapshot.seq > this.last;
  }

  private farewell(): Buffer | undefined {
    if (this.world.stopping.aborted) return this.end('shutdown', COME_BACK_MS);
    const age = this.world.clock.ticks() - this.bornAt;
    return age >= this.plan.times.lifetimeMs ? this.end('lifetime', COME_BACK_MS) : undefined;
  }

  private end(reason: 'run_terminal' | 'shutdown' | 'lifetime', retryMs?: number): Buffer {
    return frame('end', { reason, runId: this.plan.runId, status: this.status, latestSeq: this.last }, retryMs);
  }

  private heartbeat(): Buffer {
    return frame('heartbeat', { ts: isoTime(this.world.clock.now()), latestSeq: this.last });
  }
}

function frame(event: SseFrameName, data: object, retryMs?: number): Buffer {
  return sseFrame({ event, data: JSON.stringify(data), ...(retryMs === undefined ? {} : { retryMs }) });
}
