import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { Clock } from '../contracts/time.js';
import type { Database } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import type { AmbientHealth } from '../runs/ambient.service.js';
import type { DiscoveryHealth } from '../runs/session-discovery.service.js';
import { SessionListenerService } from '../runs/session-listener.service.js';
import { StreamConsumerService } from '../runs/stream-consumer.service.js';
import type { CircuitStateName } from '../runtime/circuit-breaker.client.js';
import { RuntimeProviderRegistry } from '../runtime/runtime-provider.registry.service.js';
import type { RuntimeHealth } from './runtime-query.service.js';

/** A probe is answered from what was found at most this long ago. Milliseconds. */
const FRESH_MS = 1_000;

/** A probe waits this long for a new look; then it gets the last one, unless that is too old to be told. Milliseconds. */
const LOOK_MS_MAX = 900;
const STALE_MS = 5_000;

const UNHEARD: Readiness['runtime'] = { ok: false, detail: 'no answer yet' };

export interface Readiness {
  /**
   * Whether requests should be sent here. A runtime that is away does not forbid it: what is stored can be read, and a
   * run that is launched has RUN_START_DEADLINE_MS for the runtime to come back before it fails.
   */
  readonly ok: boolean;
  readonly database: 'ok' | 'unreachable' | 'unknown';
  readonly runtime: { readonly ok: boolean; readonly detail?: string };
  /** `reconnecting`: the streams of some runs are down just now; they resume by themselves and lose nothing. */
  readonly streamConsumer: 'ok' | 'reconnecting' | 'stopping';
  /** Of calls to the configured runtime; CLOSED when there is none. */
  readonly circuitBreaker: CircuitStateName;
  readonly streams: { readonly followed: number; readonly reconnecting: number };
  /** How the sessions of the runtimes find their runs. `problem`: why they are not told of just now, by code. */
  readonly discovery: DiscoveryHealth & { readonly watching: boolean; readonly problem?: string };
  /** Signals and Progress: held for runs that are not known yet, and dropped since the start. */
  readonly signals: AmbientHealth & { readonly watching: boolean };
}

/** Answers probes from a look that is shared and, where it comes in time, at most a second old, so that probing costs next to nothing. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  private database: Readiness['database'] = 'unknown';
  private runtime = UNHEARD;
  /** In the clock's ticks. */
  private lookedAt = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;
  private stopping = false;

  constructor(
    @Inject(DATABASE) private readonly store: Database,
    private readonly registry: RuntimeProviderRegistry,
    private readonly consumer: StreamConsumerService,
    private readonly listener: SessionListenerService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async readiness(): Promise<Readiness> {
    if (!this.stopping && this.clock.ticks() - this.lookedAt >= FRESH_MS) {
      this.looking ??= this.look().finally(() => (this.looking = undefined));
      const enough = new AbortController();
      await Promise.race([this.looking, this.clock.sleep(LOOK_MS_MAX, enough.signal)]);
      enough.abort();
    }
    // What a look that hangs does not tell must not be told as it once was.
    const isStale = this.clock.ticks() - this.lookedAt > STALE_MS;
    const database = isStale ? 'unknown' : this.database;
    const streams = this.consumer.health();
    const consumer = streams.reconnecting > 0 ? 'reconnecting' : 'ok';
    return {
      ok: database === 'ok' && !this.stopping,
      database,
      runtime: isStale ? UNHEARD : this.runtime,
      streamConsumer: this.stopping ? 'stopping' : consumer,
      circuitBreaker: this.registry.find(this.config.runtime.kind)?.circuit.state ?? 'CLOSED',
      streams,
      ...this.listener.health(this.config.runtime.kind),
    };
  }

  /** The configured runtime's health as the last look found it. */
  async runtimeHealth(): Promise<RuntimeHealth> {
    const { runtime } = await this.readiness();
    return { ...runtime, runtimeKind: this.config.runtime.kind };
  }

  onModuleDestroy(): void {
    this.stopping = true;
  }

  private async look(): Promise<void> {
    const provider = this.registry.find(this.config.runtime.kind);
    const [isReady, runtime] = await Promise.all([
      this.store.isReady(),
      provider?.health(AbortSignal.timeout(LOOK_MS_MAX)) ?? { ok: false, detail: 'no runtime is configured' },
    ]);
    this.database = isReady ? 'ok' : 'unreachable';
    this.runtime = runtime;
    this.lookedAt = this.clock.ticks();
  }
}
