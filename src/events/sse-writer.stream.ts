import type { ServerResponse } from 'node:http';
import { SSE_HEADERS } from './sse.js';

/** Parts of `stallMs` after which progress is looked at. */
const STALL_CHECKS = 4;

/**
 * Writes frames at the client's pace: the generator is asked for more only while the client takes what it has. At most
 * `bufferedBytesMax` lie unsent in this process, or one frame. False when the client is gone; the response is destroyed
 * then, which is what ends every wait on its behalf.
 */
export async function writeFrames(
  frames: AsyncGenerator<readonly Buffer[], void, undefined>,
  response: ServerResponse,
  bufferedBytesMax: number,
): Promise<boolean> {
  for await (const batch of frames) {
    if (!(await writeBatch(batch, response, bufferedBytesMax))) break;
  }
  return !response.destroyed;
}

/** The answer to HEAD: what GET would begin with, which has no length. */
export function answerHead(response: ServerResponse): void {
  response.writeHead(200, SSE_HEADERS);
  response.end();
}

/** Resolves when the last byte has left this process, or the client has. */
export function endResponse(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    response.once('close', resolve);
    response.end(resolve);
  });
}

/** False when the client is gone. */
async function writeBatch(
  batch: readonly Buffer[],
  response: ServerResponse,
  bufferedBytesMax: number,
): Promise<boolean> {
  response.cork();
  for (const frame of batch) {
    if (response.writableLength > 0 && response.writableLength + frame.length > bufferedBytesMax) {
      response.uncork();
      await drained(response);
      response.cork();
    }
    if (response.destroyed) break;
    response.write(frame);
  }
  response.uncork();
  return !response.destroyed;
}

/** Resolves when everything written so far has left this process, or the client has. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    if (response.destroyed || !response.writableNeedDrain) return resolve();
    response.once('drain', done);
    response.once('close', done);
  });
}

interface Unsent {
  readonly takenBefore: number;
  readonly idleChecks: number;
}

/**
 * Cuts clients that take nothing: bytes lie unsent, and not one has left this process for `stallMs`. They resume by
 * position. One timer looks at all of them, and only a response with unsent bytes costs more than its place in the set.
 */
export class StallWatch {
  private readonly responses = new Set<ServerResponse>();
  private readonly unsent = new Map<ServerResponse, Unsent>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly stallMs: number) {}

  add(response: ServerResponse): void {
    this.responses.add(response);
    this.timer ??= setInterval(() => this.check(), this.stallMs / STALL_CHECKS).unref();
  }

  delete(response: ServerResponse): void {
    this.responses.delete(response);
    this.unsent.delete(response);
    if (this.responses.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    for (const response of this.responses) {
      if (response.writableLength === 0) {
        this.unsent.delete(response);
        continue;
      }
      const taken = bytesTaken(response);
      const before = this.unsent.get(response);
      const idleChecks = before?.takenBefore === taken ? before.idleChecks + 1 : 0;
      this.unsent.set(response, { takenBefore: taken, idleChecks });
      if (idleChecks >= STALL_CHECKS) response.destroy();
    }
  }
}

/** Bytes that the operating system has accepted: all that were given to the socket, less those it still holds. */
function bytesTaken(response: ServerResponse): number {
  const { socket } = response;
  return socket === null ? 0 : socket.bytesWritten - socket.writableLength;
}
