import { Controller, Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunStateView } from '../contracts/projection.js';
import { ArtifactsQueryDto, EventsQueryDto, MessagesQueryDto, RunRefDto } from '../dto/run.dto.js';
import { StreamQueryDto } from '../dto/stream.dto.js';
import {
  RunDetailService,
  type ArtifactView,
  type MessageView,
  type TraceView,
} from '../queries/run-detail.service.js';
import { RunQueryService } from '../queries/run-query.service.js';
import { RunStreamService } from '../queries/run-stream.service.js';
import { Endpoint } from './endpoint.controller.js';
import { TextAnswerService } from './text-answer.service.js';

const STREAM_DESCRIPTION = `Server-sent events:

- \`snapshot\`: the state, as \`GET /runs/:id/state\` has it; on connecting, and then at most twice a second after events
- \`canonical_event\`: an event, each once, ascending; its \`id\` is its \`seq\`, and no other frame has an id
- \`heartbeat\`: \`{ts, latestSeq}\`, after \`heartbeatMs\` without any frame
- \`gap\`: \`{reason: "ahead", requestedAfterSeq, latestSeq}\`, when the position lies beyond the log
- \`end\`: \`{reason, runId, status, latestSeq}\`; reason \`run_terminal\` once everything of a finished run is sent, or \`lifetime\` or
  \`shutdown\` before the server closes the connection

To resume, send \`Last-Event-ID\` (it wins) or \`afterSeq\`. The stream of a finished run stays open unless \`closeOnEnd=true\`; then
a client that resumes with nothing left to come gets 204.`;

@ApiTags('runs')
@Controller('runs/:id')
export class RunViewsController {
  constructor(
    private readonly query: RunQueryService,
    private readonly details: RunDetailService,
    private readonly streams: RunStreamService,
    private readonly answers: TextAnswerService,
  ) {}

  @Get('state')
  @Endpoint({ summary: 'The state of a run: the fold of its events', answer: 'RunState', errors: ['RUN_NOT_FOUND'] })
  getState(@Param() { id }: RunRefDto): Promise<RunStateView> {
    return this.query.state(id);
  }

  @Get('events')
  @Endpoint({
    summary: 'Events of a run, ascending by seq',
    description:
      'For the next page pass the last `seq` as `afterSeq`. A page shorter than `limit` is the last one so far.',
    answer: 'EventList',
    errors: ['RUN_NOT_FOUND', 'TOO_MANY_SUBSCRIBERS'],
  })
  async listEvents(
    @Param() { id }: RunRefDto,
    @Query() query: EventsQueryDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.answers.send(await this.query.events(id, query), request, reply);
  }

  @Get('stream')
  @Endpoint({
    summary: 'Follow a run',
    description: STREAM_DESCRIPTION,
    answer: 'text/event-stream',
    otherAnswers: [{ status: 204, description: 'closeOnEnd, Last-Event-ID, and nothing left to come' }],
    headers: [{ name: 'Last-Event-ID', description: 'Position to resume after: a seq.', maxLength: 15 }],
    errors: ['RUN_NOT_FOUND', 'TOO_MANY_SUBSCRIBERS', 'SHUTTING_DOWN'],
  })
  streamRun(
    @Param() { id }: RunRefDto,
    @Query() query: StreamQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.streams.open(id, query, lastEventId, { request, reply });
  }

  @Get('messages')
  @Endpoint({
    summary: 'Messages that the control plane sent for a run, and what became of them',
    description:
      'In the order of their steps, at most 5 000 and about 8 MiB. For what follows pass the last `messageId` as `after`; an empty page is the last.',
    answer: 'MessageList',
    errors: ['RUN_NOT_FOUND'],
  })
  listMessages(@Param() { id }: RunRefDto, @Query() { after }: MessagesQueryDto): Promise<readonly MessageView[]> {
    return this.details.messages(id, after);
  }

  @Get('metrics')
  @Endpoint({ summary: 'Counters of a run', answer: 'Metrics', errors: ['RUN_NOT_FOUND'] })
  getMetrics(@Param() { id }: RunRefDto): ReturnType<RunDetailService['metrics']> {
    return this.details.metrics(id);
  }

  @Get('traces')
  @Endpoint({ summary: 'Trace of a run', answer: 'Traces', errors: ['RUN_NOT_FOUND'] })
  getTraces(@Param() { id }: RunRefDto): Promise<TraceView> {
    return this.details.traces(id);
  }

  @Get('artifacts')
  @Endpoint({
    summary: 'Artifacts of a run, oldest first',
    description:
      'A page ends early when it holds about 8 MiB. For what follows pass the last `id` as `after`; an empty page is the last.',
    answer: 'ArtifactList',
    errors: ['RUN_NOT_FOUND'],
  })
  listArtifacts(@Param() { id }: RunRefDto, @Query() { after }: ArtifactsQueryDto): Promise<readonly ArtifactView[]> {
    return this.details.artifacts(id, after);
  }
}
