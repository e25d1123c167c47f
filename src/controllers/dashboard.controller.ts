import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { AgentFigures } from '../contracts/dashboard.js';
import { DashboardQueryDto } from '../dto/dashboard.dto.js';
import { DashboardService, type DashboardOverview } from './dashboard.service.js';
import { Endpoint } from './endpoint.controller.js';

@ApiTags('dashboard')
@Controller('dashboard')
export class DashboardController {
  constructor(private readonly dashboard: DashboardService) {}

  @Get('overview')
  @Endpoint({
    summary: 'Figures over the runs created in a window of time',
    description:
      'Live runs, archived ones included. Every figure and chart is about the same runs: those that `coverage` counts, at most the newest 50 000. `recentRuns` are the newest of them that are not archived.',
    answer: 'DashboardOverview',
  })
  getOverview(@Query() query: DashboardQueryDto): Promise<DashboardOverview> {
    return this.dashboard.overview(query);
  }

  @Get('agents/metrics')
  @Endpoint({
    summary: 'Figures per participant over the runs created in a window of time',
    description: 'Of the newest 10 000 of these runs; at most 1 000 participants, those with most runs first.',
    answer: 'AgentMetricsList',
  })
  listAgentMetrics(@Query() query: DashboardQueryDto): Promise<readonly AgentFigures[]> {
    return this.dashboard.agents(query);
  }
}
