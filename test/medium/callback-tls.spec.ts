import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseNetwork } from '../../src/config/callback-rule.js';
import { parseHostPattern } from '../../src/config/host-pattern.js';
import { CancelCallbackClient } from '../../src/runs/cancel-callback.client.js';
import { Authority } from '../support/certificates.js';

const TIMEOUT_MS = 10_000;
const MESSAGE = { runId: 'run-1', sessionId: 'session-1', reason: 'enough' };

describe('an initiator behind TLS', () => {
  let calls = 0;
  let port: number;
  let stop: () => void;

  beforeEach(async () => {
    calls = 0;
    const { cert, key } = await (await Authority.create()).issue('agent', { names: ['agent.example'] });
    const server = createServer({ cert, key }, (_, response) => {
      calls += 1;
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    stop = () => {
      server.closeAllConnections();
      server.close();
    };
  });
  afterEach(() => stop());

  it('whose certificate nobody vouches for is told nothing, the bearer least of all', async () => {
    const client = new CancelCallbackClient({
      rule: { hosts: [parseHostPattern('agent.example')!], networks: [parseNetwork('127.0.0.1')!] },
      timeoutMs: TIMEOUT_MS,
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    const answer = await client.tell({ url: `https://agent.example:${port}/`, bearer: 'secret' }, MESSAGE);
    expect(answer).toEqual({ outcome: 'unanswered', problem: 'CONNECTION' });
    expect(calls).toBe(0);
  });
});
