import type { ServerResponse } from 'node:http';

export interface WriterLimits {
  /** Bytes that may lie unsent in this process; nothing more is read for a client above it. */
  readonly bufferedBytesMax: number;
  /** A client that takes nothing for so long is cut; it resumes by position. */
  readonly stallMs: number;
}

export type WriterOutcome = 'done' | 'left' | 'stalled';

/** Parts of `stallMs` after which progress is looked at. */
const STALL_CHECKS = 4;

/**
 * Writes frames at the client's pace and ends the response after the last one. The generator is asked for more only
 * while the client takes what it has. `leave` is aborted as soon as the client is gone, which ends the generator.
 */
export async function writeFrames(
  frames: AsyncGenerator<readonly Buffer[], void, undefined>,
  response: ServerResponse,
  limits: WriterLimits,
  leave: AbortController,
): Promise<WriterOutcome> {
  const watch = watchForStall(response, limits.stallMs, leave);
  const onClose = (): void => leave.abort('left');
  response.once('close', onClose);
  // The client may have gone before anybody listened.
  if (response.destroyed) leave.abort('left');
  try {
    for await (const batch of frames) {
      if (!(await writeBatch(batch, response, limits, leave.signal))) break;
    }
    if (leave.signal.aborted) return leave.signal.reason === 'stalled' ? 'stalled' : 'left';
    await endOf(response, leave.signal);
    return 'done';
  } finally {
    watch.stop();
    response.off('close', onClose);
    if (leave.signal.aborted) response.destroy();
  }
}

/** False when the client is gone. */
async function writeBatch(
  batch: readonly Buffer[],
  response: ServerResponse,
  { bufferedBytesMax }: WriterLimits,
  signal: AbortSignal,
): Promise<boolean> {
  response.cork();
  for (const frame of batch) {
    if (response.writableLength > 0 && response.writableLength + frame.length > bufferedBytesMax) {
      response.uncork();
      await drained(response, signal);
      response.cork();
    }
    if (signal.aborted) break;
    response.write(frame);
  }
  response.uncork();
  return !signal.aborted;
}

/** Resolves when everything written so far has left this process, or `signal` aborts. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (signal.aborted || !response.writableNeedDrain) return resolve();
    response.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}

function endOf(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    response.end(() => resolve());
  });
}

/** Aborts `leave` when bytes lie unsent and not one has left this process for `stallMs`. */
function watchForStall(response: ServerResponse, stallMs: number, leave: AbortController): { stop(): void } {
  let idleChecks = 0;
  let takenBefore = 0;
  const timer = setInterval(() => {
    const taken = bytesTaken(response);
    idleChecks = response.writableLength > 0 && taken === takenBefore ? idleChecks + 1 : 0;
    takenBefore = taken;
    if (idleChecks >= STALL_CHECKS) leave.abort('stalled');
  }, stallMs / STALL_CHECKS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** Bytes that the operating system has accepted: all that were given to the socket, less those it still holds. */
function bytesTaken(response: ServerResponse): number {
  const { socket } = response;
  return socket === null ? 0 : socket.bytesWritten - socket.writableLength;
}
