import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Endpoint } from './endpoint.controller.js';
import { ProcessMetricsService } from './process-metrics.service.js';

@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: ProcessMetricsService) {}

  @Get()
  @Endpoint({
    summary: 'Metrics of this process in the text format of Prometheus',
    description: 'Counted since the process started. Figures over all runs are in `GET /dashboard/overview`.',
    answer: 'text/plain',
  })
  getMetricsText(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.metrics.contentType);
    return this.metrics.text();
  }
}
