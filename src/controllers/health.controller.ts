import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Endpoint } from './endpoint.controller.js';
import { HealthService, type Readiness } from './health.service.js';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('healthz')
  @Endpoint({ summary: 'Whether the process lives', answer: 'Health' })
  getHealth(): { readonly ok: true } {
    return { ok: true };
  }

  @Get('readyz')
  @Endpoint({
    summary: 'Whether requests should be sent here',
    answer: 'Readiness',
    otherAnswers: [{ status: 503, description: 'Not ready', answer: 'Readiness' }],
  })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    reply.status(readiness.ok ? 200 : 503);
    return readiness;
  }
}
