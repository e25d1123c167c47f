import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { RunMeterService } from '../events/run-meter.service.js';
import { RunRecoveryService } from '../runs/run-recovery.service.js';
import { StreamConsumerService } from '../runs/stream-consumer.service.js';
import { SCRIPTED_AGENTS, type ScriptedAgents } from '../runs/scripted-agents.interface.js';
import type { CircuitStateName } from '../runtime/circuit-breaker.client.js';
import { RuntimeProviderRegistry } from '../runtime/runtime-provider.registry.service.js';

/** Upper bounds in seconds. */
const REQUEST_BUCKETS_S = [0.005, 0.025, 0.1, 0.5, 1, 5, 10];
const CIRCUIT_VALUE: Readonly<Record<CircuitStateName, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 };
/** Open as long as their reader likes. */
const OPEN_STREAM = /\/runs\/:id\/(replay\/)?stream$/;
/** Requests without a route share one label: paths are chosen by callers, and there is no end of them. */
const NO_ROUTE = '(none)';

/** What this process does, as Prometheus reads it. Gauges are looked up when they are asked for. */
@Injectable()
export class ProcessMetricsService {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'macp_http_request_duration_seconds',
    help: 'Answered requests, by route; open streams are not among them.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS_S,
    registers: [this.registry],
  });

  constructor(
    private readonly runs: RunMeterService,
    consumer: StreamConsumerService,
    recovery: RunRecoveryService,
    runtimes: RuntimeProviderRegistry,
    @Inject(SCRIPTED_AGENTS) agents: ScriptedAgents,
    @Inject(CONFIG) { runtime }: AppConfig,
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.gauge('macp_session_streams', 'Runs whose session stream is followed.', () => consumer.health().followed);
    this.gauge('macp_session_streams_down', 'Those of them that reconnect.', () => consumer.health().reconnecting);
    this.gauge('macp_runs_to_recover', 'Runs of an earlier process that wait to be taken up.', () => recovery.left);
    this.gauge('macp_sandbox_plays', 'Runs that scripted agents play.', () => agents.load().plays);
    this.gauge('macp_sandbox_agents_failed', 'Scripted agents that gave up since the start.', () => {
      return agents.load().failed;
    });
    this.gauge('macp_runtime_circuit_state', 'Circuit breaker: 0 closed, 1 half open, 2 open.', () => {
      return CIRCUIT_VALUE[runtimes.find(runtime.kind)?.circuit.state ?? 'CLOSED'];
    });
  }

  /** The media type that `text` is in. */
  get contentType(): string {
    return this.registry.contentType;
  }

  async text(): Promise<string> {
    return Registry.merge([this.registry, this.runs.registry]).metrics();
  }

  countRequest(method: string, route: string | undefined, status: number, elapsedMs: number): void {
    if (route !== undefined && OPEN_STREAM.test(route) && status === 200) return;
    this.requests.observe({ method, route: route ?? NO_ROUTE, status: String(status) }, elapsedMs / 1_000);
  }

  private gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: (): void => gauge.set(read()) });
  }
}
