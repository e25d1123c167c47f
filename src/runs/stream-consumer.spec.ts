import { describe, expect, it } from 'vitest';
import { aRun } from '../../test/stories/world.js';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import { parseConfig } from '../config/config.js';
import { isAborted } from '../contracts/aborted.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import type { AmbientService } from './ambient.service.js';
import { readerOf } from './reader.js';
import type { RunManagerService } from './run-manager.service.js';
import type { SessionWatchService } from './session-watch.service.js';
import { StreamConsumerService } from './stream-consumer.service.js';

describe('following the sessions of all runs', () => {
  it('takes news of a session from its own runtime alone', async () => {
    const run = { ...aRun(), executionMode: 'observer' } as const;
    const clock = new JumpingClock();
    const ambient: Partial<AmbientService> = { open: () => undefined, close: () => undefined };
    const manager: Partial<RunManagerService> = { turn: () => Promise.resolve(), hear: () => Promise.resolve(run) };
    const watch: Partial<SessionWatchService> = { isStanding: () => true };
    const provider: Partial<RuntimeProvider> = {
      kind: run.runtimeKind,
      readerOf: () => undefined,
      getSession: () => Promise.reject(new AppError('RUNTIME_UNAVAILABLE', 'away')),
      async *subscribe(_request, signal) {
        if (!isAborted(signal)) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    };
    // The service uses no more of its neighbours than is here.
    const consumer = new StreamConsumerService(
      manager as RunManagerService,
      watch as SessionWatchService,
      ambient as AmbientService,
      parseConfig({}, () => ''),
      clock,
    );
    consumer.follow(run, provider as RuntimeProvider, false);
    const info = { via: 'watch', state: 'SESSION_STATE_SUSPENDED' } as const;
    expect(consumer.hearState('another', run.sessionId, info)).toBe(false);
    expect(consumer.hearState(run.runtimeKind, run.sessionId, info)).toBe(true);
    let hasStopped = false;
    void consumer.onModuleDestroy().then(() => (hasStopped = true));
    await clock.run(() => hasStopped);
  });
});

describe('who reads the session of a run that we opened', () => {
  it('is its initiator, and ourselves once there are no credentials for it any more', () => {
    const run = { ...aRun(), executionMode: 'driver' } as const;
    const of = (hasCredentials: boolean) =>
      readerOf(run, { readerOf: () => undefined, hasCredentialsFor: () => hasCredentials });
    expect(of(true)).toBeDefined();
    expect(of(false)).toBeUndefined();
  });
});
