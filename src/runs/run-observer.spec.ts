import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import { aRun } from '../../test/stories/world.js';
import { parseConfig } from '../config/config.js';
import type { SessionSnapshot } from '../contracts/session.js';
import { isoTime } from '../contracts/time.js';
import type { Run } from '../contracts/run.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import type { RunManagerService } from './run-manager.service.js';
import { RunObserverService } from './run-observer.service.js';
import type { SessionDiscoveryService } from './session-discovery.service.js';
import type { Sighting } from './sighting-queue.stream.js';
import type { StreamConsumerService } from './stream-consumer.service.js';

const HOUR_MS = 3_600_000;

/** The world around the waiting: a clock in hours, a session that appears when the story says so. */
class World {
  readonly clock = new JumpingClock();
  readonly looks: number[] = [];
  readonly sighted: string[] = [];
  readonly failed: string[] = [];
  databaseIsAway = false;
  runtimeIsAway = false;
  exists = false;
  bindsOnSight = false;
  bound: (() => void) | undefined;
  readonly run: Run;
  readonly observer: RunObserverService;
  private readonly never = new AbortController().signal;

  constructor(deadlineMs = 24 * HOUR_MS) {
    this.run = { ...aRun(), startedAt: isoTime(this.clock.now()) };
    const parts = {
      manager: {
        markNeverOpened: (runId: string) => {
          if (this.databaseIsAway) return Promise.reject(new AppError('DATABASE_UNAVAILABLE', 'away'));
          this.failed.push(runId);
          return Promise.resolve(this.run);
        },
      },
      discovery: {
        sight: ({ sessionId }: Sighting) => {
          this.sighted.push(sessionId);
          if (this.bindsOnSight) this.bound?.();
        },
        untilBound: (_run: Run, signal: AbortSignal) =>
          new Promise<void>((resolve) => {
            this.bound = resolve;
            signal.addEventListener('abort', () => resolve());
          }),
      },
    };
    const config = parseConfig({ RUN_OBSERVE_DEADLINE_MS: String(deadlineMs) }, () => '');
    // The service uses no more of its neighbours than is here.
    this.observer = new RunObserverService(
      parts.manager as Partial<RunManagerService> as RunManagerService,
      parts.discovery as Partial<SessionDiscoveryService> as SessionDiscoveryService,
      {} as StreamConsumerService,
      config,
      this.clock,
    );
  }

  begin(): Promise<void> {
    const provider: Partial<RuntimeProvider> = {
      readerOf: () => undefined,
      getSession: () => {
        this.looks.push(this.clock.now());
        if (this.runtimeIsAway) return Promise.reject(new AppError('RUNTIME_UNAVAILABLE', 'away', { retryable: true }));
        if (!this.exists) return Promise.reject(new AppError('SESSION_NOT_FOUND', 'not there'));
        return Promise.resolve({ sessionId: this.run.sessionId, state: 'SESSION_STATE_OPEN' } as SessionSnapshot);
      },
    };
    return this.observer.begin(this.run, provider as RuntimeProvider, false, this.never);
  }

  async later(hours: number): Promise<void> {
    const until = this.clock.now() + hours * HOUR_MS;
    // A sleeper of the story's own, so that the clock has somewhere to jump to.
    const nap = this.clock.sleep(hours * HOUR_MS, this.never);
    await this.clock.run(() => this.clock.now() >= until);
    await nap;
  }
}

describe('waiting for a session', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('lasts for hours without a sign, costs no calls, and ends when the session is bound', async () => {
    const world = new World();
    await world.begin();
    await world.later(0.5);
    await world.later(20);
    expect(world.observer.waiting).toBe(1);
    expect(world.looks).toHaveLength(1);
    world.bound?.();
    await world.clock.run(() => world.observer.waiting === 0);
    await world.later(48);
    expect(world.failed).toEqual([]);
  });

  it('looks at once, since the session may have been there before', async () => {
    const world = new World();
    world.exists = true;
    await world.begin();
    await world.clock.run(() => world.sighted.length === 1);
    expect(world.sighted).toEqual([world.run.sessionId]);
  });

  it('ends at the deadline, which counts from the start of the run and not of the process', async () => {
    const world = new World();
    await world.later(20);
    await world.begin();
    await world.later(3.9);
    expect(world.failed).toEqual([]);
    await world.later(0.2);
    expect(world.failed).toEqual([world.run.id]);
    expect(world.observer.waiting).toBe(0);
  });

  it('ends with a last look: a session that nobody told of is still taken in', async () => {
    const world = new World(HOUR_MS);
    await world.begin();
    await world.later(0.9);
    world.exists = true;
    world.bindsOnSight = true;
    await world.clock.run(() => world.sighted.length === 1);
    await world.later(2);
    expect(world.failed).toEqual([]);
  });

  it('does not end for a runtime that cannot be asked, until it can, or a day has passed', async () => {
    const world = new World(HOUR_MS);
    world.runtimeIsAway = true;
    await world.begin();
    await world.later(20);
    expect(world.failed).toEqual([]);
    world.runtimeIsAway = false;
    await world.later(0.1);
    expect(world.failed).toEqual([world.run.id]);

    const other = new World(HOUR_MS);
    other.runtimeIsAway = true;
    await other.begin();
    await other.later(25.1);
    expect(other.failed).toEqual([other.run.id]);
  });

  it('does not end while the session that was found waits to be bound', async () => {
    const world = new World(HOUR_MS);
    await world.begin();
    await world.later(0.9);
    world.exists = true;
    await world.later(3);
    expect(world.failed).toEqual([]);
    world.bound?.();
    await world.clock.run(() => world.observer.waiting === 0);
    expect(world.failed).toEqual([]);
  });

  it('records its end when the database is back', async () => {
    const world = new World(HOUR_MS);
    world.databaseIsAway = true;
    await world.begin();
    await world.later(2);
    expect(world.failed).toEqual([]);
    world.databaseIsAway = false;
    await world.clock.run(() => world.failed.length === 1);
  });

  it('is given up and taken up again', async () => {
    const world = new World(HOUR_MS);
    await world.begin();
    const released = world.observer.release(world.run.id);
    await world.clock.run(() => world.observer.waiting === 0);
    await released;
    await world.later(2);
    expect(world.failed).toEqual([]);
    await world.begin();
    await world.clock.run(() => world.failed.length === 1);
  });
});
