import { Body, Controller, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunRecord } from '../contracts/run-record.js';
import type { ErrorCode } from '../errors/codes.js';
import { ARTIFACT_EXAMPLES, CLONE_EXAMPLES } from '../dto/console-examples.js';
import { CloneDto, NewArtifactDto } from '../dto/batch.dto.js';
import { ExportStreamQueryDto } from '../dto/export.dto.js';
import { headerIdempotencyKey, idempotencyKeyHeader } from '../dto/idempotency-key.js';
import { RawEventsQueryDto, RunRefDto } from '../dto/run.dto.js';
import { RunArtifactService } from '../runs/run-artifact.service.js';
import { RunCopyService } from '../runs/run-copy.service.js';
import type { ArtifactView } from '../queries/run-detail.service.js';
import type { LaunchAnswer } from '../runs/run-executor.service.js';
import { RunExportService } from '../queries/run-export.service.js';
import { Endpoint } from './endpoint.controller.js';
import { TextAnswerService } from './text-answer.service.js';

/** What launching a request again may meet beside a run that is not there. */
const LAUNCH_ERRORS: readonly ErrorCode[] = [
  'INVALID_PAYLOAD',
  'RUNTIME_KIND_UNKNOWN',
  'MODE_NOT_SUPPORTED',
  'CREDENTIALS_MISSING',
  'SANDBOX_UNAVAILABLE',
  'SANDBOX_BUSY',
  'RATE_LIMITED',
  'IDEMPOTENCY_KEY_REUSED',
  'SHUTTING_DOWN',
];

@ApiTags('runs')
@Controller('runs/:id')
export class RunRecordsController {
  constructor(
    private readonly copies: RunCopyService,
    private readonly artifacts: RunArtifactService,
    private readonly exports: RunExportService,
    private readonly answers: TextAnswerService,
  ) {}

  @Post('clone')
  @Endpoint({
    summary: 'Launch the request of a run once more, as a new run',
    status: 202,
    answer: 'LaunchedRun',
    body: CloneDto,
    bodyIsOptional: true,
    examples: CLONE_EXAMPLES,
    headers: [
      idempotencyKeyHeader(
        'As of a launch: the same key with the same run and changes gets the same answer and starts nothing.',
      ),
    ],
    errors: ['RUN_NOT_FOUND', ...LAUNCH_ERRORS],
    audit: { action: 'run.create', resource: 'run', idsOf: ({ runId }: LaunchAnswer) => [runId] },
  })
  cloneRun(
    @Param() { id }: RunRefDto,
    @Body() changes: CloneDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<LaunchAnswer> {
    return this.copies.clone(id, changes, headerIdempotencyKey(key));
  }

  @Post('archive')
  @Endpoint({
    summary: 'Take a finished run out of the lists',
    description: 'Again is no error. `includeArchived=true` lists it still.',
    answer: 'Run',
    errors: ['RUN_NOT_FOUND', 'INVALID_STATE_TRANSITION'],
    audit: { action: 'run.archive', resource: 'run', idsOf: ({ id }: RunRecord) => [id] },
  })
  archiveRun(@Param() { id }: RunRefDto): Promise<RunRecord> {
    return this.copies.archive(id);
  }

  @Post('artifacts')
  @Endpoint({
    summary: 'Add an artifact to a run',
    description: 'Recorded as `artifact.created`; also of a finished run. At most 1 000 for each run.',
    status: 201,
    answer: 'Artifact',
    body: NewArtifactDto,
    examples: ARTIFACT_EXAMPLES,
    errors: ['RUN_NOT_FOUND', 'CONFLICT'],
    audit: { action: 'artifact.create', resource: 'run', idsOf: 'run in path' },
  })
  createArtifact(@Param() { id }: RunRefDto, @Body() artifact: NewArtifactDto): Promise<ArtifactView> {
    return this.artifacts.create(id, artifact);
  }

  @Get('raw-events')
  @Endpoint({
    summary: 'What the runtime said about a run, ascending by position, as it came',
    description:
      '`source.position` of an event names the raw event it came from. For the next page pass the last `position` as `afterPosition`; a page ends early when it holds about 16 MiB of payloads, and an empty one is the last. Payloads are base64; where payloads are redacted only the length of those is told, and those of our own messages are left out.',
    answer: 'RawEventList',
    errors: ['RUN_NOT_FOUND'],
  })
  listRawEvents(
    @Param() { id }: RunRefDto,
    @Query() query: RawEventsQueryDto,
  ): ReturnType<RunExportService['rawEvents']> {
    return this.exports.rawEvents(id, query);
  }

  @Get('export/stream')
  @Endpoint({
    summary: 'Everything that is stored of a run, one JSON value per line',
    description:
      'Each line is `{kind, …}`: the run and what is folded from it, then `{kind: "canonical_event", event}` and `{kind: "raw_event", event}`; `{kind: "truncated", list}` where there was more than `eventLimit`.',
    answer: 'application/x-ndjson',
    errors: ['RUN_NOT_FOUND', 'TOO_MANY_SUBSCRIBERS'],
  })
  async streamExport(
    @Param() { id }: RunRefDto,
    @Query() query: ExportStreamQueryDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.answers.send(await this.exports.exportLines(id, query), request, reply);
  }
}
