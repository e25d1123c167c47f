import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BATCH_EXAMPLES, COMPARE_EXAMPLES } from '../dto/console-examples.js';
import { BatchCancelDto, BatchDto, CompareDto } from '../dto/batch.dto.js';
import type { RunComparison } from '../queries/compare.js';
import { RunBatchService, type BatchResult } from '../runs/run-batch.service.js';
import { RunCopyService } from '../runs/run-copy.service.js';
import { RunExportService } from '../queries/run-export.service.js';
import { Endpoint } from './endpoint.controller.js';
import { TextAnswerService } from './text-answer.service.js';

const DESCRIPTION = 'Always 200 for a sound request: `results` says of each run whether it succeeded, and why not.';
const succeededIn = ({ results }: BatchResult): readonly string[] =>
  results.map(({ id }) => id).filter((id) => id !== undefined);

@ApiTags('runs')
@Controller('runs')
export class RunSetsController {
  constructor(
    private readonly batch: RunBatchService,
    private readonly copies: RunCopyService,
    private readonly exports: RunExportService,
    private readonly answers: TextAnswerService,
  ) {}

  @Post('compare')
  @Endpoint({
    access: 'read',
    summary: 'How one run differs from another',
    answer: 'RunComparison',
    body: CompareDto,
    examples: COMPARE_EXAMPLES,
    errors: ['RUN_NOT_FOUND'],
  })
  compareRuns(@Body() { leftRunId, rightRunId }: CompareDto): Promise<RunComparison> {
    return this.copies.compare(leftRunId, rightRunId);
  }

  @Post('batch/cancel')
  @Endpoint({
    summary: 'Cancel runs',
    description: DESCRIPTION,
    answer: 'BatchResult',
    body: BatchCancelDto,
    examples: BATCH_EXAMPLES,
    audit: { action: 'run.cancel', resource: 'run', idsOf: succeededIn },
  })
  cancelRuns(@Body() { runIds, reason }: BatchCancelDto): Promise<BatchResult> {
    return this.batch.cancel(runIds, reason);
  }

  @Post('batch/archive')
  @Endpoint({
    summary: 'Take finished runs out of the lists',
    description: DESCRIPTION,
    answer: 'BatchResult',
    body: BatchDto,
    examples: BATCH_EXAMPLES,
    audit: { action: 'run.archive', resource: 'run', idsOf: succeededIn },
  })
  archiveRuns(@Body() { runIds }: BatchDto): Promise<BatchResult> {
    return this.batch.archive(runIds);
  }

  @Post('batch/delete')
  @Endpoint({
    access: 'admin',
    summary: 'Delete finished runs and all that is stored of them',
    description: DESCRIPTION,
    answer: 'BatchResult',
    body: BatchDto,
    examples: BATCH_EXAMPLES,
    audit: { action: 'run.delete', resource: 'run', idsOf: succeededIn },
  })
  deleteRuns(@Body() { runIds }: BatchDto): Promise<BatchResult> {
    return this.batch.delete(runIds);
  }

  @Post('batch/export')
  @Endpoint({
    access: 'read',
    summary: 'Everything that is stored of some runs, as an array of bundles',
    description:
      'Streamed, in the order asked for; as `GET /runs/:id/export` with at most 10 000 events of each. In the place of a run that does not exist stands `{runId, error}`.',
    answer: 'ExportBundleList',
    body: BatchDto,
    examples: BATCH_EXAMPLES,
    errors: ['TOO_MANY_SUBSCRIBERS'],
  })
  async exportRuns(
    @Body() { runIds }: BatchDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.answers.send(await this.exports.exportAll(runIds), request, reply);
  }
}
