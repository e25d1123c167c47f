import { Controller, Get, Inject, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CLOCK } from '../config/clock.provider.js';
import type { Clock } from '../contracts/time.js';
import { CircuitHistoryQueryDto } from '../dto/dashboard.dto.js';
import { RuntimeQueryDto } from '../dto/runtime.dto.js';
import { Endpoint } from './endpoint.controller.js';
import { RuntimeQueryService, type CircuitHistory } from './runtime-query.service.js';
import { WINDOWS_MS } from './time-buckets.js';

@ApiTags('admin')
@Controller('admin/circuit-breaker')
export class AdminController {
  constructor(
    private readonly runtime: RuntimeQueryService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('history')
  @Endpoint({
    summary: 'States of the circuit breaker before the runtime, ascending',
    description:
      'Of this process since it started, at most the last 200. With a window also the state that held when it began.',
    answer: 'CircuitHistory',
    errors: ['RUNTIME_KIND_UNKNOWN'],
  })
  getCircuitHistory(@Query() { kind, window }: CircuitHistoryQueryDto): CircuitHistory {
    const since = window === undefined ? undefined : this.clock.now() - WINDOWS_MS[window];
    return this.runtime.circuitHistory(kind, since);
  }

  @Post('reset')
  @Endpoint({
    summary: 'Close the circuit breaker now',
    answer: 'CircuitReset',
    access: 'admin',
    errors: ['RUNTIME_KIND_UNKNOWN'],
    audit: { action: 'circuit_breaker.reset', resource: 'circuit-breaker', idsOf: ({ kind }: ResetCircuit) => [kind] },
  })
  resetCircuit(@Query() { kind }: RuntimeQueryDto): ResetCircuit {
    return this.runtime.resetCircuit(kind);
  }
}

type ResetCircuit = ReturnType<RuntimeQueryService['resetCircuit']>;
