import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { IsoTime } from '../contracts/ids.js';
import { CallReader, SizedMessage, type ReadableCall, type ReaderSettings } from './rpc-reader.stream.js';

const MESSAGE_BYTES = 10;

/** A call as grpc-js would drive it, without a network. */
class ScriptedCall extends EventEmitter implements ReadableCall {
  readonly history: string[] = [];
  pause = () => this.history.push('pause');
  resume = () => this.history.push('resume');
  cancel = () => void this.history.push('cancel');

  say(...messages: readonly unknown[]): void {
    for (const message of messages) this.emit('data', new SizedMessage(message, MESSAGE_BYTES));
  }

  fail(code: status): void {
    const error: ServiceError = Object.assign(new Error('failed'), {
      code,
      details: 'failed',
      metadata: new Metadata(),
    });
    this.emit('error', error);
  }
}

const now = '2026-11-01T00:00:00.000Z' as IsoTime;
const isNumber = (read: unknown): read is SizedMessage<number> =>
  read instanceof SizedMessage && typeof read.message === 'number';

function readerOf(call: ScriptedCall, settings: Partial<ReaderSettings> = {}) {
  return new CallReader(call, isNumber, {
    rpc: 'Watch',
    subject: 'resource',
    signal: new AbortController().signal,
    framesUnreadMax: 4,
    bytesUnreadMax: 1_000,
    openDeadlineMs: 10_000,
    now: () => now,
    isConnected: () => true,
    ...settings,
  }).batches();
}

describe('CallReader', () => {
  /** The messages of the next batch. */
  const next = async (batches: ReturnType<typeof readerOf>): Promise<unknown> => {
    const { value } = await batches.next();
    return value?.map((item) => (item.kind === 'message' ? item.message : item.kind));
  };

  it('pauses at its limit and resumes when half is consumed', async () => {
    const call = new ScriptedCall();
    const batches = readerOf(call);
    call.say(1, 2, 3);
    expect(call.history).toEqual([]);
    call.say(4, 5);
    expect(call.history).toEqual(['pause']);
    expect(await next(batches)).toEqual([1, 2]);
    expect(await next(batches)).toEqual([3, 4]);
    expect(call.history).toEqual(['pause']);
    expect(await batches.next()).toEqual({
      done: false,
      value: [{ kind: 'message', message: 5, receivedAt: now, bytes: MESSAGE_BYTES }],
    });
    expect(call.history).toEqual(['pause', 'resume']);
    // What is being consumed counts as unread.
    call.say(6, 7);
    expect(call.history).toEqual(['pause', 'resume']);
    call.say(8);
    expect(call.history).toEqual(['pause', 'resume', 'pause']);
    await batches.return();
    expect(call.history.at(-1)).toBe('cancel');
  });

  it('does the same by bytes, and takes a frame that is larger than all it may hold', async () => {
    const call = new ScriptedCall();
    const batches = readerOf(call, { framesUnreadMax: 100, bytesUnreadMax: 4 * MESSAGE_BYTES });
    call.say(1, 2, 3);
    expect(call.history).toEqual([]);
    call.say(4);
    expect(call.history).toEqual(['pause']);
    expect(await next(batches)).toEqual([1, 2]);
    expect(call.history).toEqual(['pause']);
    expect(await next(batches)).toEqual([3, 4]);
    expect(call.history).toEqual(['pause', 'resume']);
    call.emit('data', new SizedMessage(5, 1_000 * MESSAGE_BYTES));
    expect(call.history).toEqual(['pause', 'resume', 'pause']);
    expect(await next(batches)).toEqual([5]);
    expect(call.history).toEqual(['pause', 'resume', 'pause']);
    call.say(6);
    expect(await next(batches)).toEqual([6]);
    expect(call.history).toEqual(['pause', 'resume', 'pause', 'resume']);
    await batches.return();
  });

  it('tells headers apart, and lets pass only what it was asked for', async () => {
    const call = new ScriptedCall();
    const batches = readerOf(call);
    call.emit('metadata');
    call.say('noise', 1);
    expect(await next(batches)).toEqual(['headers', 1]);
    await batches.return();
  });

  it('throws an error after everything that was read before the end', async () => {
    const call = new ScriptedCall();
    const batches = readerOf(call);
    call.say(1);
    call.fail(status.UNAVAILABLE);
    call.say(2, 3);
    call.emit('end');
    expect(await next(batches)).toEqual([1, 2]);
    expect(await next(batches)).toEqual([3]);
    await expect(batches.next()).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('ends quietly on a clean end and when it is aborted, even with frames unread', async () => {
    const ended = new ScriptedCall();
    const quiet = readerOf(ended);
    ended.emit('end');
    expect(await quiet.next()).toEqual({ done: true, value: undefined });

    const call = new ScriptedCall();
    const stop = new AbortController();
    const batches = readerOf(call, { signal: stop.signal });
    const waiting = batches.next();
    stop.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(call.history).toEqual(['cancel']);

    const full = new ScriptedCall();
    const left = new AbortController();
    const unread = readerOf(full, { signal: left.signal });
    full.say(1, 2, 3);
    expect(await next(unread)).toEqual([1, 2]);
    left.abort();
    full.fail(status.CANCELLED);
    expect(await unread.next()).toEqual({ done: true, value: undefined });
  });

  it('gives up a call that is not even connected in time, and only that', async () => {
    const call = new ScriptedCall();
    await expect(readerOf(call, { openDeadlineMs: 1, isConnected: () => false }).next()).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      details: { retryable: true },
    });
    expect(call.history).toEqual(['cancel']);
  });

  it('takes a connected call whose headers are kept back for one that stands, and tells of headers once', async () => {
    const call = new ScriptedCall();
    const batches = readerOf(call, { openDeadlineMs: 1 });
    expect((await batches.next()).value).toEqual([{ kind: 'headers', receivedAt: now, bytes: 0 }]);
    call.emit('metadata');
    call.say(1);
    expect(await next(batches)).toEqual([1]);
    await batches.return();
  });
});
