import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import { isAborted } from '../contracts/aborted.js';
import type { RunId } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import { epochMs, isoTime, type Clock } from '../contracts/time.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { isTransientError, retryDelayMs } from './retry.js';
import { RunManagerService } from './run-manager.service.js';
import { SessionDiscoveryService } from './session-discovery.service.js';
import { StreamConsumerService } from './stream-consumer.service.js';

/** How soon a session is looked for again whose run's deadline has passed, while nobody says that it is not there. Milliseconds. */
const AGAIN_MS = 30_000;
/** How long that may go on. Milliseconds. */
const AGAIN_MS_MAX = 86_400_000;

interface Wait {
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

/**
 * Carries observed runs from their registration to being followed. A run that waits for its session costs an entry and
 * a timer here; whatever sees the session – WatchSessions, a list, a look of ours – goes through discovery, which binds.
 */
@Injectable()
export class RunObserverService implements OnModuleDestroy {
  private readonly log = new Logger(RunObserverService.name);
  private readonly waits = new Map<RunId, Wait>();
  private stopped = false;

  constructor(
    private readonly manager: RunManagerService,
    private readonly discovery: SessionDiscoveryService,
    private readonly consumer: StreamConsumerService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Returns as soon as the run is followed or waits; neither takes a place among the runs that are starting. */
  async begin(stored: Run, provider: RuntimeProvider, recovered: boolean, signal: AbortSignal): Promise<void> {
    const run = stored.status === 'queued' ? await this.manager.markStarted(stored.id) : stored;
    if (signal.aborted || this.stopped) return;
    if (run.session.bound) {
      this.consumer.follow(run, provider, recovered);
      return;
    }
    if (this.waits.has(run.id)) return;
    const stop = new AbortController();
    const finished = this.waitForSession(run, provider, stop.signal).finally(() => this.waits.delete(run.id));
    this.waits.set(run.id, { stop, finished });
  }

  /** Gives up waiting for the run's session; `begin` takes it up again. */
  async release(runId: RunId): Promise<void> {
    const wait = this.waits.get(runId);
    wait?.stop.abort();
    await wait?.finished;
  }

  /** Runs whose session has not been seen. */
  get waiting(): number {
    return this.waits.size;
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    for (const { stop } of this.waits.values()) stop.abort();
    await Promise.all([...this.waits.values()].map(({ finished }) => finished));
  }

  /** Never rejects. The deadline counts from the run's start, however often the process was restarted since. */
  private async waitForSession(run: Run, provider: RuntimeProvider, signal: AbortSignal): Promise<void> {
    const wait = new AbortController();
    const either = AbortSignal.any([signal, wait.signal]);
    void this.discovery.untilBound(run, either).then(() => wait.abort());
    const deadline = epochMs(run.startedAt ?? run.createdAt) + this.config.runs.observeDeadlineMs;
    await this.look(run, provider, either);
    await this.clock.sleep(Math.max(deadline - this.clock.now(), 0), either);
    await this.untilKnownAbsent(run, provider, either);
    if (!isAborted(either)) await this.failNeverOpened(run.id, signal);
    wait.abort();
  }

  /** A runtime that cannot be asked does not say so; nor is absent what was found, and waits to be bound. */
  private async untilKnownAbsent(run: Run, provider: RuntimeProvider, signal: AbortSignal): Promise<void> {
    const until = this.clock.now() + AGAIN_MS_MAX;
    while (!isAborted(signal) && (await this.look(run, provider, signal)) && this.clock.now() < until) {
      await this.clock.sleep(AGAIN_MS, signal);
    }
  }

  /** Reads the session, which may have been there before its run; false when the runtime has none for us. */
  private async look(run: Run, provider: RuntimeProvider, signal: AbortSignal): Promise<boolean> {
    const askedAt = isoTime(this.clock.now());
    // Who opens the session is not known yet; where a member has to read, any declared one may.
    const as = provider.readerOf(run.request.session.participants[0]?.id ?? '');
    try {
      const snapshot = await provider.getSession(run.sessionId, as, signal);
      const info = { via: 'read', state: snapshot.state, snapshot, askedAt } as const;
      this.discovery.sight({ provider, sessionId: run.sessionId, info });
      return true;
    } catch (error) {
      // Not there yet, not for us to read, or out of reach: WatchSessions and the lists go on looking.
      return isTransientError(error);
    }
  }

  private async failNeverOpened(runId: RunId, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await this.manager.markNeverOpened(runId);
        return;
      } catch (error) {
        if (!isTransientError(error)) {
          this.log.error({ message: 'a run without a session could not be ended', runId, err: error });
          return;
        }
        await this.clock.sleep(retryDelayMs(attempt, Math.random()), signal);
      }
    }
  }
}
