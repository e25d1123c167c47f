import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import type { AppConfig } from '../config/config.js';
import { StreamHubService } from '../events/stream-hub.service.js';
import type { RunQueryService } from './run-query.service.js';
import { RunReplayService } from './run-replay.service.js';

it('begins no replay when the process stops while the run is looked up', async () => {
  const config = { sse: { subscribersMax: 9, subscribersPerRunMax: 9 } } as object as AppConfig;
  const clock = { now: () => 0, ticks: () => 0, sleep: () => Promise.resolve() };
  const hub = new StreamHubService(config, clock);
  const query = {
    get: () => Promise.resolve({ id: 'r' }),
    head: () => {
      void hub.onModuleDestroy();
      return Promise.resolve({ latestSeq: 1, status: 'completed' });
    },
  } as object as RunQueryService;
  const connection = { request: { method: 'GET' } as object as FastifyRequest, reply: {} as object as FastifyReply };
  const replaying = new RunReplayService(query, hub, config, clock).stream(
    'r',
    { mode: 'instant', speed: 1 },
    undefined,
    connection,
  );
  await expect(replaying).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  expect(hub.load().subscribers).toBe(0);
});
