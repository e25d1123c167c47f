import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';
import type { RunningRuntime, RuntimeToken } from '../support/rust-runtime.js';
import {
  ALICE,
  Chatter,
  Gate,
  LEAD,
  Reading,
  Scene,
  credentials,
  isReady,
  messageIds,
  messageTypes,
  provider,
  untilAnswered,
  type StartRuntime,
  framesOf,
} from './runtime-scene.js';

const TOKENS: readonly RuntimeToken[] = [
  { token: 'lead-token', sender: LEAD },
  { token: 'alice-token', sender: ALICE, can_start_sessions: false },
  { token: 'cp-token', sender: 'control-plane', can_start_sessions: false, is_observer: true },
];

/** Who may speak and read. */
export function describeTokens(start: StartRuntime): void {
  let runtime: RunningRuntime;
  const opened: RustRuntimeProvider[] = [];

  beforeAll(async () => {
    runtime = await start({ tokens: TOKENS });
  });
  afterAll(async () => {
    await Promise.all(opened.map((rust) => rust.close()));
    await runtime.stop();
  });

  function speakingWith(tokens: Readonly<Record<string, string>>, serviceToken?: string): RustRuntimeProvider {
    const config = { devIdentity: false, tokens: new Map(Object.entries(tokens)), serviceToken };
    const rust = provider(runtime.address, { credentials: credentials(config) });
    opened.push(rust);
    return rust;
  }

  it('uses each participant’s own token, and reads everything as an observer', async () => {
    const rust = speakingWith({ [LEAD]: 'lead-token', [ALICE]: 'alice-token' }, 'cp-token');
    const scene = new Scene();
    expect(await rust.startSession(scene.start())).toMatchObject({ ok: true });
    expect(await rust.send(scene.proposal('p1', ALICE))).toMatchObject({ ok: true });
    expect(await rust.getSession(scene.sessionId, undefined)).toMatchObject({ initiator: LEAD });
    const reading = new Reading((signal) => framesOf(rust, { ...scene.request(), as: undefined }, signal));
    await reading.until((frames) => messageTypes(frames).length === 2);
    expect(await reading.abort()).toBeUndefined();
  });

  it('does not speak for those whose token it does not have', async () => {
    const rust = speakingWith({ [LEAD]: 'lead-token' });
    const scene = new Scene();
    await rust.startSession(scene.start());
    expect(rust.hasCredentialsFor(ALICE)).toBe(false);
    await expect(rust.send(scene.proposal('p1', ALICE))).rejects.toMatchObject({ code: 'CREDENTIALS_MISSING' });
    await expect(rust.getSession(scene.sessionId, undefined)).rejects.toMatchObject({ code: 'CREDENTIALS_MISSING' });
    expect(await rust.initialize()).toMatchObject({ protocolVersion: '1.0' });
  });

  it('tells refused credentials from a refused message', async () => {
    const rust = speakingWith({ [LEAD]: 'wrong-token', [ALICE]: 'lead-token' }, 'wrong-token');
    const scene = new Scene();
    expect(await rust.startSession(scene.start())).toMatchObject({ ok: false, errorCode: 'UNAUTHENTICATED' });
    expect(await rust.send(scene.proposal('p1', ALICE))).toMatchObject({ ok: false, errorCode: 'UNAUTHENTICATED' });
    const refused = { code: 'RUNTIME_CREDENTIALS_REFUSED', details: { grpcStatus: 'UNAUTHENTICATED' } };
    await expect(rust.getSession(scene.sessionId, undefined)).rejects.toMatchObject(refused);
    const watching = new Reading((signal) => rust.watchSessions(signal));
    expect(await watching.done).toMatchObject(refused);
  });
}

/** The runtime goes away and comes back. */
export function describeRestart(start: StartRuntime): void {
  let runtime: RunningRuntime;

  beforeAll(async () => {
    runtime = await start({ durable: true });
  });
  afterAll(() => runtime.stop());

  it('breaks with an error that asks to try again, and resumes where it was', async () => {
    const rust = provider(runtime.address);
    const scene = new Scene();
    await rust.startSession(scene.start());
    await rust.send(scene.proposal('p1'));
    const first = new Reading((signal) => framesOf(rust, scene.request(), signal));
    await first.until((frames) => messageTypes(frames).length === 2);
    const described = await rust.initialize();
    await runtime.restart();
    expect(await first.done).toMatchObject({ details: { retryable: true } });
    await untilAnswered(() => rust.initialize());
    expect(await rust.initialize()).not.toBe(described);
    const second = new Reading((signal) => framesOf(rust, scene.request(2), signal));
    await second.until(isReady);
    await rust.send(scene.evaluation('p1'));
    await second.until((frames) => messageTypes(frames).length === 1);
    const whole = new Reading((signal) => framesOf(rust, scene.request(), signal));
    await whole.until((frames) => messageTypes(frames).length === 3);
    expect(messageIds(whole.items)).toEqual([...messageIds(first.items), ...messageIds(second.items)]);
    await Promise.all([second.abort(), whole.abort()]);
    await rust.close();
  });

  it('says that a runtime is away, and finds it again', async () => {
    const rust = provider(runtime.address);
    const scene = new Scene();
    await rust.startSession(scene.start());
    await runtime.kill();
    await expect(rust.getSession(scene.sessionId, LEAD)).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      details: { retryable: true },
    });
    const reading = new Reading((signal) => framesOf(rust, scene.request(), signal));
    expect(await reading.done).toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    expect(await rust.health()).toMatchObject({ ok: false });
    await runtime.restart();
    expect(await untilAnswered(() => rust.getSession(scene.sessionId, LEAD))).toMatchObject({ initiator: LEAD });
    await rust.close();
  });
}

/** How a consumer fares that is slower than its session. */
export function describeSlowConsumer(start: StartRuntime): void {
  const MESSAGES = 2_000;
  // Together far more than sockets and HTTP/2 windows can swallow, so that the runtime feels the back-pressure.
  const PADDING_BYTES = 4_000;
  const RECONNECTS_MAX = 100;

  it('gets all frames in order, or a typed error to resume from', async () => {
    const runtime = await start({});
    const rust = provider(runtime.address);
    const slow = provider(runtime.address, { framesUnreadMax: 8 });
    const scene = new Chatter();
    expect(await rust.startSession(scene.start())).toMatchObject({ ok: true });
    const seen: string[] = [];
    const gate = new Gate();
    const consume = async () => {
      for (let attempt = 0; seen.length < MESSAGES; attempt += 1) {
        expect(attempt).toBeLessThan(RECONNECTS_MAX);
        try {
          for await (const frame of framesOf(slow, scene.request(1 + seen.length), AbortSignal.timeout(60_000))) {
            await gate.passed;
            if (frame.kind === 'envelope') seen.push(frame.envelope.messageId);
            if (seen.length === MESSAGES) break;
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { retryable: true } });
        }
      }
    };
    const consumed = consume();
    for (let sent = 0; sent < MESSAGES; sent += 50) {
      const batch = Array.from({ length: 50 }, (_, index) => scene.contribution(`v${sent + index}`, PADDING_BYTES));
      const acks = await Promise.all(batch.map((envelope) => rust.send(envelope)));
      expect(acks.every(({ ok }) => ok)).toBe(true);
    }
    gate.open();
    await consumed;
    const whole = new Reading((signal) => framesOf(rust, scene.request(1), signal));
    await whole.until((frames) => messageIds(frames).length === MESSAGES);
    expect(seen).toEqual(messageIds(whole.items));
    expect(new Set(seen).size).toBe(MESSAGES);
    await whole.abort();
    await Promise.all([slow.close(), rust.close()]);
    await runtime.stop();
  });
}
