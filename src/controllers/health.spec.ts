import { expect, it } from 'vitest';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import type { AppConfig } from '../config/config.js';
import type { Database } from '../db/database.client.js';
import type { SessionListenerService } from '../runs/session-listener.service.js';
import type { StreamConsumerService } from '../runs/stream-consumer.service.js';
import type { RuntimeProviderRegistry } from '../runtime/runtime-provider.registry.service.js';
import { HealthService } from './health.service.js';

it('looks again a second later, though the clock was set back', async () => {
  const clock = new JumpingClock();
  let isReady = true;
  const health = new HealthService(
    { isReady: () => Promise.resolve(isReady) } as object as Database,
    { find: () => undefined } as object as RuntimeProviderRegistry,
    { health: () => ({ followed: 0, reconnecting: 0 }) } as object as StreamConsumerService,
    { health: () => ({}) } as object as SessionListenerService,
    { runtime: { kind: 'rust' } } as object as AppConfig,
    clock,
  );
  expect(await health.readiness()).toMatchObject({ ok: true, database: 'ok' });
  isReady = false;
  clock.setBack(3_600_000);
  let isPast = false;
  void clock.sleep(1_000, new AbortController().signal).then(() => (isPast = true));
  await clock.run(() => isPast);
  expect(await health.readiness()).toMatchObject({ ok: false, database: 'unreachable' });
});
