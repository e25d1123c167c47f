import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  LONG_ANSWERS_MAX,
  LONG_ANSWER_MS_MAX,
  TextAnswerService,
} from '../../../src/controllers/text-answer.service.js';
import { parseConfig } from '../../../src/config/config.js';
import { until } from '../../support/until.js';

let server: FastifyInstance;
let clients: Socket[];

/** Has no end. */
async function* endless(): AsyncGenerator<string, void, undefined> {
  for (;;) {
    yield '[';
    await sleep(20);
  }
}

beforeEach(async () => {
  clients = [];
  server = fastify({ forceCloseConnections: true });
  const answers = new TextAnswerService(parseConfig({}, () => ''));
  server.get('/endless', (request, reply) => answers.send({ text: endless() }, request, reply));
  await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await server.close();
});

/** Resolves with the beginning of the answer. */
async function ask(method = 'GET'): Promise<string> {
  const client = connect(server.addresses()[0]!.port, '127.0.0.1');
  clients.push(client);
  client.write(`${method} /endless HTTP/1.1\r\nhost: x\r\n\r\n`);
  const [data] = (await once(client, 'data')) as [Buffer];
  return data.toString();
}

it('no more long answers are under way than their limit', async () => {
  for (let count = 0; count < LONG_ANSWERS_MAX; count += 1) expect(await ask()).toContain('200 OK');
  expect(await ask()).toContain('TOO_MANY_SUBSCRIBERS');
  expect(await ask('HEAD')).toContain('200 OK');
  clients[0]?.destroy();
  await until('there is room again', async () => ((await ask()).includes('200 OK') ? true : undefined));
});

it('a long answer ends after its time, however little its client takes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    expect(await ask()).toContain('200 OK');
    const closed = once(clients[0]!, 'close');
    vi.advanceTimersByTime(LONG_ANSWER_MS_MAX);
    await closed;
  } finally {
    vi.useRealTimers();
  }
});
