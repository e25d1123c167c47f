import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { encodeFixturePayload } from './support/fixture.js';
import { DECISION, startPayload, statusOf, World } from './support/world.js';

const { method } = MACPRuntimeService;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('Send', () => {
  it('has a status of its own only without an envelope', async () => {
    expect((await statusOf(world.client.call(method.send, undefined, {}))).code).toBe(3);
  });

  it.each<[string, object, string]>([
    ['another version', { macpVersion: '1.1' }, 'UNSUPPORTED_PROTOCOL_VERSION'],
    ['no type', { messageType: '' }, 'INVALID_ENVELOPE'],
    ['no id', { messageId: '' }, 'INVALID_ENVELOPE'],
    ['no session', { sessionId: '' }, 'INVALID_ENVELOPE'],
    ['a blank mode', { mode: ' ' }, 'INVALID_ENVELOPE'],
    ['another mode', { mode: 'macp.mode.task.v1' }, 'INVALID_ENVELOPE'],
    ['an unknown session', { sessionId: 'unknown' }, 'SESSION_NOT_FOUND'],
    ['a signal with a session', { messageType: 'Signal' }, 'INVALID_ENVELOPE'],
    ['a signal with a mode', { messageType: 'Signal', sessionId: '' }, 'INVALID_ENVELOPE'],
    [
      'a signal without a type',
      { messageType: 'Signal', sessionId: '', mode: '', payload: new Uint8Array([26, 0]) },
      'INVALID_ENVELOPE',
    ],
    ['progress with a mode only', { messageType: 'Progress', sessionId: '' }, 'INVALID_ENVELOPE'],
    ['progress with a session only', { messageType: 'Progress', mode: '' }, 'INVALID_ENVELOPE'],
    ['a client-sent cancel', { messageType: 'SessionCancel' }, 'FORBIDDEN'],
    ['a text where a number belongs', { payload: new Uint8Array([8, 1]) }, 'INVALID_ENVELOPE'],
    ['text that is not UTF-8', { payload: new Uint8Array([10, 1, 0xff]) }, 'INVALID_ENVELOPE'],
  ])('refuses %s in the ack', async (_what, over, code) => {
    const id = await world.start();
    const ack = await world.propose(id, 'm1', over);
    expect([ack.ok, ack.error?.code]).toEqual([false, code]);
    expect(ack.sessionState).toBe(0);
    expect(ack.acceptedAtUnixMs).toBe(BigInt(world.clock));
  });

  it.each<[string, object, object, string]>([
    ['a short id', {}, { sessionId: 'short' }, 'INVALID_SESSION_ID'],
    ['an uppercase UUID', {}, { sessionId: '3F0C6A52-9D1E-4B7A-8C35-1F2E3D4C5B6A' }, 'INVALID_SESSION_ID'],
    ['a UUID of version 1', {}, { sessionId: '3f0c6a52-9d1e-1b7a-8c35-1f2e3d4c5b6a' }, 'INVALID_SESSION_ID'],
    ['an unknown mode', {}, { mode: 'x.unknown' }, 'MODE_NOT_SUPPORTED'],
    ['an empty payload', {}, { payload: new Uint8Array() }, 'INVALID_ENVELOPE'],
    ['a JSON payload', {}, { payload: new TextEncoder().encode('{"ttl_ms":1}') }, 'INVALID_ENVELOPE'],
    ['no mode version', { modeVersion: '' }, {}, 'INVALID_ENVELOPE'],
    ['another mode version', { modeVersion: '1.0.1' }, {}, 'INVALID_ENVELOPE'],
    ['no configuration version', { configurationVersion: ' ' }, {}, 'INVALID_ENVELOPE'],
    ['no participants', { participants: [] }, {}, 'INVALID_ENVELOPE'],
    ['a blank participant', { participants: ['a', ' '] }, {}, 'INVALID_ENVELOPE'],
    ['a participant twice', { participants: ['a', ' a '] }, {}, 'INVALID_ENVELOPE'],
    [
      'too many participants',
      { participants: Array.from({ length: 1001 }, (_, n) => `p${n}`) },
      {},
      'INVALID_ENVELOPE',
    ],
    ['no time to live', { ttlMs: 0n }, {}, 'INVALID_ENVELOPE'],
    ['more than a day', { ttlMs: 86_400_001n }, {}, 'INVALID_ENVELOPE'],
    ['a negative suspend cap', { maxSuspendMs: -1n }, {}, 'INVALID_ENVELOPE'],
    ['an unknown policy', { policyVersion: 'none' }, {}, 'UNKNOWN_POLICY_VERSION'],
    [
      'a policy of another mode',
      { policyVersion: 'policy.std.majority' },
      { mode: 'macp.mode.task.v1' },
      'INVALID_POLICY_DEFINITION',
    ],
    ['a task without a worker', { participants: ['lead'] }, { mode: 'macp.mode.task.v1' }, 'INVALID_ENVELOPE'],
    ['a handoff by an outsider', {}, { mode: 'macp.mode.handoff.v1' }, 'INVALID_ENVELOPE'],
    ['a handoff of one', { participants: ['lead'] }, { mode: 'macp.mode.handoff.v1' }, 'INVALID_ENVELOPE'],
  ])('does not start with %s', async (_what, terms, over, code) => {
    const init = {
      messageType: 'SessionStart',
      sessionId: 'a-session-id-of-22-characters',
      payload: startPayload(terms),
    };
    expect((await world.send('lead', { ...init, ...over })).error?.code).toBe(code);
  });

  it('takes a repeated start for a duplicate and a second one for a conflict', async () => {
    const id = await world.start();
    const init = { messageType: 'SessionStart', sessionId: id, payload: startPayload() };
    expect(await world.send('lead', { ...init, messageId: 'm0' })).toMatchObject({ ok: true, duplicate: true });
    expect((await world.send('lead', { ...init, messageId: 'm1' })).error?.code).toBe('SESSION_ALREADY_EXISTS');
  });

  it('keeps the id of a refused message free, and an accepted one taken for good', async () => {
    const id = await world.start();
    expect((await world.propose(id, 'm1', { payload: new Uint8Array() })).ok).toBe(false);
    expect(await world.propose(id, 'm1')).toMatchObject({ ok: true, duplicate: false });
    const vote = encodeFixturePayload('macp.modes.decision.v1.VotePayload', { proposal_id: 'm1', vote: 'REJECT' });
    const other = await world.send('z', { messageType: 'Vote', messageId: 'm1', sessionId: id, payload: vote });
    expect(other).toMatchObject({ ok: true, duplicate: true });
    expect(await world.history(id)).toEqual(['m0', 'm1']);
  });

  it('tells what a session has become', async () => {
    const extensions = { k: new Uint8Array([1]) };
    const id = await world.start({ contextId: 'ctx', extensions, intent: 'i' });
    await world.propose(id, 'm1');
    world.clock += 10;
    await world.propose(id, 'm2');
    const { metadata } = await world.client.call(method.getSession, 'a', { sessionId: id });
    expect(metadata).toMatchObject({
      sessionId: id,
      mode: DECISION,
      initiator: 'lead',
      participants: ['a', 'b', 'c'],
      policyVersion: 'policy.default',
      contextId: 'ctx',
      extensionKeys: ['k'],
      participantActivity: [{ participantId: 'a', messageCount: 2, lastMessageAtUnixMs: BigInt(world.clock) }],
    });
  });
});
