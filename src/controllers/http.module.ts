import { Module } from '@nestjs/common';
import { RunDetailService } from '../runs/run-detail.service.js';
import { RunExportService } from '../runs/run-export.service.js';
import { RunReplayService } from '../runs/run-replay.service.js';
import { RunStreamService } from '../runs/run-stream.service.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { ReplayController } from './replay.controller.js';
import { RunCommandsController } from './run-commands.controller.js';
import { RunViewsController } from './run-views.controller.js';
import { RunsController } from './runs.controller.js';
import { RuntimeController } from './runtime.controller.js';
import { RuntimeQueryService } from './runtime-query.service.js';

/** Every endpoint. What they call comes from the rooms below, which are global, and from the services listed here. */
@Module({
  controllers: [
    RunsController,
    RunViewsController,
    RunCommandsController,
    ReplayController,
    RuntimeController,
    HealthController,
  ],
  providers: [
    HealthService,
    RuntimeQueryService,
    RunDetailService,
    RunExportService,
    RunStreamService,
    RunReplayService,
  ],
})
export class HttpModule {}
