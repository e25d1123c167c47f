import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { CanonicalEvent } from '../contracts/events.js';
import type { RunId } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { Bell } from './bell.stream.js';
import type { RunPublisher } from './run-publisher.interface.js';
import { SharedTail } from './tail.js';
import { toEventFrame } from './wire-json.js';

/** How long streams may take to say goodbye when the process stops; then they are cut, and their clients resume. */
const GOODBYE_MS_MAX = 2_000;

/** A snapshot frame of one state, shared by all readers that stand at its seq. */
export interface SnapshotFrame {
  readonly seq: number;
  readonly bytes: Buffer;
}

interface Channel {
  readonly tail: SharedTail;
  readonly subscriptions: Set<Subscription>;
  snapshot: SnapshotFrame | undefined;
  reading: Promise<SnapshotFrame> | undefined;
}

/** One reader's place at the hub. */
export class Subscription {
  private readonly bell = new Bell();
  /** True when news came that memory does not hold: the table must be asked. */
  private stale = false;

  constructor(
    private readonly channel: Channel,
    /** Aborts when the process stops: say goodbye. */
    readonly stopping: AbortSignal,
    private readonly leave: (subscription: Subscription) => void,
  ) {}

  get tail(): SharedTail {
    return this.channel.tail;
  }

  /** The state at `seqMin` or later, read once for all readers that ask at the same time. */
  async snapshot(seqMin: number, read: () => Promise<SnapshotFrame>): Promise<SnapshotFrame> {
    const { snapshot } = this.channel;
    if (snapshot !== undefined && snapshot.seq >= seqMin) return snapshot;
    const shared = await (this.channel.reading ??= this.readSnapshot(read));
    // A read that began before `seqMin` was committed may be too old; the next one cannot be.
    return shared.seq >= seqMin ? shared : (this.channel.reading ??= this.readSnapshot(read));
  }

  ring(stale: boolean): void {
    this.stale ||= stale;
    this.bell.ring();
  }

  /** Sleeps until rung or `ms` have passed. True when memory does not hold the news. */
  async nap(ms: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
    await this.bell.wait(ms, clock, signal);
    const { stale } = this;
    this.stale = false;
    return stale;
  }

  release(): void {
    this.leave(this);
  }

  private async readSnapshot(read: () => Promise<SnapshotFrame>): Promise<SnapshotFrame> {
    try {
      const fresh = await read();
      if (fresh.seq >= (this.channel.snapshot?.seq ?? 0)) this.channel.snapshot = fresh;
      return fresh;
    } finally {
      this.channel.reading = undefined;
    }
  }
}

/**
 * Tells the readers of a run that it advanced. Keeps something only for runs that somebody reads: a bounded tail of
 * frames, serialised once for all of them, and the newest snapshot.
 */
@Injectable()
export class StreamHubService implements RunPublisher, OnModuleDestroy {
  private readonly channels = new Map<RunId, Channel>();
  private readonly stopping = new AbortController();
  private count = 0;
  private emptied: (() => void) | undefined;

  constructor(@Inject(CONFIG) private readonly config: AppConfig) {}

  /** Called after the commit; order and completeness do not matter, readers ask the table about whatever is missing. */
  publish(run: Run, events: readonly CanonicalEvent[]): void {
    const channel = this.channels.get(run.id);
    if (channel === undefined || events.length === 0) return;
    channel.tail.append(events.map(toEventFrame));
    for (const subscription of channel.subscriptions) subscription.ring(false);
  }

  /** Somebody else advanced the run: its readers ask the table. */
  wake(runId: RunId): void {
    for (const subscription of this.channels.get(runId)?.subscriptions ?? []) subscription.ring(true);
  }

  /** Throws TOO_MANY_SUBSCRIBERS and SHUTTING_DOWN. The caller must release it. */
  subscribe(runId: RunId): Subscription {
    const { subscribersMax, subscribersPerRunMax } = this.config.sse;
    if (this.stopping.signal.aborted) throw new AppError('SHUTTING_DOWN', 'The process is stopping.');
    const channel = this.channels.get(runId) ?? openChannel();
    if (this.count >= subscribersMax || channel.subscriptions.size >= subscribersPerRunMax) {
      throw new AppError('TOO_MANY_SUBSCRIBERS', 'The limit of open streams is reached.');
    }
    const subscription = new Subscription(channel, this.stopping.signal, (leaving) => this.remove(runId, leaving));
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
    for (const channel of this.channels.values()) {
      for (const subscription of channel.subscriptions) subscription.ring(false);
    }
    if (this.count === 0) return;
    await new Promise<void>((resolve) => {
      this.emptied = resolve;
      setTimeout(resolve, GOODBYE_MS_MAX).unref();
    });
  }

  private remove(runId: RunId, subscription: Subscription): void {
    const channel = this.channels.get(runId);
    if (!channel?.subscriptions.delete(subscription)) return;
    this.count -= 1;
    if (channel.subscriptions.size === 0) this.channels.delete(runId);
    if (this.count === 0) this.emptied?.();
  }
}

function openChannel(): Channel {
  return { tail: new SharedTail(), subscriptions: new Set(), snapshot: undefined, reading: undefined };
}
