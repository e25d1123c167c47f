import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionLifecycle } from '../../src/contracts/session.js';
import { payloadCodec } from '../../src/runtime/proto-registry.js';
import type { RuntimeFrame } from '../../src/runtime/runtime-provider.interface.js';
import type { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';
import type { RunningRuntime } from '../support/rust-runtime.js';
import {
  ALICE,
  LEAD,
  Reading,
  Scene,
  isReady,
  messageTypes,
  provider,
  untilDelivered,
  type StartRuntime,
  framesOf,
} from './runtime-scene.js';

/** What is heard on subscriptions and watches. */
export function describeStreams(start: StartRuntime): void {
  let runtime: RunningRuntime;
  let rust: RustRuntimeProvider;

  beforeAll(async () => {
    runtime = await start({});
    rust = provider(runtime.address);
  });
  afterAll(async () => {
    await rust.close();
    await runtime.stop();
  });

  async function started(fields = {}): Promise<Scene> {
    const scene = new Scene();
    expect(await rust.startSession(scene.start(fields))).toMatchObject({ ok: true });
    return scene;
  }

  function subscribed(scene: Scene, after = 0, as = LEAD): Reading<RuntimeFrame> {
    return new Reading((signal) => framesOf(rust, scene.request(after, as), signal));
  }

  it('replays a session from the beginning and after an ordinal, then goes on live', async () => {
    const scene = await started();
    await rust.send(scene.proposal('p1'));
    const all = subscribed(scene);
    const later = subscribed(scene, 1, ALICE);
    await all.until((frames) => messageTypes(frames).length === 2);
    await later.until((frames) => messageTypes(frames).length === 1);
    await rust.send(scene.evaluation('p1'));
    await rust.send(scene.commitment());
    await all.until((frames) => messageTypes(frames).includes('Commitment'));
    await later.until((frames) => messageTypes(frames).includes('Commitment'));
    expect(all.items[0]).toMatchObject({ kind: 'ready' });
    expect(messageTypes(all.items)).toEqual(['SessionStart', 'Proposal', 'Evaluation', 'Commitment']);
    expect(messageTypes(later.items)).toEqual(['Proposal', 'Evaluation', 'Commitment']);
    expect(all.items[1]).toMatchObject({ envelope: { sender: LEAD, sessionId: scene.sessionId, macpVersion: '1.0' } });
    expect(await all.abort()).toBeUndefined();
    expect(await later.abort()).toBeUndefined();
  });

  it('keeps payload bytes and the sender’s time as they were', async () => {
    const scene = await started();
    const proposal = scene.proposal('p1');
    await rust.send(proposal);
    const reading = subscribed(scene, 1);
    await reading.until((frames) => messageTypes(frames).length === 1);
    expect(reading.items.find((frame) => frame.kind === 'envelope')).toMatchObject({ envelope: proposal });
    await reading.abort();
  });

  it('leaves a silent stream open until something happens, also after the end of the session', async () => {
    const scene = await started();
    const reading = subscribed(scene, 1);
    await reading.until(isReady);
    // Another stream over the same connection lives and dies meanwhile.
    const other = subscribed(scene);
    await other.until((frames) => messageTypes(frames).length === 1);
    await other.abort();
    await rust.send(scene.proposal('p1'));
    await reading.until((frames) => messageTypes(frames).includes('Proposal'));
    await rust.cancelSession({ sessionId: scene.sessionId, reason: 'enough', as: LEAD });
    expect((await rust.getSession(scene.sessionId, LEAD)).state).toBe('SESSION_STATE_CANCELLED');
    const ended = await Promise.race([reading.done.then(() => true), rust.health().then(() => false)]);
    expect(ended).toBe(false);
    expect(await reading.abort()).toBeUndefined();
  });

  it('tells an outsider inline that the session is not for them', async () => {
    const scene = await started();
    const reading = subscribed(scene, 0, 'agent://stranger');
    const frames = await reading.until((items) => items.some((frame) => frame.kind === 'inline-error'));
    const error = frames.find((frame) => frame.kind === 'inline-error');
    expect(`${String(error?.code)} ${String(error?.message)}`).toMatch(/forbidden/i);
    expect(messageTypes(frames)).toEqual([]);
    await reading.abort();
  });

  it('fails a subscription to an unknown session', async () => {
    const reading = subscribed(new Scene());
    expect(await reading.done).toMatchObject({ code: 'SESSION_NOT_FOUND', details: { grpcStatus: 'NOT_FOUND' } });
  });

  it('reads live traffic through a SessionWatch envelope, past the refusal of it', async () => {
    const watcher = provider(runtime.address, { subscription: 'session-watch' });
    const scene = await started();
    const reading = new Reading((signal) => framesOf(watcher, scene.request(), signal));
    await reading.until(isReady);
    await untilDelivered(
      async (attempt) => {
        await rust.send(scene.proposal(`p${attempt}`));
      },
      () => messageTypes(reading.items).includes('Proposal'),
    );
    expect(reading.items.filter((frame) => frame.kind === 'inline-error')).toEqual([]);
    await reading.abort();
    await watcher.close();
  });

  it('watches sessions: those there are first, then every change', async () => {
    const before = await started();
    const watching = new Reading((signal) => rust.watchSessions(signal));
    const of = (scene: Scene) => (events: readonly SessionLifecycle[]) =>
      events.filter(({ session }) => session?.sessionId === scene.sessionId).map(({ eventType }) => eventType);
    await watching.until((events) => of(before)(events).includes('CREATED'));
    const after = await started();
    const command = { sessionId: after.sessionId, reason: 'test', as: LEAD };
    await rust.suspendSession(command);
    await rust.resumeSession(command);
    await rust.send(after.proposal('p1'));
    await rust.send(after.commitment());
    await rust.cancelSession({ ...command, sessionId: before.sessionId });
    await watching.until((events) => of(before)(events).includes('CANCELLED'));
    expect(of(after)(watching.items)).toEqual(['CREATED', 'SUSPENDED', 'RESUMED', 'RESOLVED']);
    expect(watching.items.at(-1)?.observedAt).toMatch(/^\d{4}-\d\d-\d\dT.*\.\d{3}Z$/);
    expect(await watching.abort()).toBeUndefined();
  });

  it('watches signals and progress of all sessions', async () => {
    const watching = new Reading((signal) => rust.watchSignals(signal));
    const scene = await started();
    const signal = (messageType: string, payload: object, session: object) => ({
      ...scene.envelope(ALICE, messageType, { ...payload }),
      ...session,
    });
    await untilDelivered(
      async () => {
        const data = { signalType: 'note', data: { n: 1 }, correlationSessionId: scene.sessionId };
        const ack = await rust.send(signal('Signal', data, { sessionId: '', mode: '' }));
        expect(ack).toMatchObject({ ok: true });
      },
      () => watching.items.length > 0,
    );
    const progress = signal('Progress', { progressToken: 't', progress: 1, total: 2 }, {});
    expect(await rust.send(progress)).toMatchObject({ ok: true });
    await watching.until((items) => items.some(({ envelope }) => envelope.messageType === 'Progress'));
    const first = watching.items[0]!.envelope;
    expect(payloadCodec.decode(first.mode, first.messageType, first.payload)).toMatchObject({
      encoding: 'proto',
      payload: { signalType: 'note', data: { n: 1 }, correlationSessionId: scene.sessionId },
    });
    expect(watching.items.find(({ envelope }) => envelope.messageType === 'Progress')?.envelope).toMatchObject({
      sender: ALICE,
      sessionId: scene.sessionId,
    });
    expect(await watching.abort()).toBeUndefined();
  });

  it('carries 300 subscriptions over several connections and gives them back', async () => {
    const many = provider(runtime.address);
    const scene = await started();
    const readings = Array.from(
      { length: 300 },
      () => new Reading((signal) => framesOf(many, scene.request(1), signal)),
    );
    await Promise.all(readings.map((reading) => reading.until(isReady, 20_000)));
    expect(many.streamChannels).toBe(3);
    // Unary calls still get through beside them.
    expect(await many.send(scene.proposal('p1'))).toMatchObject({ ok: true });
    await Promise.all(readings.map((reading) => reading.until((frames) => messageTypes(frames).length === 1, 20_000)));
    await Promise.all(readings.map((reading) => reading.abort()));
    expect(many.streamChannels).toBe(0);
    await many.close();
  });

  it('refuses streams beyond its limit with an error that asks to try again', async () => {
    const narrow = provider(runtime.address, { streamsPerChannelMax: 2, streamChannelsMax: 1 });
    const scene = await started();
    const open = () => new Reading((signal) => framesOf(narrow, scene.request(), signal));
    const held = [open(), open()];
    await Promise.all(held.map((reading) => reading.until(isReady)));
    expect(await open().done).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      details: { reason: 'STREAM_LIMIT', retryable: true },
    });
    await held[0]!.abort();
    const next = open();
    await next.until(isReady);
    await Promise.all([held[1]!.abort(), next.abort()]);
    await narrow.close();
  });

  it('can break off a subscription in the middle', async () => {
    const own = provider(runtime.address);
    const scene = await started();
    for await (const frame of framesOf(own, scene.request(), AbortSignal.timeout(10_000))) {
      if (frame.kind === 'envelope') break;
    }
    expect(own.streamChannels).toBe(0);
    await own.close();
  });

  it('ends its streams with an error when it is closed, and refuses later calls', async () => {
    const own = provider(runtime.address);
    const scene = await started();
    const reading = new Reading((signal) => framesOf(own, scene.request(), signal));
    await reading.until(isReady);
    await own.close();
    expect(await reading.done).toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    await expect(own.getManifest()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
}
