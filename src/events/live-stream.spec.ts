import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { LiveStream, type TurnSource } from './live-stream.stream.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A connection: what the server answers, and what the client hears. */
async function connect(): Promise<{ response: ServerResponse; client: IncomingMessage }> {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const answered = once(get({ port: (server.address() as AddressInfo).port }), 'response') as Promise<
    [IncomingMessage]
  >;
  const [, response] = await asked;
  response.writeHead(200);
  response.flushHeaders();
  const [client] = await answered;
  client.on('error', () => undefined);
  return { response, client };
}

/** Says in each turn what lies ready, one word at a time. */
class Words implements TurnSource {
  isOver = false;
  turns = 0;
  readonly ready: string[] = [];
  during: () => void = () => undefined;

  async *turn() {
    this.turns += 1;
    for (let word = this.ready.shift(); word !== undefined && !this.isOver; word = this.ready.shift()) {
      await Promise.resolve();
      yield [Buffer.from(word)];
      if (word === 'break') throw new Error('broken');
      this.isOver = word === 'end';
      this.during();
    }
  }

  wakeAt(): number {
    return this.turns * 1_000;
  }
}

function open(source: Words, response: ServerResponse) {
  const sleeps: number[] = [];
  const errors: string[] = [];
  const stream = new LiveStream(source, response, {
    bufferedBytesMax: 1_024,
    sleepUntil: (at) => sleeps.push(at),
    noteBroken: (error) => errors.push(String(error)),
  });
  return { stream, sleeps, errors };
}

/** Until the stream sleeps again, or the response is closed. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('LiveStream', () => {
  it('takes a turn for each ring, and sleeps in between until the source wants', async () => {
    const { response } = await connect();
    const source = new Words();
    const { stream, sleeps } = open(source, response);
    for (let ring = 1; ring <= 3; ring += 1) {
      stream.ring();
      await settled();
    }
    expect(source.turns).toBe(3);
    expect(sleeps).toEqual([1_000, 2_000, 3_000]);
  });

  it('makes one more turn of all rings during one, so that none is lost', async () => {
    const { response } = await connect();
    const source = new Words();
    const { stream, sleeps } = open(source, response);
    source.ready.push('one', 'two', 'three');
    source.during = () => stream.ring();
    stream.ring();
    await settled();
    expect(source.turns).toBe(2);
    expect(sleeps).toEqual([2_000]);
  });

  it('ends the response after the last frame, once', async () => {
    const { response, client } = await connect();
    const source = new Words();
    const { stream, sleeps } = open(source, response);
    source.ready.push('one', 'end', 'never');
    source.during = () => stream.ring();
    stream.ring();
    let text = '';
    for await (const chunk of client) text += String(chunk);
    expect(text).toBe('oneend');
    stream.ring();
    await settled();
    expect(source.turns).toBe(1);
    expect(sleeps).toEqual([]);
  });

  it('cuts the client when its source breaks', async () => {
    const { response, client } = await connect();
    const source = new Words();
    const { stream, errors } = open(source, response);
    const closed = new Promise((resolve) => client.once('close', resolve));
    source.ready.push('break');
    stream.ring();
    client.resume();
    await closed;
    expect(errors).toEqual(['Error: broken']);
    expect(response.destroyed).toBe(true);
  });

  it('takes no turn for a client that has left', async () => {
    const { response, client } = await connect();
    const source = new Words();
    const { stream, sleeps } = open(source, response);
    const closed = once(response, 'close');
    client.destroy();
    await closed;
    stream.ring();
    await settled();
    expect(source.turns).toBe(0);
    expect(sleeps).toEqual([]);
  });
});
