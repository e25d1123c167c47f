import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { Endpoint } from './endpoint.controller.js';
import { HealthService, type Readiness } from './health.service.js';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    @Inject(CONFIG) private readonly config: AppConfig,
  ) {}

  @Get('healthz')
  @Endpoint({ summary: 'Whether the process lives', answer: 'Health', access: 'public' })
  getHealth(): { readonly ok: true } {
    return { ok: true };
  }

  @Get('readyz')
  @Endpoint({
    summary: 'Whether requests should be sent here',
    answer: 'Readiness',
    access: 'public',
    otherAnswers: [{ status: 503, description: 'Not ready', answer: 'Readiness' }],
  })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    reply.status(readiness.ok ? 200 : 503);
    // A probe has no key, and the words of a failure may name addresses. `GET /runtime/health` has them.
    return this.config.http.apiKeys.length === 0 ? readiness : { ...readiness, runtime: { ok: readiness.runtime.ok } };
  }
}
