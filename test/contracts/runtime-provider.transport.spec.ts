import { create } from '@bufbuild/protobuf';
import { Metadata, status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus,
} from '../../src/gen/grpc/health/v1/health_pb.js';
import * as core from '../../src/gen/macp/v1/core_pb.js';
import { EnvelopeSchema, MACPErrorSchema } from '../../src/gen/macp/v1/envelope_pb.js';
import { HistoryUnavailableError, historyLossOf } from '../../src/runtime/history.js';
import type { RuntimeFrame } from '../../src/runtime/runtime-provider.interface.js';
import type { RustRuntimeProvider, RustRuntimeOptions } from '../../src/runtime/rust-runtime.provider.js';
import { startEmbedded } from '../support/embedded-runtime.js';
import { LEAD, Reading, Scene, credentials, isReady, messageIds, provider, framesOf } from './runtime-scene.js';
import { muteServer, proxyTo, scriptedRuntime, type SessionCall, type UnaryScript } from './scripted-runtime.js';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function using(address: string, options: Partial<RustRuntimeOptions> = {}): RustRuntimeProvider {
  const rust = provider(address, options);
  closing.push(() => rust.close());
  return rust;
}

async function scripted(script: Parameters<typeof scriptedRuntime>[0]): Promise<string> {
  const runtime = await scriptedRuntime(script);
  closing.push(() => runtime.stop());
  return runtime.address;
}

/** Answers every call with the same message. */
function answering(message: unknown): UnaryScript {
  return (_call, answer) => answer(null, message);
}

function reading(rust: RustRuntimeProvider, scene = new Scene()): Reading<RuntimeFrame> {
  return new Reading((signal) => framesOf(rust, scene.request(), signal));
}

function envelope(messageId: string): core.StreamSessionResponse {
  const value = create(EnvelopeSchema, { messageId, messageType: 'Vote' });
  return create(core.StreamSessionResponseSchema, { response: { case: 'envelope', value } });
}

function inlineError(code: string, messageId = ''): core.StreamSessionResponse {
  const value = create(MACPErrorSchema, { code, message: code, messageId });
  return create(core.StreamSessionResponseSchema, { response: { case: 'error', value } });
}

function fail(call: SessionCall, code: number, details: string, metadata = new Metadata()): void {
  call.emit('error', { code, details, metadata });
}

describe('a runtime that does not answer', () => {
  it('costs a call its deadline', async () => {
    const mute = await muteServer();
    closing.push(() => mute.stop());
    const rust = using(mute.address, { unaryDeadlineMs: 200 });
    await expect(rust.getManifest()).rejects.toMatchObject({
      code: 'RUNTIME_TIMEOUT',
      details: { grpcStatus: 'DEADLINE_EXCEEDED', retryable: true },
    });
  });

  it('costs a subscription the time to connect', async () => {
    const mute = await muteServer();
    closing.push(() => mute.stop());
    const rust = using(mute.address, { streamOpenDeadlineMs: 200 });
    expect(await reading(rust).done).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', details: { retryable: true } });
    expect(rust.streamChannels).toBe(0);
  });

  it('can be left before the deadline', async () => {
    const leaving = new AbortController();
    const address = await scripted({ unary: { getManifest: () => leaving.abort(new Error('left')) } });
    await expect(using(address).getManifest(leaving.signal)).rejects.toThrow('left');
  });

  it('is noticed on an idle stream when the network dies', async () => {
    const runtime = await startEmbedded();
    closing.push(() => runtime.stop());
    const proxy = await proxyTo(runtime.address);
    closing.push(() => proxy.stop());
    const rust = using(proxy.address, { keepaliveTimeMs: 100, keepaliveTimeoutMs: 100 });
    const scene = new Scene();
    await rust.startSession(scene.start());
    const stream = reading(rust, scene);
    await stream.until((frames) => messageIds(frames).length === 1);
    proxy.freeze();
    expect(await stream.done).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', details: { retryable: true } });
  });
});

describe('a runtime that offers less', () => {
  it('is told apart by the operations it does not implement', async () => {
    const rust = using(await scripted({}));
    const refused = { code: 'RUNTIME_UNIMPLEMENTED', details: { grpcStatus: 'UNIMPLEMENTED', retryable: false } };
    await expect(rust.initialize()).rejects.toMatchObject(refused);
    const { sessionId } = new Scene();
    await expect(rust.suspendSession({ sessionId, reason: '', as: LEAD })).rejects.toMatchObject(refused);
    const watching = new Reading((signal) => rust.watchSessions(signal));
    expect(await watching.done).toMatchObject(refused);
    expect(await rust.health()).toMatchObject({ ok: false });
  });

  it('may lack extension modes and suspension', async () => {
    const modes = create(core.ListModesResponseSchema, { modes: [{ mode: 'm' }] });
    const initialize = answering(create(core.InitializeResponseSchema, { selectedProtocolVersion: '1.0' }));
    const rust = using(await scripted({ unary: { listModes: answering(modes), initialize } }));
    expect(await rust.listModes()).toMatchObject([{ mode: 'm', extension: false }]);
    expect((await rust.initialize()).capabilities).toEqual({ probed: { suspendSession: false } });
  });

  it('may know the server’s health only as a whole', async () => {
    const check: UnaryScript = ({ request }, answer) => {
      const whole = (request as { service: string }).service === '';
      const serving = create(HealthCheckResponseSchema, { status: HealthCheckResponse_ServingStatus.SERVING });
      answer(whole ? null : { code: status.NOT_FOUND }, serving);
    };
    expect(await using(await scripted({ health: check })).health()).toEqual({ ok: true });
  });

  it('closes the circuit when it is well again, though nobody calls it', async () => {
    const serving = create(HealthCheckResponseSchema, { status: HealthCheckResponse_ServingStatus.SERVING });
    const initialize = answering(create(core.InitializeResponseSchema, { selectedProtocolVersion: '1.0' }));
    const getManifest: UnaryScript = (_call, answer) => answer({ code: status.INTERNAL });
    const address = await scripted({ unary: { initialize, getManifest }, health: answering(serving) });
    const rust = using(address, { circuit: { failuresMax: 1, openMs: 60_000 } });
    await expect(rust.getManifest()).rejects.toThrow();
    // Before the pause is over nothing changes, and the runtime is well all the same.
    expect(await rust.health()).toEqual({ ok: true });
    expect(rust.circuit.state).toBe('OPEN');
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
    closing.push(() => vi.useRealTimers());
    expect(await rust.health()).toEqual({ ok: true });
    expect(rust.circuit.state).toBe('CLOSED');
  });

  it('may list sessions without pages, but not without end', async () => {
    const sessions = [{ sessionId: 'a' }, { sessionId: 'b' }];
    const list = async (nextPageToken: string) => {
      const answer = create(core.ListSessionsResponseSchema, { sessions, nextPageToken });
      const ids = [];
      for await (const { sessionId } of using(
        await scripted({ unary: { listSessions: answering(answer) } }),
      ).listSessions()) {
        ids.push(sessionId);
      }
      return ids;
    };
    expect(await list('')).toEqual(['a', 'b']);
    await expect(list('same')).rejects.toMatchObject({ code: 'RUNTIME_ERROR' });
  });

  it('may not leave out the ack', async () => {
    const none = using(await scripted({ unary: { send: answering(create(core.SendResponseSchema)) } }));
    await expect(none.send(new Scene().proposal('p'))).rejects.toMatchObject({ code: 'RUNTIME_ERROR' });
    const unexplained = create(core.SendResponseSchema, { ack: { ok: false } });
    const mute = using(await scripted({ unary: { send: answering(unexplained) } }));
    await expect(mute.send(new Scene().proposal('p'))).rejects.toMatchObject({ code: 'RUNTIME_ERROR' });
  });
});

describe('what goes out', () => {
  it('carries the token of whoever speaks, and nothing where there is none', async () => {
    const seen: unknown[] = [];
    const note: UnaryScript = (call, answer) => {
      seen.push(call.metadata.get('authorization'));
      answer({ code: status.UNIMPLEMENTED });
    };
    const address = await scripted({ unary: { getManifest: note, send: note, listSessions: note } });
    const tokens = new Map([[LEAD, 'lead-token']]);
    const known = using(address, {
      credentials: credentials({ devIdentity: false, tokens, serviceToken: 'cp-token' }),
    });
    const unknown = using(address, { credentials: credentials({ devIdentity: false }) });
    await expect(known.send(new Scene().proposal('p'))).rejects.toThrow();
    await expect(known.listSessions()[Symbol.asyncIterator]().next()).rejects.toThrow();
    await expect(unknown.getManifest()).rejects.toThrow();
    expect(seen).toEqual([['Bearer lead-token'], ['Bearer cp-token'], []]);
  });

  it('subscribes with one frame and keeps the request side open', async () => {
    const requests: core.StreamSessionRequest[] = [];
    let halfClosed = false;
    let left: Promise<unknown> | undefined;
    const streamSession = (call: SessionCall) => {
      left = once(call, 'cancelled');
      call.on('data', (request: core.StreamSessionRequest) => {
        requests.push(request);
        call.write(envelope('m1'));
      });
      call.on('end', () => (halfClosed = true));
    };
    const scene = new Scene();
    const rust = using(await scripted({ streamSession }));
    const stream = new Reading((signal) => framesOf(rust, scene.request(41), signal));
    await stream.until((frames) => messageIds(frames).length === 1);
    expect(halfClosed).toBe(false);
    await stream.abort();
    await left;
    expect(requests).toMatchObject([{ subscribeSessionId: scene.sessionId, afterSequence: 41n }]);
    expect(requests[0]?.envelope).toBeUndefined();
  });

  it('can be a SessionWatch envelope instead; only the refusal of that very message is passed over', async () => {
    const scene = new Scene();
    for (const naming of [true, false]) {
      let sent: core.StreamSessionRequest | undefined;
      const streamSession = (call: SessionCall) => {
        call.on('data', (request: core.StreamSessionRequest) => {
          sent = request;
          if (naming) call.write(inlineError('FORBIDDEN', 'of somebody else'));
          call.write(inlineError('Forbidden', naming ? request.envelope?.messageId : ''));
          call.write(envelope('m1'));
          call.write(inlineError('InvalidPayload'));
        });
      };
      const rust = using(await scripted({ streamSession }), { subscription: 'session-watch' });
      const stream = reading(rust, scene);
      await stream.until((frames) =>
        frames.some((frame) => frame.kind === 'inline-error' && frame.code === 'InvalidPayload'),
      );
      expect(sent?.subscribeSessionId).toBe('');
      expect(sent?.envelope).toMatchObject({
        macpVersion: '1.0',
        mode: 'macp.mode.decision.v1',
        messageType: 'SessionWatch',
        sessionId: scene.sessionId,
        sender: '',
      });
      expect(JSON.parse(new TextDecoder().decode(sent?.envelope?.payload))).toEqual({ sessionId: scene.sessionId });
      const codes = stream.items.flatMap((frame) => (frame.kind === 'inline-error' ? [frame.code] : []));
      expect(codes).toEqual(naming ? ['FORBIDDEN', 'InvalidPayload'] : ['InvalidPayload']);
      await stream.abort();
    }
  });
});

describe('what comes in', () => {
  it('is delivered without gaps up to the error that cuts it off', async () => {
    const streamSession = (call: SessionCall) => {
      for (let count = 1; count < 1_000; count += 1) call.write(envelope(`m${count}`));
      call.write(envelope('m1000'), () => fail(call, status.RESOURCE_EXHAUSTED, 'too slow'));
    };
    const rust = using(await scripted({ streamSession }), { framesUnreadMax: 4 });
    const seen: string[] = [];
    const consume = async () => {
      for await (const frame of framesOf(rust, new Scene().request(), AbortSignal.timeout(10_000))) {
        if (frame.kind === 'envelope') seen.push(frame.envelope.messageId);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await expect(consume()).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryable: true } });
    // The transport drops what it had not handed over yet; what was handed over has no gap, so that one can resume.
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual(Array.from(seen, (_, index) => `m${index + 1}`));
  });

  it('may end cleanly', async () => {
    const streamSession = (call: SessionCall) => {
      call.write(envelope('m1'));
      call.end();
    };
    const stream = reading(using(await scripted({ streamSession })));
    expect(await stream.done).toBeUndefined();
    expect(stream.items.map(({ kind }) => kind)).toEqual(['ready', 'envelope']);
  });

  it('stands on a connection without headers, and may be nothing for long', async () => {
    let speak: () => void = () => undefined;
    const streamSession = (call: SessionCall) => {
      speak = () => call.write(envelope('m1'));
    };
    const address = await scripted({ streamSession });
    const rust = using(address, { streamOpenDeadlineMs: 50 });
    const stream = reading(rust);
    // Well past the time within which a connection must stand.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(stream.items.map(({ kind }) => kind)).toEqual(['ready']);
    speak();
    await stream.until((frames) => messageIds(frames).length === 1);
    expect(stream.items.map(({ kind }) => kind)).toEqual(['ready', 'envelope']);
    await stream.abort();
  });

  it('names lost history by the code in the trailers', async () => {
    const streamSession = (call: SessionCall) => {
      const metadata = new Metadata();
      metadata.set('macp-error-code', 'HISTORY_UNAVAILABLE');
      metadata.set('macp-error-details-bin', Buffer.from('{"lowest_available_sequence":6}'));
      fail(call, status.FAILED_PRECONDITION, 'gone', metadata);
    };
    const error = await reading(using(await scripted({ streamSession }))).done;
    expect(error).toBeInstanceOf(HistoryUnavailableError);
    expect(error).toMatchObject({ lowestOrdinal: 6, details: { reason: 'HISTORY_UNAVAILABLE' } });
  });

  it('may name lost history only in a sentence, on a stream that stays open', async () => {
    const sentence = 'session history before ordinal 6 was compacted; resume with after_sequence >= 6';
    const rust = using(await scripted({ streamSession: (call) => void call.write(inlineError(sentence)) }));
    const stream = reading(rust);
    await stream.until((frames) => frames.some((frame) => historyLossOf(frame) !== undefined));
    expect(isReady(stream.items)).toBe(true);
    await stream.abort();
  });

  it('clamps times that no number can hold', async () => {
    const value = create(EnvelopeSchema, { messageId: 'm', timestampUnixMs: 2n ** 63n - 1n });
    const streamSession = (call: SessionCall) =>
      void call.write(create(core.StreamSessionResponseSchema, { response: { case: 'envelope', value } }));
    const stream = reading(using(await scripted({ streamSession })));
    const frames = await stream.until((items) => messageIds(items).length === 1);
    expect(frames[1]).toMatchObject({ envelope: { timestampUnixMs: Number.MAX_SAFE_INTEGER } });
    await stream.abort();
  });
});
