import { Body, Controller, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RunRefDto } from '../dto/run.dto.js';
import { ReplayDto, ReplayStateQueryDto, ReplayStreamQueryDto } from '../dto/stream.dto.js';
import { RunReplayService, type ReplayDescriptor } from '../queries/run-replay.service.js';
import { Endpoint } from './endpoint.controller.js';

@ApiTags('replay')
@Controller('runs/:id/replay')
export class ReplayController {
  constructor(private readonly replays: RunReplayService) {}

  @Post()
  @Endpoint({
    access: 'read',
    summary: 'Where a run can be replayed',
    answer: 'ReplayDescriptor',
    body: ReplayDto,
    bodyIsOptional: true,
    errors: ['RUN_NOT_FOUND', 'RESOURCE_NOT_FOUND'],
  })
  describeReplay(@Param() { id }: RunRefDto, @Body() body: ReplayDto): Promise<ReplayDescriptor> {
    return this.replays.describe(id, body);
  }

  @Get('state')
  @Endpoint({
    summary: 'The state of a run as it was after event `seq`',
    answer: 'ReplayState',
    errors: ['RUN_NOT_FOUND', 'RESOURCE_NOT_FOUND'],
  })
  getReplayState(
    @Param() { id }: RunRefDto,
    @Query() { seq }: ReplayStateQueryDto,
  ): ReturnType<RunReplayService['stateAt']> {
    return this.replays.stateAt(id, seq);
  }

  @Get('stream')
  @Endpoint({
    summary: 'Stored events again, at once or at a pace',
    description:
      'Frames and ids as in `GET /runs/:id/stream`: `canonical_event`s from `fromSeq` to `toSeq`, `heartbeat`s in long pauses, then `end` with reason `replay_complete`.',
    answer: 'text/event-stream',
    headers: [{ name: 'Last-Event-ID', description: 'Position to resume after: a seq.', maxLength: 15 }],
    errors: ['RUN_NOT_FOUND', 'TOO_MANY_SUBSCRIBERS', 'SHUTTING_DOWN'],
  })
  streamReplay(
    @Param() { id }: RunRefDto,
    @Query() query: ReplayStreamQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.replays.stream(id, query, lastEventId, { request, reply });
  }
}
