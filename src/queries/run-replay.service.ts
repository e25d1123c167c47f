import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { RunId } from '../contracts/ids.js';
import type { RunStateView } from '../contracts/projection.js';
import type { Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { replayStream, type ReplayPlan } from '../events/replay.stream.js';
import { SSE_HEADERS, parseLastEventId } from '../events/sse.js';
import { answerHead, endResponse, StallWatch, writeFrames } from '../events/sse-writer.stream.js';
import { StreamHubService } from '../events/stream-hub.service.js';
import { RunQueryService } from './run-query.service.js';

export interface ReplayRequest {
  readonly mode: 'instant' | 'timed';
  readonly speed: number;
  readonly fromSeq?: number | undefined;
  readonly toSeq?: number | undefined;
}

interface ReplayStreamRequest extends ReplayRequest {
  readonly heartbeatMs?: number | undefined;
}

export interface ReplayDescriptor {
  readonly runId: RunId;
  readonly mode: 'instant' | 'timed';
  readonly speed: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly latestSeq: number;
  readonly streamUrl: string;
  readonly stateUrl: string;
}

/** A run's stored events again, and its state as it was after any of them. */
@Injectable()
export class RunReplayService {
  private readonly log = new Logger(RunReplayService.name);
  private readonly stalls: StallWatch;

  constructor(
    private readonly query: RunQueryService,
    private readonly hub: StreamHubService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.stalls = new StallWatch(config.sse.stallMs);
  }

  /** Throws RESOURCE_NOT_FOUND for a beginning beyond the log. */
  async describe(ref: string, request: ReplayRequest): Promise<ReplayDescriptor> {
    const { id } = await this.query.get(ref);
    const { latestSeq } = await this.query.head(id);
    const { mode, speed } = request;
    const fromSeq = request.fromSeq ?? 1;
    if (fromSeq > latestSeq) throw beyondTheLog(fromSeq, latestSeq);
    const toSeq = Math.min(request.toSeq ?? latestSeq, latestSeq);
    const path = `${this.config.http.pathPrefix}/runs/${id}/replay`;
    const range = new URLSearchParams({ mode, speed: String(speed), fromSeq: String(fromSeq), toSeq: String(toSeq) });
    const streamUrl = `${path}/stream?${range.toString()}`;
    return { runId: id, mode, speed, fromSeq, toSeq, latestSeq, streamUrl, stateUrl: `${path}/state?seq=${toSeq}` };
  }

  /** The state after event `seq` (default: the last). Throws RESOURCE_NOT_FOUND beyond the log. */
  async stateAt(ref: string, seq: number | undefined): Promise<{ readonly seq: number; readonly state: RunStateView }> {
    const { id } = await this.query.get(ref);
    const { latestSeq } = await this.query.head(id);
    const target = seq ?? latestSeq;
    if (target > latestSeq) throw beyondTheLog(target, latestSeq);
    return { seq: target, state: await this.query.stateAt(id, target) };
  }

  /** Resolves when the replay is over or the client has left. One who comes back goes on behind the last event they had. */
  async stream(
    ref: string,
    plan: ReplayStreamRequest,
    lastEventId: string | undefined,
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  ): Promise<void> {
    const { id } = await this.query.get(ref);
    const subscription = this.hub.subscribe(id);
    try {
      const head = await this.query.head(id);
      if (request.method === 'HEAD') {
        reply.hijack();
        answerHead(reply.raw);
        return;
      }
      // Whoever stops the process tells only those who listen by then.
      if (subscription.stopping.aborted) throw new AppError('SHUTTING_DOWN', 'The process is stopping.');
      const full: ReplayPlan = {
        runId: id,
        ...head,
        mode: plan.mode,
        speed: plan.speed,
        fromSeq: Math.max(plan.fromSeq ?? 1, (parseLastEventId(lastEventId) ?? 0) + 1),
        toSeq: Math.min(plan.toSeq ?? head.latestSeq, head.latestSeq),
        heartbeatMs: plan.heartbeatMs ?? this.config.sse.heartbeatMs,
      };
      await this.serve(full, subscription.stopping, reply);
    } finally {
      subscription.release();
    }
  }

  private async serve(plan: ReplayPlan, stopping: AbortSignal, reply: FastifyReply): Promise<void> {
    const response = reply.raw;
    const leave = new AbortController();
    const onClose = (): void => leave.abort();
    const onStop = (): void => void response.destroy();
    response.once('close', onClose);
    stopping.addEventListener('abort', onStop, { once: true });
    reply.hijack();
    response.writeHead(200, SSE_HEADERS);
    response.flushHeaders();
    this.stalls.add(response);
    try {
      const page = async (afterSeq: number, limit: number) =>
        (await this.query.page(plan.runId, { afterSeq, limit })).events;
      const frames = replayStream(plan, { page, clock: this.clock }, leave.signal);
      if (await writeFrames(frames, response, this.config.sse.bufferedBytesMax)) await endResponse(response);
    } catch (error) {
      this.log.error({ message: 'a replay broke', runId: plan.runId, err: error });
      response.destroy();
    } finally {
      this.stalls.delete(response);
      stopping.removeEventListener('abort', onStop);
    }
  }
}

function beyondTheLog(seq: number, latestSeq: number): AppError {
  return new AppError('RESOURCE_NOT_FOUND', `The run has ${latestSeq} events.`, { seq, latestSeq });
}
