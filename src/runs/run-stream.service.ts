import type { ServerResponse } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { RunId } from '../contracts/ids.js';
import type { Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { StoredPage } from '../events/feed.stream.js';
import { SSE_HEADERS, parseLastEventId, sseFrame } from '../events/sse.js';
import { writeFrames } from '../events/sse-writer.stream.js';
import { StreamHubService, type SnapshotFrame, type Subscription } from '../events/stream-hub.service.js';
import { subscriberStream, type StreamPlan, type StreamWorld } from '../events/subscriber.stream.js';
import { isTerminal } from './machine.js';
import type { EventFrame } from '../events/tail.js';
import { RunQueryService } from './run-query.service.js';

/** Events read from the table at once for one client: few at first, then by their size, because a slow client holds them. */
const FIRST_PAGE_MAX = 50;
const PAGE_MAX = 500;
const PAGE_BYTES_WANTED = 262_144;

/** A database that was away is asked again after this time. */
const AWAY_RETRY_MS = 1_000;

/** Part of the snapshot interval in which a run's state is not read again, however many clients want it. */
const SNAPSHOT_REST_PART = 0.2;

/** A client that does not take even the goodbye is cut after this time. */
const GOODBYE_MS_MAX = 1_000;

export interface StreamQuery {
  readonly includeSnapshot: boolean;
  readonly snapshots: 'live' | 'initial';
  readonly afterSeq?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  readonly closeOnEnd: boolean;
}

type SnapshotReader = (seqMin: number) => Promise<SnapshotFrame | undefined>;

interface Connection {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Serves a run's log as server-sent events. Whatever can fail is answered before the headers are sent. */
@Injectable()
export class RunStreamService {
  private readonly log = new Logger(RunStreamService.name);

  constructor(
    private readonly query: RunQueryService,
    private readonly hub: StreamHubService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

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
        await connection.reply.headers(SSE_HEADERS).send();
        return;
      }
      const world = this.worldOf(id, subscription);
      const connectSnapshot = query.includeSnapshot ? await world.snapshotNow(head.latestSeq) : undefined;
      const plan = this.planOf(id, query, resumed ?? query.afterSeq, { ...head, connectSnapshot });
      connection.reply.hijack();
      isServed = true;
      void this.serve(plan, world, connection.reply.raw).finally(() => subscription.release());
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
    const { heartbeatMs, lifetimeMs, snapshotIntervalMs, snapshotBytesPerSecondMax } = this.config.sse;
    return {
      runId,
      after,
      ...found,
      liveSnapshots: query.includeSnapshot && query.snapshots === 'live',
      closeOnEnd: query.closeOnEnd,
      times: {
        heartbeatMs: query.heartbeatMs ?? heartbeatMs,
        lifetimeMs,
        snapshotIntervalMs,
        snapshotBytesPerSecondMax,
      },
    };
  }

  /** Never rejects. */
  private async serve(plan: StreamPlan, world: StreamWorld, response: ServerResponse): Promise<void> {
    const leave = new AbortController();
    const hurry = (): void => {
      setTimeout(() => leave.abort('left'), GOODBYE_MS_MAX).unref();
    };
    world.stopping.addEventListener('abort', hurry, { once: true });
    if (world.stopping.aborted) hurry();
    try {
      response.writeHead(200, SSE_HEADERS);
      response.flushHeaders();
      response.socket?.setNoDelay(true);
      await writeFrames(subscriberStream(plan, world, leave.signal), response, this.config.sse, leave);
    } catch (error) {
      // The answer has begun, so only the end of the connection can tell; the client resumes by position.
      this.log.error({ message: 'a stream broke', runId: plan.runId, error: String(error) });
      response.destroy();
    } finally {
      // Whatever still waits on behalf of this client ends with it.
      leave.abort('left');
      world.stopping.removeEventListener('abort', hurry);
    }
  }

  private worldOf(id: RunId, subscription: Subscription): StreamWorld & { snapshotNow: SnapshotReader } {
    const { pollMs, snapshotIntervalMs } = this.config.sse;
    const restMs = snapshotIntervalMs * SNAPSHOT_REST_PART;
    const readSnapshot = async (): Promise<SnapshotFrame> => {
      const state = await this.query.stateOf(id);
      return { seq: state.timeline.latestSeq, bytes: sseFrame({ event: 'snapshot', data: JSON.stringify(state) }) };
    };
    const table = new TableReader((seq, limit) => this.query.framesAfter(id, seq, limit), subscription, this.clock);
    return {
      clock: this.clock,
      stopping: subscription.stopping,
      recent: (seq) => subscription.tail.after(seq),
      stored: (seq) => table.read(seq),
      snapshot: (seqMin) => unlessAway(subscription.snapshot(seqMin, readSnapshot, restMs)),
      snapshotNow: (seqMin) => subscription.snapshot(seqMin, readSnapshot, 0),
      nap: (ms, signal) => subscription.nap(ms, signal),
      pollDueAt: () => Math.min(table.retryAt, subscription.pollDueAt(pollMs)),
      noteStale: () => subscription.noteStale(),
      claimAsking: () => subscription.claimAsking(pollMs) || this.clock.now() >= table.retryAt,
    };
  }
}

/** One reader's way through the table: pages as large as its events allow, and another try when the database was away. */
class TableReader {
  /** When to ask again because the last answer was missed. */
  retryAt = Number.POSITIVE_INFINITY;
  private limit = FIRST_PAGE_MAX;

  constructor(
    private readonly framesAfter: (seq: number, limit: number) => Promise<readonly EventFrame[]>,
    private readonly subscription: Subscription,
    private readonly clock: Clock,
  ) {}

  async read(seq: number): Promise<StoredPage> {
    const frames = await unlessAway(this.framesAfter(seq, this.limit));
    this.retryAt = frames === undefined ? this.clock.now() + AWAY_RETRY_MS : Number.POSITIVE_INFINITY;
    if (frames === undefined) return { frames: [], isLast: false };
    const isLast = frames.length < this.limit;
    if (isLast) this.subscription.share(frames);
    this.limit = nextLimit(frames);
    return { frames, isLast };
  }
}

/** A stream outlives a database that is away for a while: heartbeats go on, and what was missed is found afterwards. */
async function unlessAway<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** As many events as fit into PAGE_BYTES_WANTED if they are like those of this page. */
function nextLimit(page: readonly EventFrame[]): number {
  const bytes = page.reduce((sum, frame) => sum + frame.bytes.length, 0);
  if (bytes === 0) return FIRST_PAGE_MAX;
  return Math.min(PAGE_MAX, Math.max(1, Math.floor((PAGE_BYTES_WANTED * page.length) / bytes)));
}
