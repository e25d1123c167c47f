import type { ServerResponse } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { RunId } from '../contracts/ids.js';
import { isTerminal } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { hasCode } from '../errors/app-error.js';
import type { StoredPage } from '../events/feed.stream.js';
import { LiveStream, type StreamOwner } from '../events/live-stream.stream.js';
import { SSE_HEADERS, parseLastEventId, sseFrame } from '../events/sse.js';
import { answerHead, StallWatch } from '../events/sse-writer.stream.js';
import { StreamHubService, type SnapshotFrame, type Subscription } from '../events/stream-hub.service.js';
import { SubscriberStream, type StreamPlan, type StreamTimes, type StreamWorld } from '../events/subscriber.stream.js';
import type { EventFrame } from '../events/tail.js';
import { toEventFrame } from '../events/wire-json.js';
import { RunQueryService } from './run-query.service.js';

/**
 * Events read from the table at once for one client: few at first, then by their size, because a slow client holds them.
 * In the table they are smaller, so that a page as large as wanted is not cut there, and one that is too large is.
 */
const FIRST_PAGE_MAX = 50;
const PAGE_MAX = 500;
const PAGE_BYTES_WANTED = 262_144;

/** A database that was away is asked again after this time. */
const AWAY_RETRY_MS = 1_000;

/** Part of the snapshot interval in which a run's state is not read again, however many clients want it. */
const SNAPSHOT_REST_PART = 0.2;

export interface StreamQuery {
  readonly includeSnapshot: boolean;
  readonly snapshots: 'live' | 'initial';
  readonly afterSeq?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  readonly closeOnEnd: boolean;
}

interface Connection {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Serves a run's log as server-sent events. Whatever can fail is answered before the headers are sent. */
@Injectable()
export class RunStreamService {
  private readonly log = new Logger(RunStreamService.name);
  private readonly stalls: StallWatch;
  /** One object for all streams that want nothing else. */
  private readonly times: StreamTimes;

  constructor(
    private readonly query: RunQueryService,
    private readonly hub: StreamHubService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const { heartbeatMs, lifetimeMs, snapshotIntervalMs, snapshotBytesPerSecondMax, stallMs } = config.sse;
    this.times = { heartbeatMs, lifetimeMs, snapshotIntervalMs, snapshotBytesPerSecondMax };
    this.stalls = new StallWatch(stallMs);
  }

  /**
   * Resolves when the stream has begun: from then on it lives by itself, and nothing of the request is kept for it. Throws
   * RUN_NOT_FOUND, TOO_MANY_SUBSCRIBERS and SHUTTING_DOWN before that.
   */
  async open(ref: string, query: StreamQuery, lastEventId: string | undefined, connection: Connection): Promise<void> {
    const { id } = await this.query.get(ref);
    const subscription = this.hub.subscribe(id);
    let isServed = false;
    try {
      // Read after the subscription stands: what is committed from here on rings the bell.
      const head = await this.query.head(id);
      const resumed = parseLastEventId(lastEventId);
      if (query.closeOnEnd && resumed === head.latestSeq && isTerminal(head.status)) {
        await connection.reply.status(204).send();
        return;
      }
      if (connection.request.method === 'HEAD') {
        connection.reply.hijack();
        answerHead(connection.reply.raw);
        return;
      }
      const view = new RunView(id, subscription, this.query, this.config.sse, this.clock, this.log);
      const connectSnapshot = query.includeSnapshot ? await view.snapshotNow(head.latestSeq) : undefined;
      const plan = this.planOf(id, query, resumed ?? query.afterSeq, { ...head, connectSnapshot });
      connection.reply.hijack();
      isServed = true;
      this.serve(plan, view, subscription, connection.reply.raw);
    } finally {
      if (!isServed) subscription.release();
    }
  }

  private planOf(
    runId: RunId,
    query: StreamQuery,
    after: number | undefined,
    found: Pick<StreamPlan, 'latestSeq' | 'status' | 'connectSnapshot'>,
  ): StreamPlan {
    const { heartbeatMs } = query;
    return {
      runId,
      after,
      ...found,
      liveSnapshots: query.includeSnapshot && query.snapshots === 'live',
      closeOnEnd: query.closeOnEnd,
      times: heartbeatMs === undefined ? this.times : { ...this.times, heartbeatMs },
    };
  }

  /** The stream is over when the response is closed, whoever closed it. */
  private serve(plan: StreamPlan, view: RunView, subscription: Subscription, response: ServerResponse): void {
    response.once('close', () => {
      this.stalls.delete(response);
      subscription.release();
    });
    // The client may have gone before anybody listened.
    if (response.destroyed) return subscription.release();
    this.stalls.add(response);
    response.writeHead(200, SSE_HEADERS);
    response.flushHeaders();
    response.socket?.setNoDelay(true);
    const stream = new LiveStream(new SubscriberStream(plan, view), response, view);
    subscription.attend(stream);
    stream.ring();
  }
}

/** A run's log as one reader sees it: memory by the hub, and the table in pages as large as its events allow. */
class RunView implements StreamWorld, StreamOwner {
  /** When to ask the table again because the last answer was missed. In the clock's ticks. */
  private retryAt = Number.POSITIVE_INFINITY;
  private pageMax = FIRST_PAGE_MAX;

  constructor(
    private readonly runId: RunId,
    private readonly subscription: Subscription,
    private readonly query: RunQueryService,
    private readonly limits: AppConfig['sse'],
    readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  get stopping(): AbortSignal {
    return this.subscription.stopping;
  }

  get bufferedBytesMax(): number {
    return this.limits.bufferedBytesMax;
  }

  recent(seq: number): readonly EventFrame[] | undefined {
    return this.subscription.tail.after(seq);
  }

  async stored(seq: number): Promise<StoredPage> {
    const asked = { afterSeq: seq, limit: this.pageMax, bytesMax: PAGE_BYTES_WANTED };
    const page = await unlessAway(this.query.page(this.runId, asked));
    this.retryAt = page === undefined ? this.clock.ticks() + AWAY_RETRY_MS : Number.POSITIVE_INFINITY;
    if (page === undefined) return { frames: [], isLast: false };
    const frames = page.events.map(toEventFrame);
    const isLast = !page.hasMore;
    if (isLast) this.subscription.share(frames);
    this.pageMax = nextLimit(frames);
    return { frames, isLast };
  }

  /** Throws when the state cannot be read. */
  snapshotNow(seqMin: number): Promise<SnapshotFrame | undefined> {
    return this.subscription.snapshot(seqMin, () => this.readSnapshot(), 0);
  }

  snapshot(seqMin: number): Promise<SnapshotFrame | undefined> {
    const restMs = this.limits.snapshotIntervalMs * SNAPSHOT_REST_PART;
    return unlessAway(this.subscription.snapshot(seqMin, () => this.readSnapshot(), restMs));
  }

  pollDueAt(): number {
    return Math.min(this.retryAt, this.subscription.pollDueAt(this.limits.pollMs));
  }

  noteStale(): void {
    this.subscription.noteStale();
  }

  claimAsking(): boolean {
    return this.subscription.claimAsking(this.limits.pollMs) || this.clock.ticks() >= this.retryAt;
  }

  sleepUntil(at: number): void {
    this.subscription.sleepUntil(at);
  }

  noteBroken(error: unknown): void {
    this.log.error({ message: 'a stream broke', runId: this.runId, err: error });
  }

  private async readSnapshot(): Promise<SnapshotFrame> {
    const state = await this.query.stateOf(this.runId);
    const bytes = sseFrame({ event: 'snapshot', data: JSON.stringify(state) });
    return { seq: state.timeline.latestSeq, status: state.run.status, bytes };
  }
}

/** A stream outlives a database that is away for a while: heartbeats go on, and what was missed is found afterwards. */
async function unlessAway<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (hasCode(error, 'DATABASE_UNAVAILABLE')) return undefined;
    throw error;
  }
}

/** As many events as fit into PAGE_BYTES_WANTED if they are like those of this page. */
function nextLimit(page: readonly EventFrame[]): number {
  const bytes = page.reduce((sum, frame) => sum + frame.bytes.length, 0);
  if (bytes === 0) return FIRST_PAGE_MAX;
  return Math.min(PAGE_MAX, Math.max(1, Math.floor((PAGE_BYTES_WANTED * page.length) / bytes)));
}
