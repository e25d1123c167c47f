import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { RunId } from '../contracts/ids.js';
import type { RunStatus } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { SSE_HEADERS, parseLastEventId, sseFrame } from '../events/sse.js';
import { writeFrames } from '../events/sse-writer.stream.js';
import { StreamHubService, type SnapshotFrame, type Subscription } from '../events/stream-hub.service.js';
import { subscriberStream, type StreamPlan, type StreamWorld } from '../events/subscriber.stream.js';
import { isTerminal } from './machine.js';
import { RunQueryService } from './run-query.service.js';

/** A client that does not take even the goodbye is cut after this time. */
const GOODBYE_MS_MAX = 1_000;

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

  constructor(
    private readonly query: RunQueryService,
    private readonly hub: StreamHubService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Resolves when the connection is over. Throws RUN_NOT_FOUND, TOO_MANY_SUBSCRIBERS and SHUTTING_DOWN before it begins. */
  async open(ref: string, query: StreamQuery, lastEventId: string | undefined, connection: Connection): Promise<void> {
    const { id } = await this.query.get(ref);
    const subscription = this.hub.subscribe(id);
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
      await this.serve(this.planOf(id, query, resumed ?? query.afterSeq, head), subscription, connection.reply);
    } finally {
      subscription.release();
    }
  }

  private planOf(
    id: RunId,
    query: StreamQuery,
    after: number | undefined,
    head: { readonly latestSeq: number; readonly status: RunStatus },
  ): StreamPlan {
    const { heartbeatMs, lifetimeMs, pollMs, snapshotIntervalMs, snapshotBytesPerSecondMax } = this.config.sse;
    return {
      runId: id,
      after,
      ...head,
      snapshots: query.includeSnapshot ? query.snapshots : 'none',
      closeOnEnd: query.closeOnEnd,
      times: {
        heartbeatMs: query.heartbeatMs ?? heartbeatMs,
        lifetimeMs,
        pollMs,
        snapshotIntervalMs,
        snapshotBytesPerSecondMax,
      },
    };
  }

  private async serve(plan: StreamPlan, subscription: Subscription, reply: FastifyReply): Promise<void> {
    const leave = new AbortController();
    const hurry = (): void => {
      setTimeout(() => leave.abort('left'), GOODBYE_MS_MAX).unref();
    };
    subscription.stopping.addEventListener('abort', hurry, { once: true });
    reply.hijack();
    reply.raw.writeHead(200, SSE_HEADERS);
    reply.raw.flushHeaders();
    reply.raw.socket?.setNoDelay(true);
    try {
      const frames = subscriberStream(plan, this.worldOf(plan.runId, subscription), leave.signal);
      await writeFrames(frames, reply.raw, this.config.sse, leave);
    } catch (error) {
      // The answer has begun, so only the end of the connection can tell; the client resumes by position.
      this.log.error({ message: 'a stream broke', runId: plan.runId, error: String(error) });
      reply.raw.destroy();
    } finally {
      subscription.stopping.removeEventListener('abort', hurry);
    }
  }

  private worldOf(id: RunId, subscription: Subscription): StreamWorld {
    const read = async (): Promise<SnapshotFrame> => {
      const state = await this.query.stateOf(id);
      return { seq: state.timeline.latestSeq, bytes: sseFrame({ event: 'snapshot', data: JSON.stringify(state) }) };
    };
    return {
      clock: this.clock,
      stopping: subscription.stopping,
      recent: (seq) => subscription.tail.after(seq),
      stored: (seq) => this.query.framesAfter(id, seq),
      snapshot: (seqMin) => subscription.snapshot(seqMin, read),
      nap: (ms, signal) => subscription.nap(ms, this.clock, signal),
    };
  }
}
