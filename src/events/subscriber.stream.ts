import { isoTime, type Clock } from '../contracts/time.js';
import type { RunId } from '../contracts/ids.js';
import { TERMINAL_STATUSES, type RunStatus } from '../contracts/run.js';
import { feed } from './feed.stream.js';
import { sseFrame, type SseFrameName } from './sse.js';
import type { SnapshotFrame } from './stream-hub.service.js';
import type { EventFrame } from './tail.js';

/** What a client hears before a connection is closed for good reasons of ours. */
const COME_BACK_MS = 1_000;

export interface StreamTimes {
  readonly heartbeatMs: number;
  readonly lifetimeMs: number;
  /** The table is asked this often, whatever was heard. */
  readonly pollMs: number;
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

/** The run's log and the hub, as one reader sees them. */
export interface StreamWorld {
  readonly clock: Clock;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
  recent(seq: number): readonly EventFrame[] | undefined;
  /** [] also while the database is away: it is asked again with the next poll. */
  stored(seq: number): Promise<readonly EventFrame[]>;
  /** The state at `seqMin` or later; undefined while the database is away. */
  snapshot(seqMin: number): Promise<SnapshotFrame | undefined>;
  /** Sleeps until rung or `ms` have passed; true when memory may lack the news. */
  nap(ms: number, signal: AbortSignal): Promise<boolean>;
}

/** Everything one client of `GET /runs/:id/stream` is sent, in order. Ends when the stream is over or `signal` aborts. */
export function subscriberStream(
  plan: StreamPlan,
  world: StreamWorld,
  signal: AbortSignal,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  return new SubscriberStream(plan, world).run(signal);
}

class SubscriberStream {
  private readonly bornAt: number;
  private last: number;
  private status: RunStatus;
  private endSent = false;
  private snapshotSeq = 0;
  private snapshotDueAt = 0;
  /** A state read while more events were committed: it is sent when the client has exactly those events. */
  private heldSnapshot: SnapshotFrame | undefined;
  /** The table is asked at once for the events of a held state, but once per state only. */
  private heldSeqAsked = 0;
  private sentAt: number;
  private askedAt: number;

  constructor(
    private readonly plan: StreamPlan,
    private readonly world: StreamWorld,
  ) {
    this.bornAt = world.clock.now();
    this.sentAt = this.bornAt;
    this.askedAt = this.bornAt;
    this.last = Math.min(plan.after ?? plan.latestSeq, plan.latestSeq);
    this.status = plan.status;
  }

  async *run(signal: AbortSignal): AsyncGenerator<readonly Buffer[], void, undefined> {
    const opening = this.opening();
    if (opening.length > 0) yield opening;
    const source = {
      recent: (seq: number) => this.world.recent(seq),
      stored: (seq: number) => this.stored(seq),
      wait: (until: AbortSignal) => this.wait(until),
    };
    for await (const batch of feed(source, this.last, signal)) {
      const farewell = this.farewell();
      if (farewell !== undefined) {
        yield [farewell];
        return;
      }
      const frames = batch.length > 0 ? this.events(batch) : await this.due();
      if (frames.length > 0) {
        yield frames;
        this.sentAt = this.world.clock.now();
      }
      if (this.endSent && this.plan.closeOnEnd) return;
    }
  }

  /** A gap if the client is ahead of our log, then the state. */
  private opening(): readonly Buffer[] {
    const { after, latestSeq, connectSnapshot } = this.plan;
    const frames: Buffer[] = [];
    if (after !== undefined && after > latestSeq) {
      frames.push(frame('gap', { reason: 'ahead', requestedAfterSeq: after, latestSeq }));
    }
    if (connectSnapshot !== undefined) {
      if (after === undefined) this.last = connectSnapshot.seq;
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
    const silentMs = this.world.clock.now() - this.sentAt;
    if (frames.length === 0 && silentMs >= this.plan.times.heartbeatMs) frames.push(this.heartbeat());
    return frames;
  }

  /** Live snapshots are owed for every state the client was led to event by event. */
  private owesSnapshot(): boolean {
    return this.plan.liveSnapshots && this.snapshotSeq < this.last;
  }

  private snapshotIsDue(): boolean {
    return this.owesSnapshot() && (this.isEnding() || this.world.clock.now() >= this.snapshotDueAt);
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
    if (snapshot !== undefined && snapshot.seq > this.last) this.heldSnapshot = snapshot;
    this.snapshotDueAt = this.world.clock.now() + this.plan.times.snapshotIntervalMs;
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
    this.snapshotDueAt = this.world.clock.now() + pauseMs;
  }

  private stored(seq: number): Promise<readonly EventFrame[]> {
    this.askedAt = this.world.clock.now();
    return this.world.stored(seq);
  }

  /** The earliest of all that may fall due ends the wait. A held snapshot says that the table has more for us now. */
  private async wait(signal: AbortSignal): Promise<boolean> {
    if (this.heldSnapshot !== undefined && this.heldSeqAsked < this.heldSnapshot.seq) {
      this.heldSeqAsked = this.heldSnapshot.seq;
      return true;
    }
    const { heartbeatMs, lifetimeMs, pollMs } = this.plan.times;
    const now = this.world.clock.now();
    const pollAt = this.askedAt + pollMs;
    const dueAt = Math.min(this.sentAt + heartbeatMs, this.bornAt + lifetimeMs, pollAt);
    const wakeAt = this.owesSnapshot() ? Math.min(dueAt, this.snapshotDueAt) : dueAt;
    const stale = await this.world.nap(Math.max(0, wakeAt - now), signal);
    return stale || this.world.clock.now() >= pollAt;
  }

  private farewell(): Buffer | undefined {
    if (this.world.stopping.aborted) return this.end('shutdown', COME_BACK_MS);
    const age = this.world.clock.now() - this.bornAt;
    return age >= this.plan.times.lifetimeMs ? this.end('lifetime', COME_BACK_MS) : undefined;
  }

  private end(reason: 'run_terminal' | 'shutdown' | 'lifetime', retryMs?: number): Buffer {
    return frame('end', { reason, runId: this.plan.runId, status: this.status, latestSeq: this.last }, retryMs);
  }

  private heartbeat(): Buffer {
    return frame('heartbeat', { ts: isoTime(this.world.clock.now()), latestSeq: this.last });
  }
}

function isTerminal(status: RunStatus): boolean {
  return TERMINAL_STATUSES.some((terminal) => terminal === status);
}

function frame(event: SseFrameName, data: object, retryMs?: number): Buffer {
  return sseFrame({ event, data: JSON.stringify(data), ...(retryMs === undefined ? {} : { retryMs }) });
}
