import { MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitment, proposal, startPayload, World, type EnvelopeInit } from './support/world.js';
import { until } from './support/until.js';
import { encodeFixturePayload } from './support/fixture.js';

const OBSERVER = { token: 'eyes', sender: 'control-plane', is_observer: true, can_start_sessions: false };

let world: World;
beforeEach(async () => {
  world = await World.open({ tokens: [OBSERVER] });
});
afterEach(() => world.close());

describe('a passive subscription', () => {
  it('replays what comes after the ordinal and goes on live, each once', async () => {
    const id = await world.start();
    await world.propose(id, 'm1');
    await world.propose(id, 'm2');
    const heard = world.session('a');
    heard.subscribe(id, 1);
    await heard.count(2);
    await world.propose(id, 'm3');
    await heard.count(3);
    expect(heard.ids).toEqual(['m1', 'm2', 'm3']);
    expect(heard.envelopes.map(({ sender }) => sender)).toEqual(['a', 'a', 'a']);
  });

  it('loses and doubles nothing when envelopes are accepted while it replays', async () => {
    const id = await world.start();
    const expected = ['m0'];
    for (let n = 1; n <= 200; n += 1) {
      expected.push(`m${n}`);
      await world.propose(id, `m${n}`);
    }
    const heard = world.session('eyes');
    heard.subscribe(id);
    for (let n = 201; n <= 400; n += 1) {
      expected.push(`m${n}`);
      await world.propose(id, `m${n}`);
    }
    await heard.count(401);
    expect(heard.ids).toEqual(expected);
  });

  it('is empty at the end of the history, and beyond it goes on live', async () => {
    const id = await world.start();
    for (const after of [1, 99]) {
      const heard = world.session('a');
      heard.subscribe(id, after);
      await until('headers', () => heard.hasHeaders);
      await world.propose(id, `late-${after}`);
      await heard.count(1);
      expect(heard.ids).toEqual([`late-${after}`]);
      heard.cancel();
    }
  });

  it('replays again on a second frame, for the same session only', async () => {
    const id = await world.start();
    const heard = world.session('lead');
    heard.subscribe(id);
    await heard.count(1);
    heard.subscribe(id);
    await heard.count(2);
    await world.propose(id, 'm1');
    await heard.count(3);
    expect(heard.ids).toEqual(['m0', 'm0', 'm1']);
    heard.subscribe(await world.start());
    expect((await heard.end()).code).toBe(3);
  });

  it('shows a missing timestamp as it was when live, and as the time of acceptance when replayed', async () => {
    const id = await world.start();
    const live = world.session('a');
    live.subscribe(id, 1);
    await until('headers', () => live.hasHeaders);
    world.clock += 500;
    await world.propose(id, 'm1', { timestampUnixMs: 0n });
    await live.count(1);
    expect(live.envelopes[0]?.timestampUnixMs).toBe(0n);
    live.subscribe(id, 1);
    await live.count(2);
    expect(live.envelopes[1]?.timestampUnixMs).toBe(BigInt(world.clock));
  });

  it('stays open after the end of the session and after half-close delivers the rest and ends with OK', async () => {
    const id = await world.start();
    await world.propose(id, 'm1');
    const heard = world.session('eyes');
    heard.subscribe(id);
    await world.send('lead', { messageType: 'Commitment', messageId: 'm2', sessionId: id, payload: commitment('x') });
    await heard.count(3);
    expect(heard.status).toBeUndefined();
    heard.halfClose();
    expect((await heard.end()).code).toBe(0);
    expect(await world.history(id)).toEqual(['m0', 'm1', 'm2']);
  });

  it.each(['a', 'lead', 'eyes'])('is open to %s', async (token) => {
    const id = await world.start();
    const heard = world.session(token);
    heard.subscribe(id);
    await heard.count(1);
    expect(heard.errors).toEqual([]);
  });

  it('is refused inline to a stranger, who then hears nothing', async () => {
    const id = await world.start();
    const heard = world.session('z');
    heard.subscribe(id);
    await heard.count(1);
    const witness = world.session('a');
    witness.subscribe(id);
    await world.propose(id, 'm1');
    await witness.count(2);
    expect(heard.items).toHaveLength(1);
    expect(heard.errors[0]).toMatchObject({ messageId: '', details: new Uint8Array() });
    expect(heard.errors[0]?.code).toMatch(/^FORBIDDEN: /);
    expect(heard.errors[0]?.message).toBe(heard.errors[0]?.code);
    expect(heard.status).toBeUndefined();
  });

  it('ends with NOT_FOUND for an unknown session and UNAUTHENTICATED without credentials', async () => {
    const unknown = world.session('a');
    unknown.subscribe('nobody-knows-this-session');
    expect(await unknown.end()).toMatchObject({ code: 5, details: "Session 'nobody-knows-this-session' not found" });
    expect((await world.session(undefined).end()).code).toBe(16);
  });
});

describe('a SessionWatch envelope', () => {
  const watch = (sessionId: string, over: EnvelopeInit = {}) => ({
    envelope: world.envelope({
      messageType: 'SessionWatch',
      sessionId,
      payload: new TextEncoder().encode(JSON.stringify({ sessionId })),
      ...over,
    }),
  });

  it('is refused like any unknown type, and what follows is heard all the same; nothing is replayed', async () => {
    const id = await world.start();
    for (const [index, token] of ['a', 'eyes'].entries()) {
      const heard = world.session(token);
      heard.write(watch(id));
      await heard.count(1);
      expect(heard.errors).toMatchObject([{ code: 'Forbidden', sessionId: id }]);
      await world.propose(id, `m${index + 1}`);
      await heard.count(2);
      expect(heard.ids).toEqual([`m${index + 1}`]);
    }
    expect(await world.history(id)).toEqual(['m0', 'm1', 'm2']);
  });

  it('is refused by the rules of the mode', async () => {
    const mode = 'macp.mode.task.v1';
    const id = await world.start({}, { mode });
    for (const [token, code] of [
      ['a', 'InvalidPayload'],
      ['z', 'Forbidden'],
    ]) {
      const heard = world.session(token);
      heard.write(watch(id, { mode }));
      await heard.count(1);
      expect(heard.errors).toMatchObject([{ code, sessionId: id }]);
    }
  });

  it('waits for a session that is started only later', async () => {
    const id = 'a-session-that-comes-later';
    const heard = world.session('a');
    heard.write(watch(id));
    await heard.count(1);
    expect(heard.errors).toMatchObject([{ code: 'UnknownSession', sessionId: id }]);
    await world.start({}, { sessionId: id });
    await heard.count(2);
    expect(heard.ids).toEqual(['m0']);
  });

  it.each<[string, EnvelopeInit]>([
    ['a mode', { mode: '' }],
    ['a session', { sessionId: '' }],
  ])('without %s binds nothing', async (_what, over) => {
    const id = await world.start();
    const heard = world.session('a');
    heard.write(watch(id, over));
    await heard.count(1);
    expect(heard.errors).toMatchObject([{ code: 'InvalidEnvelope', sessionId: '' }]);
    heard.subscribe(id);
    await heard.count(2);
    expect(heard.ids).toEqual(['m0']);
  });

  it('ends the stream of a session that is over, of one in another mode, and of who claims to be somebody else', async () => {
    const open = await world.start();
    const over = await world.start();
    await world.control('cancelSession', 'lead', over);
    for (const [frame, status] of [
      [watch(over), { code: 3, details: 'SESSION_NOT_OPEN' }],
      [watch(open, { mode: 'macp.mode.task.v1' }), { code: 3 }],
      [watch(open, { sender: 'b' }), { code: 16, details: 'Unauthenticated' }],
    ] as const) {
      const heard = world.session('a');
      heard.write(frame);
      expect(await heard.end()).toMatchObject(status);
      expect(heard.items).toEqual([]);
    }
  });
});

describe('submitting on a stream', () => {
  it('echoes what is accepted, says nothing of duplicates, and tells refusals by their internal name', async () => {
    const id = await world.start();
    const heard = world.session('a');
    heard.write({ envelope: world.envelope(proposal(id, 'm1')) });
    await heard.count(1);
    heard.write({ envelope: world.envelope(proposal(id, 'm1')) });
    heard.write({ envelope: world.envelope(proposal(id, 'm2', { payload: new Uint8Array([0xff]) })) });
    await heard.count(2);
    heard.write({ envelope: world.envelope(proposal(id, 'm3', { macpVersion: '2.0' })) });
    heard.write({ envelope: world.envelope({ messageType: 'Nonsense', sessionId: id }) });
    heard.write({ envelope: world.envelope(proposal(id, 'm4')) });
    await heard.count(5);
    expect(heard.ids).toEqual(['m1', 'm4']);
    expect(heard.errors.map(({ code }) => code)).toEqual(['InvalidPayload', 'InvalidMacpVersion', 'Forbidden']);
    expect(heard.errors[0]).toMatchObject({ message: 'InvalidPayload', messageId: '', sessionId: id });
    expect(heard.errors[0]?.details).toHaveLength(0);
  });

  it('binds to a session that is started only later', async () => {
    const heard = world.session('a');
    const id = 'a-session-that-comes-later';
    heard.write({ envelope: world.envelope(proposal(id, 'm1')) });
    await heard.count(1);
    expect(heard.errors[0]?.code).toBe('UnknownSession');
    await world.start({}, { sessionId: id });
    await heard.count(2);
    expect(heard.ids).toEqual(['m0']);
  });

  it('gives a stranger no view of the session', async () => {
    const id = await world.start();
    const stranger = world.session('z');
    stranger.write({ envelope: world.envelope(proposal(id, 'm1')) });
    await stranger.count(1);
    const witness = world.session('a');
    witness.subscribe(id, 1);
    await world.propose(id, 'm2');
    await witness.count(1);
    stranger.write({ envelope: world.envelope(proposal(id, 'm3')) });
    await stranger.count(2);
    expect(stranger.errors.map(({ code }) => code)).toEqual(['Forbidden', 'Forbidden']);
    expect(stranger.ids).toEqual([]);
  });

  it('tells a denial by policy inline', async () => {
    const id = await world.start({ policyVersion: 'policy.std.majority' });
    await world.propose(id, 'm1');
    const heard = world.session('lead');
    heard.write({
      envelope: world.envelope({ messageType: 'Commitment', sessionId: id, payload: commitment('x.selected') }),
    });
    await heard.count(1);
    expect(heard.errors[0]?.code).toBe('PolicyDenied');
  });

  const endings: [string, number, string, (id: string) => Parameters<ReturnType<World['session']>['write']>[0]][] = [
    ['an empty frame', 3, '', () => ({})],
    ['a frame with both', 3, '', (id) => ({ envelope: world.envelope(proposal(id, 'x')), subscribeSessionId: id })],
    ['another mode', 3, '', (id) => ({ envelope: world.envelope(proposal(id, 'x', { mode: 'macp.mode.task.v1' })) })],
    [
      'another sender',
      16,
      'Unauthenticated',
      (id) => ({ envelope: world.envelope(proposal(id, 'x', { sender: 'b' })) }),
    ],
    ['a message of no session', 3, '', () => ({ envelope: world.envelope({ messageType: 'Signal', mode: '' }) })],
    [
      'a second start',
      6,
      'SessionAlreadyExists',
      (id) => ({ envelope: world.envelope({ messageType: 'SessionStart', sessionId: id, payload: startPayload() }) }),
    ],
    [
      'a malformed session id',
      3,
      'InvalidSessionId',
      () => ({
        envelope: world.envelope({ messageType: 'SessionStart', sessionId: 'short', payload: startPayload() }),
      }),
    ],
    [
      'a payload beyond the limit',
      8,
      'PayloadTooLarge',
      (id) => ({ envelope: world.envelope(proposal(id, 'x', { payload: new Uint8Array(1_048_577) })) }),
    ],
    [
      'a policy of another mode',
      3,
      'InvalidPolicyDefinition',
      () => ({
        envelope: world.envelope({
          messageType: 'SessionStart',
          mode: 'macp.mode.task.v1',
          sessionId: 'another-session-of-22-or-more',
          payload: startPayload({ policyVersion: 'policy.std.majority' }),
        }),
      }),
    ],
  ];
  it.each(endings)('%s ends the stream', async (_what, code, details, frame) => {
    const id = await world.start();
    const heard = world.session('a');
    heard.write(frame(id));
    expect(await heard.end()).toMatchObject(details === '' ? { code } : { code, details });
  });

  it('ends when the session is not open, also for a duplicate', async () => {
    const id = await world.start();
    await world.propose(id, 'm1');
    await world.client.call(MACPRuntimeService.method.suspendSession, 'lead', { sessionId: id });
    for (const messageId of ['m1', 'm2']) {
      const heard = world.session('a');
      heard.write({ envelope: world.envelope(proposal(id, messageId)) });
      expect(await heard.end()).toMatchObject({ code: 3, details: 'SESSION_NOT_OPEN' });
    }
  });
});

describe('a slow reader', () => {
  it('is cut off with RESOURCE_EXHAUSTED, and comes back where it was', async () => {
    const limits = { messagesPerMinuteMax: Infinity, payloadBytesMax: 1_048_576 };
    const own = await World.open({ limits });
    try {
      const id = await own.start();
      await own.propose(id, 'p');
      const slow = own.session('a');
      slow.subscribe(id);
      await slow.count(2);
      slow.call.pause();
      const payload = encodeFixturePayload('macp.modes.decision.v1.EvaluationPayload', {
        proposal_id: 'p',
        recommendation: 'APPROVE',
        reason: 'x'.repeat(16_000),
      });
      for (let n = 0; n < 500; n += 1) {
        const ack = await own.send('a', { messageType: 'Evaluation', messageId: `e${n}`, sessionId: id, payload });
        expect(ack.ok).toBe(true);
      }
      slow.call.resume();
      expect((await slow.end()).code).toBe(8);
      const seen = slow.ids.length;
      expect(seen).toBeLessThan(502);
      const again = own.session('a');
      again.subscribe(id, seen);
      await again.count(502 - seen);
      expect([...slow.ids, ...again.ids].slice(2)).toEqual(Array.from({ length: 500 }, (_, n) => `e${n}`));
    } finally {
      await own.close();
    }
  });
});
