import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionId } from '../../src/contracts/ids.js';
import type { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';
import type { RunningRuntime } from '../support/rust-runtime.js';
import { ALICE, DECISION, LEAD, Scene, provider, registerPolicy, type StartRuntime } from './runtime-scene.js';

/** Questions and their answers. */
export function describeCalls(start: StartRuntime): void {
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

  it('introduces itself, once per connection', async () => {
    const description = await rust.initialize();
    expect(description).toMatchObject({
      protocolVersion: '1.0',
      capabilities: { sessions: { stream: true }, probed: { suspendSession: true } },
    });
    expect(description.supportedModes).toContain('macp.mode.decision.v1');
    expect(await rust.initialize()).toBe(description);
  });

  it('lists its modes, extensions last, its manifest, roots and policies', async () => {
    const modes = await rust.listModes();
    expect(modes.find(({ mode }) => mode === 'macp.mode.decision.v1')).toMatchObject({
      extension: false,
      terminalMessageTypes: ['Commitment'],
    });
    expect(modes.at(-1)).toMatchObject({ mode: 'ext.multi_round.v1', extension: true });
    expect((await rust.getManifest()).supportedModes).toContain('macp.mode.task.v1');
    expect(await rust.listRoots()).toEqual([]);
    expect(await rust.findPolicy('policy.default')).toMatchObject({ mode: '*', schemaVersion: 1 });
    expect(await rust.findPolicy('policy.unknown')).toBeUndefined();
    expect((await rust.listPolicies('')).map(({ policyId }) => policyId)).toContain('policy.default');
    expect(await rust.health()).toEqual({ ok: true });
  });

  it('acknowledges a message, and its repetition as a duplicate', async () => {
    const scene = await started();
    const proposal = scene.proposal('p1');
    const ack = await rust.send(proposal);
    expect(ack).toMatchObject({
      ok: true,
      duplicate: false,
      messageId: proposal.messageId,
      sessionId: scene.sessionId,
      sessionState: 'SESSION_STATE_OPEN',
    });
    expect(ack.acceptedAtUnixMs).toBeGreaterThan(0);
    expect(await rust.send(proposal)).toMatchObject({ ok: true, duplicate: true });
  });

  it('refuses by value, not by exception', async () => {
    const scene = await started();
    const refused = { ok: false, sessionState: 'SESSION_STATE_UNSPECIFIED', reasons: [] };
    expect(await rust.send(scene.proposal('p1', 'agent://mallory'))).toMatchObject({
      ...refused,
      errorCode: 'FORBIDDEN',
    });
    expect(await rust.send(scene.evaluation('nope'))).toMatchObject({ ...refused, errorCode: 'INVALID_ENVELOPE' });
    expect(await rust.send(new Scene().proposal('p1'))).toMatchObject({ ...refused, errorCode: 'SESSION_NOT_FOUND' });
    const again = { ...scene.start(), messageId: randomUUID() };
    expect(await rust.startSession(again)).toMatchObject({ ...refused, errorCode: 'SESSION_ALREADY_EXISTS' });
  });

  it('tells a message that is too large, whether it reaches the kernel or not', async () => {
    const scene = await started();
    const sized = (bytes: number) => ({ ...scene.proposal('p1'), payload: new Uint8Array(bytes) });
    expect(await rust.send(sized(1_048_577))).toMatchObject({ ok: false, errorCode: 'PAYLOAD_TOO_LARGE' });
    await expect(rust.send(sized(2_000_000))).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      details: { retryable: false },
    });
  });

  it('gives the reasons of a policy denial', async () => {
    const policyVersion = `policy.test.${randomUUID()}`;
    await registerPolicy(runtime.address, LEAD, policyVersion, {
      voting: { algorithm: 'majority', threshold: 0.5, quorum: { type: 'count', value: 1 } },
      commitment: { require_vote_quorum: true },
    });
    expect(await rust.findPolicy(policyVersion)).toMatchObject({ rules: { voting: { algorithm: 'majority' } } });
    const scene = await started({ policyVersion });
    await rust.send(scene.proposal('p1'));
    const ack = await rust.send(scene.commitment({ policyVersion }));
    expect(ack).toMatchObject({ ok: false, errorCode: 'POLICY_DENIED' });
    expect(ack.reasons.length).toBeGreaterThan(0);
    expect(ack.reasons.every((reason) => reason.length > 0)).toBe(true);
  });

  it('registers and removes policies, and tells a refusal by what is there', async () => {
    const policyId = `policy.test.${randomUUID()}`;
    const policy = { policyId, mode: DECISION, description: 'for a test', rules: { voting: {} }, schemaVersion: 1 };
    await rust.registerPolicy(policy);
    expect(await rust.findPolicy(policyId)).toMatchObject({ policyId, mode: DECISION, schemaVersion: 1 });
    expect((await rust.listPolicies(DECISION)).map((each) => each.policyId)).toContain(policyId);
    await expect(rust.registerPolicy(policy)).rejects.toMatchObject({ code: 'CONFLICT' });
    const weightless = { ...policy, policyId: `${policyId}.x`, rules: { voting: { algorithm: 'weighted' } } };
    await expect(rust.registerPolicy(weightless)).rejects.toMatchObject({ code: 'INVALID_POLICY_DEFINITION' });
    await rust.unregisterPolicy(policyId);
    expect(await rust.findPolicy(policyId)).toBeUndefined();
    await expect(rust.unregisterPolicy(policyId)).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
    await expect(rust.unregisterPolicy('policy.default')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('suspends, resumes and cancels with an ack that shows the state', async () => {
    const { sessionId } = await started();
    const command = { sessionId, reason: 'test', as: LEAD };
    expect(await rust.suspendSession(command)).toMatchObject({ ok: true, sessionState: 'SESSION_STATE_SUSPENDED' });
    expect(await rust.suspendSession(command)).toMatchObject({ ok: false, errorCode: 'SESSION_NOT_OPEN' });
    expect(await rust.resumeSession(command)).toMatchObject({ ok: true, sessionState: 'SESSION_STATE_OPEN' });
    await expect(rust.cancelSession({ ...command, as: 'agent://mallory' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await rust.cancelSession(command)).toMatchObject({ ok: true, sessionState: 'SESSION_STATE_CANCELLED' });
    expect(await rust.cancelSession(command)).toMatchObject({ ok: true, sessionState: 'SESSION_STATE_CANCELLED' });
    const unknown = { ...command, sessionId: randomUUID() as SessionId };
    await expect(rust.cancelSession(unknown)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });

  it('describes a session to those who take part in it', async () => {
    const scene = await started({ contextId: 'ctx', extensions: { context: { a: 1 } } });
    expect(await rust.getSession(scene.sessionId, ALICE)).toMatchObject({
      sessionId: scene.sessionId,
      modeName: 'macp.mode.decision.v1',
      state: 'SESSION_STATE_OPEN',
      policyVersion: 'policy.default',
      participants: [LEAD, ALICE],
      initiator: LEAD,
      contextId: 'ctx',
      extensionKeys: ['context'],
    });
    await expect(rust.getSession(scene.sessionId, undefined)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(rust.getSession(randomUUID() as SessionId, LEAD)).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
      details: { grpcStatus: 'NOT_FOUND', retryable: false },
    });
  });

  it('lists more sessions than fit on a page', async () => {
    const scenes = await Promise.all(Array.from({ length: 130 }, () => started()));
    const listed = new Set<string>();
    let count = 0;
    for await (const { sessionId } of rust.listSessions()) {
      listed.add(sessionId);
      count += 1;
    }
    expect(scenes.every(({ sessionId }) => listed.has(sessionId))).toBe(true);
    expect(count).toBe(listed.size);
  });

  it('ends waits when it is told to', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(rust.getSession(randomUUID() as SessionId, LEAD, aborted)).rejects.toThrow('enough');
    const scene = await started();
    const nothing = [];
    for await (const frames of rust.subscribe(scene.request(), aborted)) nothing.push(...frames);
    expect(nothing).toEqual([]);
  });

  it('speaks as whoever takes part, since in dev mode the id is the token', () => {
    expect(rust.hasCredentialsFor(ALICE)).toBe(true);
    expect(rust.hasCredentialsFor('naïve')).toBe(false);
  });
}
