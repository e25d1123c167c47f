import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { EventQueryService } from '../queries/event-query.service.js';
import { RunArtifactService } from '../runs/run-artifact.service.js';
import { RunBatchService } from '../runs/run-batch.service.js';
import { RunCopyService } from '../runs/run-copy.service.js';
import { RunDetailService } from '../queries/run-detail.service.js';
import { RunExportService } from '../queries/run-export.service.js';
import { RunReplayService } from '../queries/run-replay.service.js';
import { RunStreamService } from '../queries/run-stream.service.js';
import { AdminController } from './admin.controller.js';
import { AuditController } from './audit.controller.js';
import { AuditInterceptor } from './audit.interceptor.js';
import { DashboardController } from './dashboard.controller.js';
import { DashboardService } from './dashboard.service.js';
import { EventsController } from './events.controller.js';
import { ExamplesController } from './examples.controller.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { MetricsController } from './metrics.controller.js';
import { PoliciesController } from './policies.controller.js';
import { PolicyService } from './policy.service.js';
import { ProcessGaugesService } from './process-gauges.service.js';
import { ProcessMetricsService } from './process-metrics.service.js';
import { ReplayController } from './replay.controller.js';
import { RunCommandsController } from './run-commands.controller.js';
import { RunRecordsController } from './run-records.controller.js';
import { RunSetsController } from './run-sets.controller.js';
import { RunViewsController } from './run-views.controller.js';
import { RunsController } from './runs.controller.js';
import { RuntimeController } from './runtime.controller.js';
import { RuntimeQueryService } from './runtime-query.service.js';
import { StrayInputGuard } from './stray-input.guard.js';
import { TextAnswerService } from './text-answer.service.js';
import { WebhooksController } from './webhooks.controller.js';

/** Every endpoint. What they call comes from the rooms below, which are global, and from the services listed here. */
@Module({
  controllers: [
    // Before the runs by id: `runs/batch/…` and `runs/compare` are no ids.
    RunSetsController,
    RunsController,
    RunRecordsController,
    RunViewsController,
    RunCommandsController,
    ReplayController,
    ExamplesController,
    EventsController,
    RuntimeController,
    PoliciesController,
    DashboardController,
    AuditController,
    WebhooksController,
    AdminController,
    MetricsController,
    HealthController,
  ],
  providers: [
    { provide: APP_GUARD, useClass: StrayInputGuard },
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
    HealthService,
    ProcessGaugesService,
    ProcessMetricsService,
    DashboardService,
    PolicyService,
    EventQueryService,
    RunCopyService,
    RunBatchService,
    RunArtifactService,
    RuntimeQueryService,
    RunDetailService,
    RunExportService,
    RunStreamService,
    RunReplayService,
    TextAnswerService,
  ],
})
export class HttpModule {}
