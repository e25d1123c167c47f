import { setMaxListeners } from 'node:events';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { RunId } from '../contracts/ids.js';
import type { RunStatus } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { News, RunPublisher } from './run-publisher.interface.js';
import { SharedAlarm, type Sleeper } from './shared-alarm.stream.js';
import { SharedTail, TailBudget, type EventFrame } from './tail.js';
import { toLiveFrames } from './wire-json.js';

/** How long streams may take to say goodbye when the process stops; then they are cut, and their clients resume. */
const GOODBYE_MS_MAX = 1_000;

/** And how long they may take to be gone after that. */
const CUT_MS_MAX = 1_000;

/** A snapshot frame of one state, shared by all readers that stand at its seq. */
export interface SnapshotFrame {
  readonly seq: number;
  readonly status: RunStatus;
  readonly bytes: Buffer;
}

/** A stream that is told of news. Until it attends, news need not be told: its first turn looks at everything. */
interface Reader {
  ring(): void;
  cut(): void;
}

interface Channel {
  readonly runId: RunId;
  readonly tail: SharedTail;
  readonly subscriptions: Set<Subscription>;
  snapshot: SnapshotFrame | undefined;
  reading: Promise<SnapshotFrame> | undefined;
  /** When the last snapshot was read, in the clock's ticks like the next. */
  snapshotReadAt: number;
  /** When the table was last asked on behalf of all readers. */
  askedAt: number;
  /** The table holds news that memory does not. */
  stale: boolean;
}

/** One reader's place at the hub. What can be done once for all readers of a run is done by whoever comes first. */
export class Subscription implements Sleeper {
  wakeAt = Infinity;
  private reader: Reader | undefined;

  constructor(
    readonly channel: Channel,
    private readonly clock: Clock,
    private readonly alarm: SharedAlarm,
    /** Aborts when the process stops: say goodbye. */
    readonly stopping: AbortSignal,
    private readonly leave: (subscription: Subscription) => void,
  ) {}

  get tail(): SharedTail {
    return this.channel.tail;
  }

  /**
   * The state at `seqMin` or later, read once for all readers that ask at the same time. `restMs`: undefined instead of
   * a new read so soon after the last one.
   */
  async snapshot(
    seqMin: number,
    read: () => Promise<SnapshotFrame>,
    restMs: number,
  ): Promise<SnapshotFrame | undefined> {
    const { snapshot, reading } = this.channel;
    if (snapshot !== undefined && snapshot.seq >= seqMin) return snapshot;
    if (reading === undefined && this.clock.ticks() - this.channel.snapshotReadAt < restMs) return undefined;
    const shared = await (reading ?? this.readSnapshot(read));
    // A read that began before `seqMin` was committed may be too old.
    return shared.seq >= seqMin ? shared : this.snapshot(seqMin, read, restMs);
  }

  /** What a reader found at the table's end may be news to the others. */
  share(frames: readonly EventFrame[]): void {
    if (!this.channel.tail.append(frames)) return;
    for (const other of this.channel.subscriptions) if (other !== this) other.ring();
  }

  /** When the table is to be asked next, whatever was heard. */
  pollDueAt(pollMs: number): number {
    return this.channel.askedAt + pollMs;
  }

  noteStale(): void {
    this.channel.stale = true;
  }

  /** True for the one reader who shall ask the table now; the others hear from it by `share`. */
  claimAsking(pollMs: number): boolean {
    const now = this.clock.ticks();
    if (!this.channel.stale && now < this.pollDueAt(pollMs)) return false;
    this.channel.stale = false;
    this.channel.askedAt = now;
    return true;
  }

  /** From now on `reader` is rung when there is news, and when its time has come. */
  attend(reader: Reader): void {
    this.reader = reader;
  }

  ring(): void {
    this.reader?.ring();
  }

  cut(): void {
    this.reader?.cut();
  }

  /** Rings at that time (in the clock's ticks), or before. */
  sleepUntil(at: number): void {
    this.wakeAt = at;
    this.alarm.set(at);
  }

  release(): void {
    this.leave(this);
  }

  private readSnapshot(read: () => Promise<SnapshotFrame>): Promise<SnapshotFrame> {
    const { channel } = this;
    const reading = read()
      .then((fresh) => {
        const isWanted = channel.reading === reading && fresh.seq >= (channel.snapshot?.seq ?? 0);
        if (isWanted) channel.snapshot = fresh;
        return fresh;
      })
      .finally(() => {
        if (channel.reading === reading) channel.reading = undefined;
        channel.snapshotReadAt = this.clock.ticks();
      });
    channel.reading = reading;
    return reading;
  }
}

/**
 * Tells the readers of a run that it advanced. Keeps something only for runs that somebody reads: a bounded tail of
 * frames, serialised once for all of them, and the newest snapshot.
 */
@Injectable()
export class StreamHubService implements RunPublisher, OnModuleDestroy {
  private readonly channels = new Map<RunId, Channel>();
  private readonly tails = new TailBudget();
  private readonly stopping = new AbortController();
  private readonly alarm: SharedAlarm;
  private count = 0;
  private emptied: (() => void) | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    // Every replay listens to it; their number has a limit of its own.
    setMaxListeners(0, this.stopping.signal);
    this.alarm = new SharedAlarm(() => this.subscriptions(), clock, this.stopping.signal);
  }

  isRead(runId: RunId): boolean {
    return this.channels.has(runId);
  }

  /** Called after the commit; order and completeness do not matter, readers ask the table about whatever is missing. */
  publishEvent({ run, events }: News): void {
    const channel = this.channels.get(run.id);
    if (channel === undefined) return;
    if (events === undefined) channel.stale = true;
    else channel.tail.append(toLiveFrames(events));
    for (const subscription of channel.subscriptions) subscription.ring();
  }

  /** The run's state was repaired: one that was read before, or is being read, is handed to nobody who asks from now on. */
  forgetSnapshot(runId: RunId): void {
    const channel = this.channels.get(runId);
    if (channel === undefined) return;
    channel.snapshot = undefined;
    channel.reading = undefined;
    channel.snapshotReadAt = Number.NEGATIVE_INFINITY;
  }

  /** Throws TOO_MANY_SUBSCRIBERS and SHUTTING_DOWN. The caller must release it. */
  subscribe(runId: RunId): Subscription {
    const { subscribersMax, subscribersPerRunMax } = this.config.sse;
    if (this.stopping.signal.aborted) throw new AppError('SHUTTING_DOWN', 'The process is stopping.');
    const channel = this.channels.get(runId) ?? openChannel(runId, new SharedTail(this.tails), this.clock.ticks());
    if (this.count >= subscribersMax || channel.subscriptions.size >= subscribersPerRunMax) {
      throw new AppError('TOO_MANY_SUBSCRIBERS', 'The limit of open streams is reached.');
    }
    const subscription = new Subscription(channel, this.clock, this.alarm, this.stopping.signal, this.leave);
    channel.subscriptions.add(subscription);
    this.channels.set(runId, channel);
    this.count += 1;
    return subscription;
  }

  /** Open streams, and runs that are being read. */
  load(): { readonly subscribers: number; readonly runs: number } {
    return { subscribers: this.count, runs: this.channels.size };
  }

  /** Lets every stream end itself with a word on why; the connections close before the server does. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    for (const subscription of this.subscriptions()) subscription.ring();
    await this.empty(GOODBYE_MS_MAX);
    for (const subscription of this.subscriptions()) subscription.cut();
    await this.empty(CUT_MS_MAX);
  }

  /** Resolves when no stream is open, or after `ms`. */
  private async empty(ms: number): Promise<void> {
    if (this.count === 0) return;
    await new Promise<void>((resolve) => {
      this.emptied = resolve;
      setTimeout(resolve, ms).unref();
    });
  }

  private *subscriptions(): Generator<Subscription, void, undefined> {
    for (const channel of this.channels.values()) yield* channel.subscriptions;
  }

  private readonly leave = (subscription: Subscription): void => {
    const { channel } = subscription;
    if (!channel.subscriptions.delete(subscription)) return;
    this.count -= 1;
    if (channel.subscriptions.size === 0) {
      this.channels.delete(channel.runId);
      this.tails.forget(channel.tail);
    }
    if (this.count === 0) this.emptied?.();
  };
}

function openChannel(runId: RunId, tail: SharedTail, now: number): Channel {
  return {
    runId,
    tail,
    subscriptions: new Set(),
    snapshot: undefined,
    reading: undefined,
    snapshotReadAt: Number.NEGATIVE_INFINITY,
    askedAt: now,
    stale: false,
  };
}
