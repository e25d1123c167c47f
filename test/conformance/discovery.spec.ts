import { Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { startEmbeddedRuntime } from '../../src/embedded-runtime/embedded-runtime.server.js';
import { Heard } from './support/heard.js';
import { commitment, DECISION, proposal, startPayload, statusOf, World } from './support/world.js';

const { method } = MACPRuntimeService;
const BUILT_IN = ['decision', 'proposal', 'task', 'handoff', 'quorum'].map((name) => `macp.mode.${name}.v1`);

let world: World;
beforeEach(async () => {
  world = await World.open({ version: '9.9.9' });
});
afterEach(() => world.close());

describe('Initialize', () => {
  it('needs no credentials and tells what this runtime is', async () => {
    const answer = await world.client.call(method.initialize, undefined, { supportedProtocolVersions: ['2.0', '1.0'] });
    expect(answer.selectedProtocolVersion).toBe('1.0');
    expect(answer.runtimeInfo).toMatchObject({ name: 'macp-embedded-runtime', version: '9.9.9' });
    expect(answer.supportedModes).toEqual(['ext.multi_round.v1', ...[...BUILT_IN].sort()]);
    expect(answer.capabilities).toMatchObject({
      sessions: { stream: true, listSessions: true, watchSessions: true },
      cancellation: { cancelSession: true },
      roots: { listRoots: true, listChanged: false },
      policyRegistry: { registerPolicy: true, listPolicies: true, listChanged: true },
      experimental: { features: { ext_mode_lifecycle: 'true' } },
    });
  });

  it('refuses no version and a foreign version', async () => {
    expect((await statusOf(world.client.call(method.initialize, undefined, {}))).code).toBe(3);
    const foreign = await statusOf(
      world.client.call(method.initialize, undefined, { supportedProtocolVersions: ['2.0'] }),
    );
    expect(foreign).toMatchObject({ code: 9 });
    expect(foreign.details).toMatch(/^UNSUPPORTED_PROTOCOL_VERSION/);
  });
});

describe('modes', () => {
  const extension = (over = {}) => ({
    modeDescriptor: {
      mode: 'x.review.v1',
      modeVersion: '2.1',
      title: 'Review',
      messageTypes: ['SessionStart', 'Note', 'Commitment'],
      terminalMessageTypes: ['Commitment'],
      ...over,
    },
  });

  it('lists the standards track in its order and extensions apart', async () => {
    const { modes } = await world.client.call(method.listModes, undefined, {});
    expect(modes.map(({ mode }) => mode)).toEqual(BUILT_IN);
    expect(
      modes.every(({ modeVersion, messageTypes }) => modeVersion === '1.0.0' && messageTypes[0] === 'SessionStart'),
    ).toBe(true);
    const { modes: extensions } = await world.client.call(method.listExtModes, undefined, {});
    expect(extensions.map(({ mode }) => mode)).toEqual(['ext.multi_round.v1']);
  });

  it.each([
    ['an empty name', { mode: '' }],
    ['a reserved name', { mode: 'macp.mode.mine.v1' }],
    ['a taken name', { mode: 'ext.multi_round.v1' }],
    ['no message types', { messageTypes: [] }],
    ['no version', { modeVersion: '' }],
    ['no terminal type', { terminalMessageTypes: [] }],
    ['another terminal type', { terminalMessageTypes: ['Note'] }],
    ['a terminal type that is not listed', { messageTypes: ['Note'] }],
  ])('does not register %s', async (_what, over) => {
    const answer = await world.client.call(method.registerExtMode, 'admin', extension(over));
    expect(answer.ok).toBe(false);
    expect(answer.error).not.toBe('');
  });

  it('registers, passes messages through, promotes and unregisters', async () => {
    const watch = new Heard(world.client.watch(method.watchModeRegistry, undefined, {}));
    await watch.count(1);
    expect(await world.client.call(method.registerExtMode, 'admin', extension())).toMatchObject({ ok: true });
    await watch.count(2);
    const mode = 'x.review.v1';
    const id = await world.start({ participants: [], modeVersion: '', configurationVersion: '' }, { mode });
    const note = (token: string, type = 'Note') => world.send(token, { mode, messageType: type, sessionId: id });
    expect((await note('anybody')).ok).toBe(true);
    expect((await note('anybody', 'Other')).error?.code).toBe('INVALID_ENVELOPE');
    expect((await note('anybody', 'Commitment')).error?.code).toBe('FORBIDDEN');
    expect((await note('lead', 'Commitment')).error?.code).toBe('INVALID_ENVELOPE');
    const payload = commitment('review.completed', { mode_version: '2.1', configuration_version: '' });
    expect((await world.send('lead', { mode, messageType: 'Commitment', sessionId: id, payload })).ok).toBe(true);
    const { metadata } = await world.client.call(method.getSession, 'lead', { sessionId: id });
    expect(metadata).toMatchObject({ modeVersion: '2.1', configurationVersion: '', policyVersion: 'policy.default' });

    const promote = (promotedModeName: string, from = mode) =>
      world.client.call(method.promoteMode, 'admin', { mode: from, promotedModeName });
    expect((await promote('macp.mode.review.v1')).ok).toBe(false);
    expect((await promote(DECISION)).ok).toBe(false);
    expect((await promote('', 'x.unknown')).ok).toBe(false);
    expect(await promote('x.review.v2')).toMatchObject({ ok: true, mode: 'x.review.v2' });
    await watch.count(3);
    await expect(world.start({ modeVersion: '2.1' }, { mode })).rejects.toThrow('UnknownMode');
    await expect(world.start({ modeVersion: '2.1', participants: [] }, { mode: 'x.review.v2' })).rejects.toThrow(
      'InvalidPayload',
    );
    await world.start({ modeVersion: '2.1' }, { mode: 'x.review.v2' });
    const { modes } = await world.client.call(method.listModes, undefined, {});
    expect(modes.map((item) => item.mode)).toEqual([...BUILT_IN, 'x.review.v2']);
    const unregister = (name: string) => world.client.call(method.unregisterExtMode, 'admin', { mode: name });
    for (const kept of ['x.review.v2', 'ext.multi_round.v1', DECISION, 'x.unknown'])
      expect((await unregister(kept)).ok).toBe(false);
  });

  it('leaves the sessions of an unregistered mode to be cancelled', async () => {
    await world.client.call(method.registerExtMode, 'admin', extension());
    const mode = 'x.review.v1';
    const id = await world.start({ modeVersion: '2.1' }, { mode });
    expect(await world.client.call(method.unregisterExtMode, 'admin', { mode })).toMatchObject({ ok: true });
    expect((await world.send('a', { mode, messageType: 'Note', sessionId: id })).error?.code).toBe(
      'MODE_NOT_SUPPORTED',
    );
    expect((await world.client.call(method.cancelSession, 'lead', { sessionId: id })).ack?.ok).toBe(true);
  });
});

describe('policies', () => {
  const policy = (over: object, rules: unknown = {}) => ({
    policyDescriptor: {
      policyId: 'p1',
      mode: DECISION,
      rules: typeof rules === 'string' ? rules : JSON.stringify(rules),
      schemaVersion: 1,
      ...over,
    },
  });
  const register = (over: object = {}, rules: unknown = {}) =>
    world.client.call(method.registerPolicy, 'admin', policy(over, rules));

  it.each<[string, object, unknown]>([
    ['a blank id', { policyId: ' ' }, {}],
    ['the default', { policyId: 'policy.default' }, {}],
    ['the reserved prefix', { policyId: 'policy.std.mine' }, {}],
    ['schema version 0', { schemaVersion: 0 }, {}],
    ['text that is not JSON', {}, '{'],
    ['rules that are no object', {}, []],
    ['a wrong type', {}, { voting: { threshold: '0.5' } }],
    ['weighted without weights', {}, { voting: { algorithm: 'weighted' } }],
    ['empty weights', {}, { voting: { weights: {} } }],
    ['a weight of nothing', {}, { voting: { algorithm: 'weighted', weights: { a: 0 } } }],
    ['supermajority at a half', {}, { voting: { algorithm: 'supermajority', threshold: 0.5 } }],
    ['majority below a half', {}, { voting: { algorithm: 'majority', threshold: 0.4 } }],
    ['a threshold of nothing', {}, { voting: { threshold: 0 } }],
    ['a threshold above one', {}, { voting: { threshold: 1.1 } }],
    ['a negative quorum', {}, { voting: { quorum: { value: -1 } } }],
    ['a veto threshold of 0', {}, { objection_handling: { veto_threshold: 0 } }],
    ['a confidence above one', {}, { evaluation: { minimum_confidence: 1.5 } }],
    ['designated_role without roles', {}, { commitment: { authority: 'designated_role' } }],
    ['half a round', { mode: 'macp.mode.proposal.v1' }, { counter_proposal: { max_rounds: 0.5 } }],
    ['a negative timeout', { mode: 'macp.mode.handoff.v1' }, { acceptance: { implicit_accept_timeout_ms: -1 } }],
    ['more than 100 percent', { mode: 'macp.mode.quorum.v1' }, { threshold: { type: 'percentage', value: 101 } }],
    ['a policy for all modes that fits not each', { mode: '*' }, { completion: { require_output: 'yes' } }],
  ])('does not register %s', async (_what, over, rules) => {
    const answer = await register(over, rules);
    expect(answer.ok).toBe(false);
    expect(answer.error).toMatch(/^INVALID_POLICY_DEFINITION/);
  });

  it('registers once, lists by mode, and gives rules back with sorted keys', async () => {
    const watch = new Heard(world.client.watch(method.watchPolicies, undefined, {}));
    await watch.count(1);
    expect(await register({}, { voting: { threshold: 0.6, algorithm: 'majority' }, unknown: 1 })).toMatchObject({
      ok: true,
      error: '',
    });
    await watch.count(2);
    expect(watch.items[1]!.descriptors.map(({ policyId }) => policyId)).toEqual([
      'p1',
      'policy.default',
      'policy.std.majority',
      'policy.std.supermajority',
      'policy.std.unanimous',
    ]);
    const again = await register({}, { voting: { threshold: 0.6, algorithm: 'majority' }, unknown: 1 });
    expect(again.ok).toBe(false);
    expect(again.error).not.toMatch(/^INVALID_POLICY_DEFINITION/);
    const { policyDescriptor } = await world.client.call(method.getPolicy, 'a', { policyId: 'p1' });
    expect(policyDescriptor).toMatchObject({
      rules: '{"unknown":1,"voting":{"algorithm":"majority","threshold":0.6}}',
      registeredAtUnixMs: 0n,
    });
    const { descriptors } = await world.client.call(method.listPolicies, 'a', { mode: 'macp.mode.task.v1' });
    expect(descriptors.map(({ policyId }) => policyId)).toEqual(['policy.default']);
    expect((await statusOf(world.client.call(method.getPolicy, 'a', { policyId: 'none' }))).code).toBe(5);
    expect((await statusOf(world.client.call(method.registerPolicy, 'admin', {}))).code).toBe(3);
  });

  it('binds a copy to the session', async () => {
    await register({ policyId: 'p1' }, { commitment: { authority: 'any_participant' } });
    const id = await world.start({ policyVersion: 'p1' });
    expect(await world.client.call(method.unregisterPolicy, 'admin', { policyId: 'p1' })).toMatchObject({ ok: true });
    await world.propose(id, 'm1');
    const payload = commitment('decision.selected', { policy_version: 'p1' });
    expect((await world.send('a', { messageType: 'Commitment', sessionId: id, payload })).ok).toBe(true);
    await expect(world.start({ policyVersion: 'p1' })).rejects.toThrow('UnknownPolicyVersion');
    for (const policyId of ['p1', 'policy.default', 'policy.std.majority']) {
      expect((await world.client.call(method.unregisterPolicy, 'admin', { policyId })).ok).toBe(false);
    }
  });

  it('tells why it denies, as JSON', async () => {
    const id = await world.start({ policyVersion: 'policy.std.majority' });
    await world.propose(id, 'm1');
    const ack = await world.send('lead', {
      messageType: 'Commitment',
      sessionId: id,
      payload: commitment('decision.selected'),
    });
    expect(ack.error?.code).toBe('POLICY_DENIED');
    const details = JSON.parse(Buffer.from(ack.error!.details).toString('utf8')) as { reasons: string[] };
    expect(Object.keys(details)).toEqual(['reasons']);
    expect(details.reasons).toHaveLength(2);
    expect(await world.stateOf(id)).toBe('OPEN');
  });
});

describe('ListSessions', () => {
  it('pages ascending by id until no token is left', async () => {
    const ids = [];
    for (let n = 0; n < 7; n += 1) ids.push(await world.start());
    const seen: string[][] = [];
    let pageToken = '';
    do {
      const answer = await world.client.call(method.listSessions, 'z', { pageSize: 3, pageToken });
      seen.push(answer.sessions.map(({ sessionId }) => sessionId));
      pageToken = answer.nextPageToken;
    } while (pageToken !== '');
    expect(seen.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(seen.flat()).toEqual([...ids].sort());
  });

  it('has a default and a largest page, and refuses what it cannot read', async () => {
    const own = await World.open({ limits: { pageSizeDefault: 2, pageSizeMax: 3 } });
    try {
      for (let n = 0; n < 5; n += 1) await own.start();
      const size = async (pageSize: number) =>
        (await own.client.call(method.listSessions, 'z', { pageSize })).sessions.length;
      expect([await size(0), await size(1), await size(1000)]).toEqual([2, 1, 3]);
      expect((await statusOf(size(-1))).code).toBe(3);
      expect((await statusOf(own.client.call(method.listSessions, 'z', { pageToken: '!' }))).code).toBe(3);
    } finally {
      await own.close();
    }
  });
});

describe('identity', () => {
  const headers = (pairs: Record<string, string>): Metadata => {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(pairs)) metadata.set(key, value);
    return metadata;
  };
  const senderOf = async (metadata: Metadata): Promise<string> => {
    const answer = await statusOf(world.client.call(method.listSessions, metadata, {}));
    return answer.code === 0 ? 'known' : String(answer.code);
  };

  it.each([
    ['a bearer token', { authorization: 'Bearer a' }, 'known'],
    ['another scheme', { authorization: 'Basic a' }, '16'],
    ['a small b', { authorization: 'bearer a' }, '16'],
    ['no token', { authorization: 'Bearer ' }, '16'],
    ['the fallback header', { 'x-macp-token': 'a' }, 'known'],
    ['the fallback beside another scheme', { authorization: 'Basic a', 'x-macp-token': 'a' }, 'known'],
    ['the agent id alone', { 'x-macp-agent-id': 'a' }, '16'],
    ['nothing', {}, '16'],
  ])('%s', async (_what, pairs, expected) => {
    expect(await senderOf(headers(pairs))).toBe(expected);
  });

  it('overwrites an empty sender and refuses a foreign one', async () => {
    const id = await world.start();
    expect((await world.propose(id, 'm1', { sender: 'b' })).error?.code).toBe('UNAUTHENTICATED');
    expect((await world.send(undefined, proposal(id, 'm1'))).error?.code).toBe('UNAUTHENTICATED');
    expect((await world.propose(id, 'm1')).ok).toBe(true);
    const heard = world.session('b');
    heard.subscribe(id, 1);
    await heard.count(1);
    expect(heard.envelopes[0]?.sender).toBe('a');
  });

  it('keeps to the fields of a static token, before dev mode', async () => {
    const own = await World.open({
      tokens: [
        { token: 'lead', sender: 'lead' },
        { token: 't-a', sender: 'a', can_start_sessions: false, allowed_modes: [DECISION] },
        { token: 't-s', sender: 's', allowed_modes: [''] },
        { token: 't-o', sender: 'o', is_observer: true, can_manage_mode_registry: true },
      ],
    });
    try {
      const id = await own.start();
      const code = async (token: string, init: Parameters<World['send']>[1]) => {
        const ack = await own.send(token, init);
        return ack.ok ? 'ok' : ack.error?.code;
      };
      expect(await code('t-a', { messageType: 'SessionStart', sessionId: id, payload: startPayload() })).toBe(
        'FORBIDDEN',
      );
      expect(await code('t-a', proposal(id, 'm1'))).toBe('ok');
      expect(await code('t-a', proposal(id, 'm2', { mode: 'macp.mode.task.v1' }))).toBe('FORBIDDEN');
      expect(await code('t-a', { mode: '', messageType: 'Signal' })).toBe('FORBIDDEN');
      expect(await code('t-s', { mode: '', messageType: 'Signal' })).toBe('ok');
      expect(await own.stateOf(id, 't-o')).toBe('OPEN');
      expect((await statusOf(own.stateOf(id, 't-s'))).code).toBe(7);
      expect(await code('t-o', proposal(id, 'm2'))).toBe('FORBIDDEN');
      const register = (token: string) => own.client.call(method.unregisterPolicy, token, { policyId: 'none' });
      expect((await register('t-o')).ok).toBe(false);
      expect((await statusOf(register('t-s'))).code).toBe(7);
      expect(await code('b', proposal(id, 'm2'))).toBe('ok');
    } finally {
      await own.close();
    }
  });

  it('admits nobody else without dev mode', async () => {
    const own = await World.open({ dev: false, tokens: [{ token: 'lead', sender: 'lead' }] });
    try {
      const id = await own.start();
      expect((await own.propose(id, 'm1')).error?.code).toBe('UNAUTHENTICATED');
    } finally {
      await own.close();
    }
    await expect(startEmbeddedRuntime({ dev: false })).rejects.toThrow();
    await expect(startEmbeddedRuntime({ host: '0.0.0.0' })).rejects.toThrow();
  });
});

describe('the quiet corners', () => {
  it('describes itself, has no roots, and is healthy', async () => {
    const { manifest } = await world.client.call(method.getManifest, undefined, {});
    expect(manifest).toMatchObject({
      agentId: 'macp-embedded-runtime',
      inputContentTypes: ['application/macp-envelope+proto'],
    });
    expect((await statusOf(world.client.call(method.getManifest, undefined, { agentId: 'other' }))).code).toBe(5);
    expect((await world.client.call(method.listRoots, undefined, {})).roots).toEqual([]);
    const roots = new Heard(world.client.watch(method.watchRoots, undefined, {}));
    await roots.count(1);
    expect(roots.status).toBeUndefined();
  });
});
