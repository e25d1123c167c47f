import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MACPRuntimeService, SessionLifecycleEvent_EventType as EventType } from '../../src/gen/macp/v1/core_pb.js';
import { SessionState, type Ack } from '../../src/gen/macp/v1/envelope_pb.js';
import { encodeFixturePayload } from './support/fixture.js';
import { Heard } from './support/heard.js';
import {
  commitment,
  type ControlName,
  DECISION,
  HANDOFF,
  proposal,
  startPayload,
  statusOf,
  World,
} from './support/world.js';

const { method } = MACPRuntimeService;
const DAY = 86_400_000;

let world: World;
beforeEach(async () => {
  world = await World.open({ tokens: [{ token: 'eyes', sender: 'control-plane', is_observer: true }] });
});
afterEach(() => world.close());

const control = (action: ControlName, id: string, token = 'lead'): Promise<Ack> => world.control(action, token, id);

const codeOf = (ack: Ack): string => (ack.ok ? SessionState[ack.sessionState] : (ack.error?.code ?? ''));

describe('the deadline', () => {
  it('counts from the timestamp of the start, and from our clock if there is none', async () => {
    const given = await world.start({ ttlMs: 1000n }, { timestampUnixMs: BigInt(world.clock - 400) });
    const none = await world.start({ ttlMs: 1000n }, { timestampUnixMs: 0n });
    const expires = async (sessionId: string) => {
      const { metadata } = await world.client.call(method.getSession, 'lead', { sessionId });
      expect(metadata?.startedAtUnixMs).toBe(BigInt(world.clock));
      return Number(metadata?.expiresAtUnixMs) - world.clock;
    };
    expect(await expires(given)).toBe(600);
    expect(await expires(none)).toBe(1000);
  });

  it('is passed only after its last millisecond', async () => {
    const id = await world.start({ ttlMs: 1000n });
    world.clock += 1000;
    expect(codeOf(await world.propose(id, 'm1'))).toBe('OPEN');
    world.clock += 1;
    const late = await world.propose(id, 'm2');
    expect([late.error?.code, late.error?.message]).toEqual(['SESSION_NOT_OPEN', 'TtlExpired']);
    expect((await world.propose(id, 'm2')).error?.message).toBe('SessionNotOpen');
    expect(await world.propose(id, 'm1')).toMatchObject({
      ok: true,
      duplicate: true,
      sessionState: SessionState.EXPIRED,
    });
    expect(await world.history(id)).toEqual(['m0', 'm1']);
  });

  it('is noticed lazily: by a read, a cancel, a suspend and the sweep, but not by a list', async () => {
    const ids = [];
    for (let n = 0; n < 4; n += 1) ids.push(await world.start({ ttlMs: 10n }));
    const [read, cancelled, suspended, swept] = ids as [string, string, string, string];
    world.clock += 11;
    const { sessions } = await world.client.call(method.listSessions, 'a', {});
    expect(sessions.map(({ state }) => state)).toEqual(Array(4).fill(SessionState.OPEN));
    expect(await world.stateOf(read)).toBe('EXPIRED');
    expect(codeOf(await control('cancelSession', cancelled))).toBe('EXPIRED');
    expect(codeOf(await control('suspendSession', suspended))).toBe('SESSION_NOT_OPEN');
    world.server.runtime.sweep();
    expect(world.server.runtime.sessions.find(swept)?.status).toBe('EXPIRED');
  });

  it('may lie in the past from the start', async () => {
    const id = await world.start({ ttlMs: 1000n }, { timestampUnixMs: 1n });
    expect(await world.stateOf(id)).toBe('EXPIRED');
  });
});

describe('suspend and resume', () => {
  it('stops every message and moves the deadline by the pause', async () => {
    const id = await world.start({ ttlMs: 1000n });
    expect(codeOf(await control('suspendSession', id))).toBe('SUSPENDED');
    expect(codeOf(await control('suspendSession', id))).toBe('SESSION_NOT_OPEN');
    expect(codeOf(await world.propose(id, 'm1'))).toBe('SESSION_NOT_OPEN');
    world.clock += 5000;
    expect(await world.stateOf(id)).toBe('SUSPENDED');
    expect(codeOf(await control('resumeSession', id))).toBe('OPEN');
    expect(codeOf(await control('resumeSession', id))).toBe('SESSION_NOT_OPEN');
    world.clock += 1000;
    expect(codeOf(await world.propose(id, 'm1'))).toBe('OPEN');
    world.clock += 1;
    expect(codeOf(await world.propose(id, 'm2'))).toBe('SESSION_NOT_OPEN');
  });

  it('adds the pauses up against the cap of the session', async () => {
    const id = await world.start({ maxSuspendMs: 100n });
    await control('suspendSession', id);
    world.clock += 60;
    expect(codeOf(await control('resumeSession', id))).toBe('OPEN');
    await control('suspendSession', id);
    world.clock += 40;
    expect(await world.stateOf(id)).toBe('SUSPENDED');
    world.clock += 1;
    expect(await world.stateOf(id)).toBe('EXPIRED');
  });

  it('expires at a resume beyond the cap', async () => {
    const id = await world.start({ maxSuspendMs: 100n });
    await control('suspendSession', id);
    world.clock += 101;
    expect(codeOf(await control('resumeSession', id))).toBe('SESSION_NOT_OPEN');
    expect(await world.stateOf(id)).toBe('EXPIRED');
  });

  it('has seven days without a cap, and the sweep leaves suspended sessions alone', async () => {
    const id = await world.start();
    await control('suspendSession', id);
    world.clock += 7 * DAY;
    expect(await world.stateOf(id)).toBe('SUSPENDED');
    world.clock += 1;
    world.server.runtime.sweep();
    expect(world.server.runtime.sessions.find(id)?.status).toBe('SUSPENDED');
    expect(await world.stateOf(id)).toBe('EXPIRED');
  });

  it('tells unknown sessions and strangers by a status', async () => {
    const id = await world.start();
    for (const action of ['cancelSession', 'suspendSession', 'resumeSession'] as const) {
      expect((await statusOf(control(action, 'nothing'))).code).toBe(5);
      expect((await statusOf(control(action, id, 'a'))).code).toBe(7);
      expect((await statusOf(control(action, id, 'eyes'))).code).toBe(7);
      expect((await statusOf(world.control(action, undefined, id))).code).toBe(16);
    }
  });
});

describe('cancel', () => {
  it('ends a session once, and afterwards answers with how it ended', async () => {
    const id = await world.start();
    const ack = await control('cancelSession', id);
    expect(ack).toMatchObject({ ok: true, messageId: '', sessionId: id, sessionState: SessionState.CANCELLED });
    expect(codeOf(await control('cancelSession', id))).toBe('CANCELLED');
    expect(codeOf(await world.propose(id, 'm1'))).toBe('SESSION_NOT_OPEN');
    expect(await world.history(id)).toEqual(['m0']);
  });

  it('does not undo a resolution', async () => {
    const id = await world.start();
    await world.propose(id, 'm1');
    await world.send('lead', { messageType: 'Commitment', sessionId: id, payload: commitment('decision.selected') });
    expect(codeOf(await control('cancelSession', id))).toBe('RESOLVED');
  });

  it('is open to whom the policy lets commit', async () => {
    const rules = { commitment: { authority: 'designated_role', designated_roles: ['control-plane'] } };
    await world.client.call(method.registerPolicy, 'admin', {
      policyDescriptor: { policyId: 'delegated', mode: '*', rules: JSON.stringify(rules), schemaVersion: 1 },
    });
    const id = await world.start({ policyVersion: 'delegated' });
    expect((await statusOf(control('cancelSession', id, 'a'))).code).toBe(7);
    expect(codeOf(await control('suspendSession', id))).toBe('SUSPENDED');
    expect(codeOf(await control('cancelSession', id, 'eyes'))).toBe('CANCELLED');
  });
});

describe('implicit acceptance of a handoff', () => {
  const offer = encodeFixturePayload('macp.modes.handoff.v1.HandoffOfferPayload', {
    handoff_id: 'h1',
    target_participant: 'a',
  });
  const decline = encodeFixturePayload('macp.modes.handoff.v1.HandoffDeclinePayload', { handoff_id: 'h1' });

  async function offered(): Promise<string> {
    const policyId = 'hurried';
    const rules = JSON.stringify({ acceptance: { implicit_accept_timeout_ms: 1000 } });
    await world.client.call(method.registerPolicy, 'admin', {
      policyDescriptor: { policyId, mode: HANDOFF, rules, schemaVersion: 1 },
    });
    const id = await world.start({ participants: ['lead', 'a'], policyVersion: policyId }, { mode: HANDOFF });
    await world.send('lead', {
      mode: HANDOFF,
      messageType: 'HandoffOffer',
      messageId: 'm1',
      sessionId: id,
      payload: offer,
    });
    return id;
  }
  const answer = (sessionId: string): Promise<Ack> =>
    world.send('a', { mode: HANDOFF, messageType: 'HandoffDecline', messageId: 'm2', sessionId, payload: decline });

  it('is written by the runtime before the next message, with the time at which it came true', async () => {
    const id = await offered();
    const heard = world.session('eyes');
    heard.subscribe(id);
    const due = world.clock + 1000;
    world.clock += 4000;
    expect(codeOf(await answer(id))).toBe('INVALID_ENVELOPE');
    await heard.count(3);
    const written = heard.envelopes[2]!;
    expect(written).toMatchObject({ messageType: 'HandoffAccept', messageId: 'implicit-accept:h1', sender: 'a' });
    expect(written.timestampUnixMs).toBe(BigInt(due));
    expect([...written.payload]).toEqual([
      ...encodeFixturePayload('macp.modes.handoff.v1.HandoffAcceptPayload', {
        handoff_id: 'h1',
        accepted_by: 'a',
        reason: 'implicit accept (timeout)',
        implicit: true,
      }),
    ]);
    const ack = await world.send('lead', {
      mode: HANDOFF,
      messageType: 'Commitment',
      messageId: 'm3',
      sessionId: id,
      payload: commitment('handoff.accepted'),
    });
    expect(codeOf(ack)).toBe('RESOLVED');
    expect(await world.history(id)).toEqual(['m0', 'm1', 'implicit-accept:h1', 'm3']);
  });

  it('does not come early, and does not count time in suspension', async () => {
    const id = await offered();
    world.clock += 999;
    await control('suspendSession', id);
    world.clock += 30_000;
    await control('resumeSession', id);
    expect(codeOf(await answer(id))).toBe('OPEN');
  });

  it('keeps its message ids from clients', async () => {
    const id = await offered();
    const init = { mode: HANDOFF, messageType: 'HandoffDecline', sessionId: id, payload: decline };
    expect(codeOf(await world.send('a', { ...init, messageId: 'implicit-accept:h1' }))).toBe('INVALID_ENVELOPE');
  });
});

describe('WatchSessions', () => {
  const heardOf = (watch: ReturnType<World['watchSessions']>) =>
    watch.items.map(({ event }) => [
      EventType[event!.eventType],
      event!.session!.sessionId,
      SessionState[event!.session!.state],
    ]);

  it('begins with one CREATED per session, finished ones too, and goes on with every transition', async () => {
    const old = await world.start();
    await control('cancelSession', old);
    const watch = world.watchSessions('eyes');
    await watch.count(1);
    expect(heardOf(watch)).toEqual([['CREATED', old, 'CANCELLED']]);
    expect(watch.items[0]!.event!.observedAtUnixMs).toBe(watch.items[0]!.event!.session!.startedAtUnixMs);
    const id = await world.start();
    await control('suspendSession', id);
    await control('resumeSession', id);
    await world.propose(id, 'm1');
    await world.send('lead', { messageType: 'Commitment', sessionId: id, payload: commitment('decision.selected') });
    const short = await world.start({ ttlMs: 1n });
    world.clock += 2;
    await world.stateOf(short);
    await watch.count(7);
    expect(heardOf(watch).slice(1)).toEqual([
      ['CREATED', id, 'OPEN'],
      ['SUSPENDED', id, 'SUSPENDED'],
      ['RESUMED', id, 'OPEN'],
      ['RESOLVED', id, 'RESOLVED'],
      ['CREATED', short, 'OPEN'],
      ['EXPIRED', short, 'EXPIRED'],
    ]);
    expect(watch.items.at(-1)!.event!.observedAtUnixMs).toBe(BigInt(world.clock));
  });

  it('needs credentials', async () => {
    expect((await new Heard(world.client.watch(method.watchSessions, undefined, {})).end()).code).toBe(16);
  });
});

describe('WatchSignals', () => {
  it('delivers signals and progress and nothing from before', async () => {
    await world.send('s', { mode: '', messageType: 'Signal', messageId: 'before' });
    const watch = new Heard(world.client.watch(method.watchSignals, 'eyes', {}));
    const id = await world.start();
    const session = world.session('a');
    session.subscribe(id);
    await session.count(1);
    const payload = encodeFixturePayload('macp.v1.SignalPayload', { signal_type: 'hello' });
    const signal = { mode: '', messageType: 'Signal', messageId: 's1', payload };
    expect(codeOf(await world.send('s', signal))).toBe('OPEN');
    expect(await world.send('s', signal)).toMatchObject({ ok: true, duplicate: false });
    expect(codeOf(await world.send('z', { messageType: 'Progress', messageId: 's2', sessionId: id }))).toBe('OPEN');
    expect(codeOf(await world.send('z', { messageType: 'Progress', messageId: 's3', sessionId: 'unknown' }))).toBe(
      'OPEN',
    );
    await watch.count(4);
    expect(watch.items.map(({ envelope }) => [envelope!.messageId, envelope!.sender])).toEqual([
      ['s1', 's'],
      ['s1', 's'],
      ['s2', 'z'],
      ['s3', 'z'],
    ]);
    expect(session.ids).toEqual(['m0']);
    expect(await world.history(id)).toEqual(['m0']);
  });
});

describe('retention', () => {
  it('lets finished sessions go an hour after their start, and frees the id', async () => {
    const id = await world.start({ ttlMs: BigInt(DAY) });
    const open = await world.start({ ttlMs: BigInt(DAY) });
    world.clock += 3_600_001;
    world.server.runtime.sweep();
    expect(await world.stateOf(id)).toBe('OPEN');
    await control('cancelSession', id);
    const follower = world.session('a');
    follower.subscribe(id);
    await follower.count(1);
    world.server.runtime.sweep();
    expect((await statusOf(world.stateOf(id))).code).toBe(5);
    expect(codeOf(await world.propose(id, 'm1'))).toBe('SESSION_NOT_FOUND');
    const { sessions } = await world.client.call(method.listSessions, 'a', {});
    expect(sessions.map(({ sessionId }) => sessionId)).toEqual([open]);
    await world.start({}, { sessionId: id, messageId: 'n0' });
    await world.propose(id, 'n1');
    await follower.count(3);
    expect(follower.ids).toEqual(['m0', 'n0', 'n1']);
  });
});

describe('limits', () => {
  it('counts starts and messages apart, per sender, in a window of a minute', async () => {
    const own = await World.open({ limits: { sessionStartsPerMinuteMax: 2, messagesPerMinuteMax: 2 } });
    try {
      const id = await own.start();
      await own.start();
      const third = {
        messageType: 'SessionStart',
        sessionId: 'one-more-session-than-allowed',
        payload: startPayload(),
      };
      expect(codeOf(await own.send('lead', third))).toBe('RATE_LIMITED');
      expect(codeOf(await own.propose(id, 'm1'))).toBe('OPEN');
      expect(await own.propose(id, 'm1')).toMatchObject({ ok: true, duplicate: true });
      expect(codeOf(await own.propose(id, 'm2'))).toBe('RATE_LIMITED');
      expect(codeOf(await own.send('b', proposal(id, 'm2')))).toBe('OPEN');
      own.clock += 60_000;
      expect(codeOf(await own.send('a', proposal(id, 'm3')))).toBe('OPEN');
      const heard = own.session('b');
      heard.write({ envelope: own.envelope(proposal(id, 'm4')) });
      heard.write({ envelope: own.envelope(proposal(id, 'm5')) });
      heard.write({ envelope: own.envelope(proposal(id, 'm6')) });
      expect(await heard.end()).toMatchObject({ code: 8, details: 'RateLimited' });
    } finally {
      await own.close();
    }
  });

  it('holds an identity to its open sessions', async () => {
    const own = await World.open({ tokens: [{ token: 'lead', sender: 'lead', max_open_sessions: 1 }] });
    try {
      const id = await own.start();
      await expect(own.start()).rejects.toThrow('RateLimited');
      await own.client.call(method.cancelSession, 'lead', { sessionId: id });
      await own.start({ ttlMs: 5n });
      own.clock += 6;
      await own.start();
    } finally {
      await own.close();
    }
  });

  it('has a last session and a last envelope', async () => {
    const own = await World.open({ limits: { sessionsMax: 1, historyMax: 2 } });
    try {
      const id = await own.start();
      await expect(own.start()).rejects.toThrow('RateLimited');
      expect(codeOf(await own.propose(id, 'm1'))).toBe('OPEN');
      expect(codeOf(await own.propose(id, 'm2'))).toBe('RATE_LIMITED');
      expect(await own.propose(id, 'm1')).toMatchObject({ ok: true, duplicate: true });
    } finally {
      await own.close();
    }
  });

  it('takes a payload of the limit and refuses one byte more', async () => {
    const id = await world.start();
    const init = (size: number) => proposal(id, 'm1', { mode: DECISION, payload: new Uint8Array(size) });
    expect((await world.send('a', init(1_048_576))).error?.message).toBe('InvalidPayload');
    expect(codeOf(await world.send('a', init(1_048_577)))).toBe('PAYLOAD_TOO_LARGE');
  });
});
