import { fromBinary, fromJson, toBinary, toJson, type JsonValue } from '@bufbuild/protobuf';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitmentHash, canonicalCommitment } from '../../src/embedded-runtime/commitment-hash.js';
import { startEmbeddedRuntime, type EmbeddedRuntime } from '../../src/embedded-runtime/embedded-runtime.server.js';
import { CommitmentPayloadSchema, MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { EnvelopeSchema, SessionState, type Ack, type Envelope } from '../../src/gen/macp/v1/envelope_pb.js';
import { TestClient } from './support/client.js';
import { findMismatch, loadFixtures, startEnvelope, stepEnvelope, type Fixture } from './support/fixture.js';
import { HeardSession } from './support/heard.js';
import { historyBytes, replayHistory, runFixture } from './support/in-process.js';

const HERE = import.meta.dirname;
const FIXTURES = loadFixtures(join(HERE, 'fixtures'));
const { method } = MACPRuntimeService;

function expectStep(fixture: Fixture, index: number, got: { ok: boolean; duplicate: boolean; code: string }): void {
  const step = fixture.messages[index]!;
  const label = `step ${index + 1}, ${step.message_type} by ${step.sender}`;
  expect({ label, ok: got.ok, duplicate: got.duplicate }).toEqual({
    label,
    ok: step.expect === 'accept',
    duplicate: false,
  });
  if (step.expect === 'reject' && step.expected_error_code !== undefined) {
    expect({ label, code: got.code }).toEqual({ label, code: step.expected_error_code });
  }
}

describe.each(FIXTURES)('$name in process', ({ fixture }) => {
  it('gives every answer, the final state, the resolution and the mode state', () => {
    const { start, steps, session } = runFixture(fixture);
    expect(start.ok).toBe(true);
    steps.forEach((result, index) => expectStep(fixture, index, result));
    expect(session.status).toBe(fixture.expected_final_state.toUpperCase());
    const last = session.history.at(-1)?.envelope;
    const resolution = last?.messageType === 'Commitment' ? last.payload : undefined;
    if (fixture.expect_resolution_present !== undefined) {
      expect(resolution !== undefined).toBe(fixture.expect_resolution_present);
    }
    if (fixture.expected_resolution && resolution) {
      const decoded = toJson(CommitmentPayloadSchema, fromBinary(CommitmentPayloadSchema, resolution), {
        useProtoFieldName: true,
        alwaysEmitImplicit: true,
      });
      expect(findMismatch(decoded, fixture.expected_resolution)).toBeUndefined();
    }
    if (fixture.expected_mode_state) {
      expect(findMismatch(session.run.describe(), fixture.expected_mode_state)).toBeUndefined();
    }
  });

  it.skipIf(fixture.verify_replay_equivalence === false)('replays to the same session', () => {
    const { session } = runFixture(fixture);
    const again = replayHistory(fixture, session.history);
    expect(again.status).toBe(session.status);
    expect(again.run.describe()).toEqual(session.run.describe());
    expect([...again.messageIds]).toEqual([...session.messageIds]);
    expect(historyBytes(again)).toEqual(historyBytes(session));
  });
});

describe('through gRPC', () => {
  let server: EmbeddedRuntime;
  const clients = new Map<string, TestClient>();

  beforeAll(async () => {
    server = await startEmbeddedRuntime({
      tokens: [{ token: 'watcher-token', sender: 'control-plane', is_observer: true, can_start_sessions: false }],
      limits: { sessionStartsPerMinuteMax: Infinity, messagesPerMinuteMax: Infinity },
    });
  });
  afterAll(async () => {
    for (const client of clients.values()) client.close();
    await server.close();
  });

  function clientOf(sender: string): TestClient {
    const client = clients.get(sender) ?? new TestClient(server.address);
    clients.set(sender, client);
    return client;
  }

  async function send(sender: string, envelope: Envelope): Promise<Ack> {
    const { ack } = await clientOf(sender).call(method.send, sender, { envelope });
    return ack!;
  }

  it.each(FIXTURES)('$name gives the same answers, and its history is what was accepted', async ({ fixture }) => {
    if (fixture.policy) await registerPolicy(fixture);
    const terms = { sessionId: randomUUID(), now: Date.now() };
    const live = new HeardSession(clientOf('control-plane').stream('watcher-token'));
    const start = startEnvelope(fixture, terms);
    expect(await send(fixture.initiator, start)).toMatchObject({ ok: true, duplicate: false, messageId: 'm0' });
    live.subscribe(terms.sessionId);
    await live.count(1);

    const accepted = [start];
    for (const [index, step] of fixture.messages.entries()) {
      const envelope = stepEnvelope(fixture, index, terms);
      const foreign = await send('agent://somebody-else', envelope);
      expect([foreign.ok, foreign.error?.code]).toEqual([false, 'UNAUTHENTICATED']);
      const ack = await send(step.sender, envelope);
      expectStep(fixture, index, { ok: ack.ok, duplicate: ack.duplicate, code: ack.error?.code ?? '' });
      if (ack.ok) accepted.push(envelope);
    }

    const { metadata } = await clientOf('control-plane').call(method.getSession, 'watcher-token', {
      sessionId: terms.sessionId,
    });
    expect(SessionState[metadata!.state]).toBe(fixture.expected_final_state.toUpperCase());
    for (const envelope of accepted) {
      expect(await send(envelope.sender, envelope)).toMatchObject({ ok: true, duplicate: true });
    }
    if (metadata!.state === SessionState.RESOLVED) {
      const late = { ...stepEnvelope(fixture, 0, terms), messageId: 'late' };
      expect((await send(late.sender, late)).error?.code).toBe('SESSION_NOT_OPEN');
    }

    const dump = new HeardSession(clientOf('control-plane').stream('watcher-token'));
    dump.subscribe(terms.sessionId);
    dump.halfClose();
    expect((await dump.end()).code).toBe(0);
    await live.count(accepted.length);
    for (const heard of [dump, live]) expect(heard.envelopes.map(bytesOf)).toEqual(accepted.map(bytesOf));
    live.cancel();
  });

  async function registerPolicy({ policy }: Fixture): Promise<void> {
    if (!policy) return;
    const policyDescriptor = {
      policyId: policy.policy_id,
      mode: policy.mode,
      description: policy.description ?? '',
      rules: JSON.stringify(policy.rules),
      schemaVersion: policy.schema_version,
    };
    const admin = clientOf('admin');
    await admin.call(method.unregisterPolicy, 'admin', { policyId: policy.policy_id });
    expect(await admin.call(method.registerPolicy, 'admin', { policyDescriptor })).toMatchObject({
      ok: true,
      error: '',
    });
  }
});

function bytesOf(envelope: Envelope): string {
  return Buffer.from(toBinary(EnvelopeSchema, envelope)).toString('hex');
}

describe.each(readdirSync(join(HERE, 'commitment-hash')))('commitment hash %s', (file) => {
  const vector = JSON.parse(readFileSync(join(HERE, 'commitment-hash', file), 'utf8')) as {
    payload: JsonValue;
    jcs_utf8_hex: string;
    hash: string;
  };

  it('has the canonical form and the hash of the vector', () => {
    const commitment = fromJson(CommitmentPayloadSchema, vector.payload);
    expect(Buffer.from(canonicalCommitment(commitment), 'utf8').toString('hex')).toBe(vector.jcs_utf8_hex);
    expect(commitmentHash(commitment)).toBe(vector.hash);
  });
});
