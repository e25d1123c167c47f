import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { endResponse, StallWatch, writeFrames } from './sse-writer.stream.js';

const LIMITS = { bufferedBytesMax: 262_144, stallMs: 400 };
const FRAME = Buffer.alloc(16_384, 'x');

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Observed {
  /** True: everything was written. */
  readonly outcome: Promise<boolean>;
  readonly produced: () => number;
  readonly unsentMax: () => number;
}

/** Serves `frames` frames to whoever comes first. */
async function serve(frames: number): Promise<{ port: number; observed: Observed }> {
  let produced = 0;
  let unsentMax = 0;
  let settle: (outcome: boolean) => void = () => undefined;
  const outcome = new Promise<boolean>((resolve) => (settle = resolve));
  const stalls = new StallWatch(LIMITS.stallMs);
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    async function* source() {
      while (produced < frames) {
        produced += 1;
        await Promise.resolve();
        yield [FRAME];
        unsentMax = Math.max(unsentMax, response.writableLength);
      }
    }
    stalls.add(response);
    response.once('close', () => stalls.delete(response));
    void writeFrames(source(), response, LIMITS.bufferedBytesMax).then(async (isDone) => {
      await endResponse(response);
      settle(isDone);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, observed: { outcome, produced: () => produced, unsentMax: () => unsentMax } };
}

function open(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1' }, resolve).on('error', reject).end();
  });
}

describe('writeFrames', () => {
  it('delivers everything to a client that reads, and ends', async () => {
    const { port, observed } = await serve(200);
    const response = await open(port);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(200 * FRAME.length);
    expect(await observed.outcome).toBe(true);
  });

  it('stops reading for a client that takes nothing, and cuts it', async () => {
    const { port, observed } = await serve(100_000);
    const response = await open(port);
    response.on('error', () => undefined);
    response.pause();
    expect(await observed.outcome).toBe(false);
    expect(observed.unsentMax()).toBeLessThanOrEqual(LIMITS.bufferedBytesMax + 1_024);
    expect(observed.produced()).toBeLessThan(2_000);
  });

  it('lets a slow client that makes progress stay', async () => {
    const { port, observed } = await serve(1_500);
    const response = await open(port);
    response.pause();
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      response.pause();
      setTimeout(() => response.resume(), 1);
    });
    const ended = new Promise((resolve) => response.on('end', resolve));
    response.resume();
    expect(await observed.outcome).toBe(true);
    await ended;
    expect(bytes).toBe(1_500 * FRAME.length);
  });

  it('stops when the client leaves', async () => {
    const { port, observed } = await serve(100_000);
    const response = await open(port);
    response.on('error', () => undefined);
    response.once('data', () => response.destroy());
    expect(await observed.outcome).toBe(false);
  });
});
