import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { countAnswers, cutUnreadAnswers } from '../../../src/controllers/answers.server.js';
import { until } from '../../support/until.js';

const STALL_MS = 400;
/** More than the operating system takes from a process whose client does not read. */
const LARGE = 'x'.repeat(16_000_000);
const HEADERS = 'HTTP/1.1\r\nhost: x\r\n';

const counted: string[] = [];
let server: FastifyInstance;
let client: Socket;
let release: () => void;

beforeEach(async () => {
  counted.splice(0);
  server = fastify({ forceCloseConnections: true });
  countAnswers(server, {
    countRequest: (method, route, status) => counted.push(`${method} ${route} ${status}`),
    countUnanswered: (method, route, hasBegun) => counted.push(`${method} ${route} ${hasBegun ? 'cut' : 'unanswered'}`),
  });
  cutUnreadAnswers(server, STALL_MS);
  const released = new Promise<void>((resolve) => (release = resolve));
  server.get('/large', () => LARGE);
  server.post('/waiting', async () => {
    await released;
    return 'late';
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  client = connect(server.addresses()[0]!.port, '127.0.0.1');
});
afterEach(async () => {
  release();
  client.destroy();
  await server.close();
});

const connections = () =>
  new Promise<number>((resolve) => server.server.getConnections((_error, count) => resolve(count)));
const counts = (count: number) =>
  until(`${count} requests are counted`, () => Promise.resolve(counted.length >= count || undefined));

it('an answer that its client does not read is not kept', async () => {
  client.pause();
  client.write(`GET /large ${HEADERS}\r\n`);
  await counts(1);
  expect(counted).toEqual(['GET /large cut']);
  await until('the connection is gone', async () => ((await connections()) === 0 ? true : undefined));
});

it('a client that reads slowly gets all of it', async () => {
  let bytes = 0;
  client.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    client.pause();
    setTimeout(() => client.resume(), 2);
  });
  client.write(`GET /large ${HEADERS}\r\n`);
  await until('all has come', () => Promise.resolve(bytes > LARGE.length || undefined), 20_000);
  await counts(1);
  expect(counted).toEqual(['GET /large 200']);
});

it('an answer may wait for the one before it on the same connection', async () => {
  let bytes = 0;
  client.on('data', (chunk: Buffer) => (bytes += chunk.length));
  client.write(`POST /waiting ${HEADERS}content-length: 0\r\n\r\nGET /large ${HEADERS}\r\n`);
  await sleep(4 * STALL_MS);
  release();
  await until('both have come', () => Promise.resolve(bytes > LARGE.length || undefined));
  await counts(2);
  expect([...counted].sort()).toEqual(['GET /large 200', 'POST /waiting 200']);
});

it('an answer may take its time behind one that was read', async () => {
  let text = '';
  client.on('data', (chunk: Buffer) => (text = (text + chunk.toString('latin1')).slice(-1_000)));
  client.write(`GET /large ${HEADERS}\r\nPOST /waiting ${HEADERS}content-length: 0\r\n\r\n`);
  await counts(1);
  await sleep(4 * STALL_MS);
  release();
  await until('both have come', () => Promise.resolve(text.endsWith('late') || undefined));
  await counts(2);
  expect(counted).toEqual(['GET /large 200', 'POST /waiting 200']);
});

it('a request is counted once whose client left before its answer', async () => {
  client.write(`POST /waiting ${HEADERS}content-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
  await until('it is asked', async () => ((await connections()) === 1 ? true : undefined));
  await sleep(50);
  client.destroy();
  await counts(1);
  release();
  await sleep(100);
  expect(counted).toEqual(['POST /waiting unanswered']);
});
