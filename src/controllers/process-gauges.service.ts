import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { StreamHubService } from '../events/stream-hub.service.js';
import { RunRecoveryService } from '../runs/run-recovery.service.js';
import { SCRIPTED_AGENTS, type ScriptedAgents } from '../runs/scripted-agents.interface.js';
import { StreamConsumerService } from '../runs/stream-consumer.service.js';
import type { CircuitStateName } from '../runtime/circuit-breaker.client.js';
import { WebhookDeliveryService } from '../webhooks/webhook-delivery.service.js';
import { HealthService } from './health.service.js';

const CIRCUIT_VALUE: Readonly<Record<CircuitStateName, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 };

/** Where this process stands, looked up when it is asked for. What `/readyz` tells too is of the same look. */
@Injectable()
export class ProcessGaugesService {
  readonly registry = new Registry();

  constructor(
    private readonly consumer: StreamConsumerService,
    private readonly recovery: RunRecoveryService,
    private readonly hub: StreamHubService,
    private readonly health: HealthService,
    private readonly webhooks: WebhookDeliveryService,
    @Inject(SCRIPTED_AGENTS) private readonly agents: ScriptedAgents,
  ) {
    this.tellOfRuns();
    this.tellOfHealth();
    this.tellOfWebhooks();
  }

  private tellOfRuns(): void {
    const { consumer, recovery, hub, agents } = this;
    this.gauge('macp_session_streams', 'Runs whose session stream is followed.', () => consumer.health().followed);
    this.gauge('macp_session_streams_down', 'Those of them that reconnect.', () => consumer.health().reconnecting);
    this.gauge('macp_frames_unstored', 'Frames of followed runs that were heard and are not stored yet.', () => {
      return consumer.lag().frames;
    });
    this.gauge('macp_frames_unstored_age_seconds', 'For how long the oldest of them has waited.', () => {
      return consumer.lag().oldestMs / 1_000;
    });
    this.gauge('macp_open_streams', 'Streams of runs that clients have open.', () => hub.load().subscribers);
    this.gauge('macp_runs_to_recover', 'Runs of an earlier process that wait to be taken up.', () => recovery.left);
    this.gauge('macp_sandbox_plays', 'Runs that scripted agents play.', () => agents.load().plays);
    this.gauge('macp_sandbox_agents_failed', 'Scripted agents that gave up since the start.', () => {
      return agents.load().failed;
    });
  }

  private tellOfHealth(): void {
    const { health } = this;
    this.gauge('macp_database_up', 'Whether the database answers: 1 or 0.', async () => {
      return (await health.readiness()).database === 'ok' ? 1 : 0;
    });
    this.gauge('macp_runtime_circuit_state', 'Circuit breaker: 0 closed, 1 half open, 2 open.', async () => {
      return CIRCUIT_VALUE[(await health.readiness()).circuitBreaker];
    });
    this.gauge('macp_discovery_watching', 'Whether the runtimes tell us of their sessions: 1 or 0.', async () => {
      return (await health.readiness()).discovery.watching ? 1 : 0;
    });
    this.gauge('macp_signals_held', 'Signals and Progress that wait for their run to be known.', async () => {
      return (await health.readiness()).signals.held;
    });
    const dropped: Counter = new Counter({
      name: 'macp_signals_dropped_total',
      help: 'Signals and Progress that no run could take, or that could not be stored.',
      registers: [this.registry],
      collect: async (): Promise<void> => {
        const { signals } = await health.readiness();
        dropped.reset();
        dropped.inc(signals.dropped);
      },
    });
  }

  private tellOfWebhooks(): void {
    const attempts: Counter = new Counter({
      name: 'macp_webhook_deliveries_total',
      help: 'Attempts to deliver an event to a webhook, by what came of them.',
      labelNames: ['outcome'],
      registers: [this.registry],
      collect: (): void => {
        attempts.reset();
        for (const [outcome, count] of Object.entries(this.webhooks.outcomes())) attempts.inc({ outcome }, count);
      },
    });
  }

  private gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async (): Promise<void> => gauge.set(await read()),
    });
  }
}
