import { Body, Controller, Delete, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { RunPage, RunRecord } from '../contracts/run-record.js';
import { EXECUTION_REQUEST_EXAMPLES } from '../dto/examples.js';
import { ExecutionRequestDto } from '../dto/execution-request.dto.js';
import { ExportQueryDto } from '../dto/export.dto.js';
import { idempotencyKeyHeader, oneIdempotencyKey } from '../dto/idempotency-key.js';
import { RunListQueryDto, RunRefDto, toRunListFilter } from '../dto/run.dto.js';
import { RunExecutorService, type LaunchAnswer } from '../runs/run-executor.service.js';
import { RunExportService } from '../queries/run-export.service.js';
import { RunQueryService, type RebuiltProjection } from '../queries/run-query.service.js';
import { Endpoint } from './endpoint.controller.js';
import { TextAnswerService } from './text-answer.service.js';

@ApiTags('runs')
@Controller('runs')
export class RunsController {
  constructor(
    private readonly executor: RunExecutorService,
    private readonly query: RunQueryService,
    private readonly exports: RunExportService,
    private readonly answers: TextAnswerService,
  ) {}

  @Post()
  @Endpoint({
    summary: 'Launch a run',
    description:
      'Answers as soon as the run is durably queued. The same idempotency key with the same request gets the same answer and starts nothing. With `session.orchestration: observe` an agent opens the session, before or after, and the run follows it; a run that was discovered by then is taken over.',
    status: 202,
    answer: 'LaunchedRun',
    body: ExecutionRequestDto,
    examples: EXECUTION_REQUEST_EXAMPLES,
    headers: [idempotencyKeyHeader('Same meaning as execution.idempotencyKey; if both are given they must be equal.')],
    errors: [
      'INVALID_SESSION_ID',
      'MODE_REPLAY_REFUSED',
      'INVALID_PAYLOAD',
      'RUNTIME_KIND_UNKNOWN',
      'MODE_NOT_SUPPORTED',
      'CREDENTIALS_MISSING',
      'SANDBOX_UNAVAILABLE',
      'SANDBOX_BUSY',
      'RATE_LIMITED',
      'SESSION_ALREADY_EXISTS',
      'IDEMPOTENCY_KEY_REUSED',
      'SHUTTING_DOWN',
    ],
    audit: {
      action: 'run.create',
      resource: 'run',
      idsOf: ({ runId }: LaunchAnswer) => [runId],
      requesterOf: ({ execution }: Partial<ExecutionRequest>) => execution?.requester,
    },
  })
  createRun(
    @Body() request: ExecutionRequestDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<LaunchAnswer> {
    return this.executor.launch(request, oneIdempotencyKey(request, key));
  }

  @Post('validate')
  @Endpoint({
    access: 'read',
    summary: 'Say what launching this request would meet, without launching it',
    answer: 'ValidationResult',
    body: ExecutionRequestDto,
    examples: EXECUTION_REQUEST_EXAMPLES,
    errors: ['INVALID_SESSION_ID', 'MODE_REPLAY_REFUSED'],
  })
  validateRun(@Body() request: ExecutionRequestDto): ReturnType<RunExecutorService['validate']> {
    return this.executor.validate(request);
  }

  @Get()
  @Endpoint({
    summary: 'List runs, newest first unless said',
    description:
      'Pages by cursor (`nextCursor` of the page before), or by limit and offset. A page of large runs ends early, and its `limit` is then the number of its runs: `nextCursor`, or `offset` plus `limit`, goes on behind its last. Archived and sandbox runs only on request.',
    answer: 'RunPage',
  })
  listRuns(@Query() query: RunListQueryDto): Promise<RunPage> {
    return this.query.list(toRunListFilter(query));
  }

  @Get(':id')
  @Endpoint({ summary: 'One run', answer: 'Run', errors: ['RUN_NOT_FOUND'] })
  getRun(@Param() { id }: RunRefDto): Promise<RunRecord> {
    return this.query.get(id);
  }

  @Get(':id/export')
  @Endpoint({
    summary: 'Everything that is stored of a run, in one document',
    description:
      'Streamed. With `format=jsonl` and `Accept: application/x-ndjson` one line per thing, each `{kind, …}`; otherwise one JSON document.',
    answer: 'ExportBundle',
    acceptable: 'application/x-ndjson',
    errors: ['RUN_NOT_FOUND', 'TOO_MANY_SUBSCRIBERS'],
  })
  async exportRun(
    @Param() { id }: RunRefDto,
    @Query() query: ExportQueryDto,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.answers.send(await this.exports.export(id, query, accept), request, reply);
  }

  @Post(':id/projection/rebuild')
  @Endpoint({
    summary: 'Fold the state anew from the log',
    answer: 'RebuiltProjection',
    errors: ['RUN_NOT_FOUND'],
    audit: { action: 'run.rebuild', resource: 'run', idsOf: ({ runId }: RebuiltProjection) => [runId] },
  })
  rebuildProjection(@Param() { id }: RunRefDto): Promise<RebuiltProjection> {
    return this.query.rebuild(id);
  }

  @Delete(':id')
  @Endpoint({
    access: 'admin',
    summary: 'Delete a finished run and all that is stored of it',
    status: 204,
    errors: ['RUN_NOT_FOUND', 'INVALID_STATE_TRANSITION'],
    audit: { action: 'run.delete', resource: 'run', idsOf: 'run in path' },
  })
  async deleteRun(@Param() { id }: RunRefDto): Promise<void> {
    await this.query.remove(id);
  }
}
