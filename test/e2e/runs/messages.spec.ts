import { create, toBinary } from '@bufbuild/protobuf';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../../src/contracts/events.js';
import { EvaluationPayloadSchema } from '../../../src/gen/macp/modes/decision/v1/decision_pb.js';
import type { Launched, Refusal } from '../../support/api.js';
import { startAuthService, type AuthService } from '../../support/auth-service.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { gateBefore, type GateProxy } from '../../support/gate-proxy.js';
import { refuseEvents } from '../../support/refuse-events.js';
import { CAST_ENV, CAST_TOKENS, Stage, requestOf, staticTokenFor } from '../../support/stage.js';
import { StoredRun, expectServed } from '../../support/stored-run.js';
import { commitment, evaluation, vote } from '../../support/voters.js';
import { until } from '../../support/until.js';

interface Sent {
  readonly messageId: string;
  readonly ack: { readonly ok: boolean; readonly duplicate: boolean; readonly sessionState: string };
}

interface Listed {
  readonly messageId: string;
  readonly step: number;
  readonly kind: string;
  readonly status: string;
}

/** Long enough for the runtime to have answered, and the database to have refused that answer. */
const AWAY_MS = 500;
const ALICE = 'agent://alice';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(() => stage.close());

async function running(): Promise<Launched> {
  const launched = await stage.api.launch(requestOf('decision'));
  await stage.api.untilStatus(launched.runId, 'running');
  return launched;
}

async function sound(runId: string): Promise<StoredRun> {
  const stored = await StoredRun.read(stage.controlPlane.database, runId);
  stored.expectSound();
  await expectServed(stage.api, stored);
  return stored;
}

const messageOf = (id: string) => (event: CanonicalEvent) => event.subject.id === id;

it('sends a message on behalf of a participant, and records the answer and the echo', async () => {
  const { runId } = await running();
  const sent = await stage.api.ok<Sent>('POST', `/runs/${runId}/messages`, evaluation(ALICE));
  expect(sent.ack).toMatchObject({ ok: true, duplicate: false, sessionState: 'SESSION_STATE_OPEN' });
  await stage.api.untilEvent(runId, (event) => event.type === 'message.received' && messageOf(sent.messageId)(event));
  const { events, outbox } = await sound(runId);
  const about = events.filter(messageOf(sent.messageId));
  expect(about.map(({ type }) => type).sort()).toEqual(['message.received', 'message.sent']);
  expect(outbox.find((row) => row['message_id'] === sent.messageId)).toMatchObject({
    status: 'accepted',
    sender: ALICE,
  });
  const { participants } = await stage.api.state(runId);
  expect(participants.find(({ participantId }) => participantId === ALICE)).toMatchObject({ messageCount: 1 });
  const listed = await stage.api.ok<readonly { messageId: string; status: string }[]>('GET', `/runs/${runId}/messages`);
  expect(listed.find(({ messageId }) => messageId === sent.messageId)).toMatchObject({ status: 'accepted' });
  await stage.api.command(runId, 'cancel');
});

it('says of a message that was sent what its echo says, however it was given and however long it is', async () => {
  const { runId } = await running();
  const said = { proposalId: 'deploy-v2.1', recommendation: 'APPROVE', confidence: 0.75, reason: 'x'.repeat(20_000) };
  const bytes = toBinary(EvaluationPayloadSchema, create(EvaluationPayloadSchema, said));
  const payloadEnvelope = { encoding: 'base64', base64: Buffer.from(bytes).toString('base64') };
  const body = { from: ALICE, messageType: 'Evaluation', payloadEnvelope };
  const sent = await stage.api.ok<Sent>('POST', `/runs/${runId}/messages`, body);
  await stage.api.untilEvent(runId, (event) => event.type === 'message.received' && messageOf(sent.messageId)(event));
  const { events } = await sound(runId);
  const headers = events
    .filter(messageOf(sent.messageId))
    .flatMap(({ data }) => ('payloadEncoding' in data ? [data] : []))
    .map(({ payload, payloadEncoding, payloadTypeName, truncated }) => {
      return { payload, payloadEncoding, payloadTypeName, truncated };
    });
  expect(headers).toHaveLength(2);
  expect(headers[0]).toEqual(headers[1]);
  expect(headers[0]).toMatchObject({ payloadEncoding: 'proto', truncated: ['reason'] });
  await stage.api.command(runId, 'cancel');
});

it('keeps every message that is asked for, in order, however many come at once', async () => {
  const { runId } = await running();
  const send = (from: string) => stage.api.ok<Sent>('POST', `/runs/${runId}/messages`, evaluation(from));
  const one = [await send(ALICE), await send('agent://bob')];
  const signal = { from: ALICE, signalType: 'risk.seen' };
  const atOnce = await Promise.all([
    send('agent://carol'),
    stage.api.ok<Sent>('POST', `/runs/${runId}/signal`, signal),
    stage.api.ok<Sent>('POST', `/runs/${runId}/signal`, signal),
  ]);
  const ids = [...one, ...atOnce].map(({ messageId }) => messageId);
  const listed = await stage.api.ok<readonly Listed[]>('GET', `/runs/${runId}/messages`);
  expect(listed.map(({ kind, status }) => [kind, status])).toEqual([
    ['session-start', 'accepted'],
    ['kickoff', 'accepted'],
    ...listed.slice(2).map(({ kind }) => [kind, 'accepted']),
  ]);
  expect(listed.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(listed.slice(2, 4).map(({ messageId }) => messageId)).toEqual(ids.slice(0, 2));
  expect(new Set(listed.slice(2).map(({ messageId }) => messageId))).toEqual(new Set(ids));
  await stage.api.command(runId, 'cancel');
});

it('tells what the runtime refused, and records it', async () => {
  const { runId } = await running();
  const unknown = evaluation(ALICE);
  const payload = { ...(unknown['payload'] as object), proposalId: 'never proposed' };
  const refused = await stage.api.request<Refusal>('POST', `/runs/${runId}/messages`, { ...unknown, payload });
  expect(refused).toMatchObject({
    body: { errorCode: 'MESSAGE_REJECTED', details: { runtimeCode: 'INVALID_ENVELOPE' } },
  });
  const outsider = await stage.api.request<Refusal>('POST', `/runs/${runId}/messages`, evaluation('agent://mallory'));
  expect(outsider).toMatchObject({ status: 403, body: { errorCode: 'FORBIDDEN' } });
  const torn = { from: ALICE, messageType: 'Evaluation', payload: { proposalId: 7, nonsense: true } };
  const unreadable = await stage.api.request<Refusal>('POST', `/runs/${runId}/messages`, torn);
  expect(unreadable).toMatchObject({ status: 400, body: { errorCode: 'INVALID_PAYLOAD' } });
  const { events } = await sound(runId);
  expect(events.filter(({ type }) => type === 'message.send_failed')).toMatchObject([
    { data: { errorCode: 'INVALID_ENVELOPE', sender: ALICE } },
    { data: { errorCode: 'FORBIDDEN', sender: 'agent://mallory' } },
  ]);
  expect((await stage.api.run(runId)).status).toBe('running');
  await stage.api.command(runId, 'cancel');
});

it('carries a whole decision by messages alone', async () => {
  const { runId } = await running();
  const voters = [ALICE, 'agent://bob', 'agent://carol'];
  await Promise.all(voters.map((from) => stage.api.ok('POST', `/runs/${runId}/messages`, vote(from, 'APPROVE'))));
  await stage.api.ok('POST', `/runs/${runId}/messages`, commitment());
  await stage.api.untilStatus(runId, 'completed');
  const { events } = await sound(runId);
  expect(events.filter(({ type }) => type === 'message.sent')).toHaveLength(1 + voters.length + 1);
  const [row] = (await stage.api.state(runId)).policy.voteTally;
  expect(row).toMatchObject({ allow: 3, deny: 0, abstain: 0 });
  const late = await stage.api.request<Refusal>('POST', `/runs/${runId}/messages`, vote(ALICE, 'REJECT'));
  expect(late).toMatchObject({ status: 409, body: { errorCode: 'INVALID_STATE_TRANSITION' } });
});

it('waits for a database that is away with the answer of the runtime, and sends nothing twice', async () => {
  const { runId } = await running();
  const release = await refuseEvents(stage, 'message.sent');
  const asked = stage.api.request<Sent>('POST', `/runs/${runId}/messages`, evaluation(ALICE));
  await sleep(AWAY_MS);
  await release();
  const { status, body } = await asked;
  expect({ status, ack: body.ack }).toMatchObject({ status: 200, ack: { ok: true, duplicate: false } });
  const { events, outbox } = await sound(runId);
  expect(outbox.at(-1)).toMatchObject({ message_id: body.messageId, status: 'accepted' });
  expect(events.filter((event) => event.type === 'message.sent' && messageOf(body.messageId)(event))).toHaveLength(1);
  await stage.api.command(runId, 'cancel');
});

describe('a message with an idempotency key', () => {
  const keyed = () => ({ 'idempotency-key': crypto.randomUUID() });
  const post = <T>(
    runId: string,
    route: 'messages' | 'signal',
    body: object,
    headers: Readonly<Record<string, string>>,
  ) => stage.api.request<T>('POST', `/runs/${runId}/${route}`, body, headers);

  it('is one, however often it is asked for, and whatever the run is by then', async () => {
    const { runId } = await running();
    const voters = [ALICE, 'agent://bob', 'agent://carol'];
    await Promise.all(voters.map((from) => stage.api.ok('POST', `/runs/${runId}/messages`, vote(from, 'APPROVE'))));
    const headers = keyed();
    const ask = () => post<Sent>(runId, 'messages', commitment(), headers);
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers[0]).toMatchObject({ status: 200, body: { ack: { sessionState: 'SESSION_STATE_RESOLVED' } } });
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
    await stage.api.untilStatus(runId, 'completed');
    expect(await ask()).toEqual(answers[0]);
    const { events, accepted } = await sound(runId);
    expect(accepted.filter(({ messageType }) => messageType === 'Commitment')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'message.sent')).toHaveLength(1 + voters.length + 1);
  });

  it('is refused again as it was, and is no other message', async () => {
    const { runId } = await running();
    const headers = keyed();
    const outsider = () => post<Refusal>(runId, 'messages', evaluation('agent://mallory'), headers);
    const first = await outsider();
    expect(first).toMatchObject({ status: 403, body: { errorCode: 'FORBIDDEN' } });
    const again = await outsider();
    expect(again).toMatchObject({ status: 403, body: { errorCode: 'FORBIDDEN', details: first.body.details! } });
    const other = await post<Refusal>(runId, 'messages', evaluation(ALICE), headers);
    expect(other).toMatchObject({ status: 422, body: { errorCode: 'IDEMPOTENCY_KEY_REUSED' } });
    const signal = await post<Refusal>(runId, 'signal', { from: ALICE, signalType: 'risk.seen' }, headers);
    expect(signal).toMatchObject({ status: 422, body: { errorCode: 'IDEMPOTENCY_KEY_REUSED' } });
    const { events } = await sound(runId);
    expect(events.filter(({ type }) => type === 'message.send_failed')).toHaveLength(1);
    await stage.api.command(runId, 'cancel');
  });

  it('may be a signal, and must be one key', async () => {
    const { runId } = await running();
    const headers = keyed();
    const ask = () => post<Sent>(runId, 'signal', { from: ALICE, signalType: 'risk.seen' }, headers);
    const first = await ask();
    expect(first.status).toBe(200);
    expect(await ask()).toEqual(first);
    await stage.api.untilEvent(runId, ({ type }) => type === 'signal.emitted');
    const { events } = await sound(runId);
    expect(events.filter(({ type }) => type === 'message.sent')).toHaveLength(1 + 1);
    const bad = await post<Refusal>(runId, 'messages', evaluation(ALICE), { 'idempotency-key': 'k'.repeat(256) });
    expect(bad).toMatchObject({ status: 400, body: { errorCode: 'VALIDATION_ERROR' } });
    await stage.api.command(runId, 'cancel');
  });
});

it('emits a signal that everybody hears and no history holds', async () => {
  const { runId } = await running();
  const body = { from: ALICE, signalType: 'risk.seen', data: { place: 'rollback' }, confidence: 0.5, severity: 'high' };
  const sent = await stage.api.ok<Sent>('POST', `/runs/${runId}/signal`, body);
  await stage.api.untilEvent(runId, ({ type }) => type === 'signal.emitted');
  const stored = await sound(runId);
  expect(stored.events.filter(({ type }) => type === 'signal.emitted')).toMatchObject([
    {
      subject: { kind: 'signal', id: sent.messageId },
      data: {
        name: 'risk.seen',
        severity: 'high',
        confidence: 0.5,
        member: true,
        ambient: true,
        data: { place: 'rollback' },
      },
    },
  ]);
  expect(stored.accepted.some(({ messageType }) => messageType === 'Signal')).toBe(false);
  const { signals } = await stage.api.state(runId);
  expect(signals.signals).toMatchObject([{ name: 'risk.seen', severity: 'high', sourceParticipantId: ALICE }]);
  await stage.api.command(runId, 'cancel');
});

it('takes the signals by which agents say goodbye, and changes nothing that is decided', async () => {
  const launched = await stage.api.launch(requestOf('quorum'));
  const other = await running();
  await stage.play(launched, 'quorum');
  await stage.api.untilStatus(launched.runId, 'completed');
  const before = await stage.api.state(launched.runId);
  // Sent past the ended run, as an agent would: about its session, under any run that still takes signals.
  await stage.sendSignal('agent://dba', launched.sessionId, 'session.left');
  await stage.api.untilEvent(
    launched.runId,
    ({ type, data }) => type === 'signal.emitted' && isNamed(data, 'session.left'),
  );
  const { events, row } = await sound(launched.runId);
  expect(events.at(-1)?.type).toBe('signal.emitted');
  expect(row['status']).toBe('completed');
  const after = await stage.api.state(launched.runId);
  expect(after.decision).toEqual(before.decision);
  expect(after.run).toEqual(before.run);
  await stage.api.command(other.runId, 'cancel');
});

it('keeps a signal that comes before its session until the session is bound', async () => {
  const other = await running();
  const sessionId = crypto.randomUUID();
  await stage.sendSignal(ALICE, sessionId, 'session.early');
  const { runId } = await stage.api.launch(requestOf('decision', { sessionId }));
  await stage.api.untilEvent(runId, ({ type, data }) => type === 'signal.emitted' && isNamed(data, 'session.early'));
  const types = (await sound(runId)).events.map(({ type }) => type);
  expect(types.indexOf('signal.emitted')).toBeGreaterThan(types.indexOf('session.bound'));
  for (const id of [runId, other.runId]) await stage.api.command(id, 'cancel');
});

it('lists a stranger’s signal, and learns nothing about participants from it', async () => {
  const { runId, sessionId } = await running();
  const before = await stage.api.state(runId);
  await stage.sendSignal('agent://mallory', sessionId, 'session.started');
  await stage.api.untilEvent(runId, ({ type }) => type === 'signal.emitted');
  await sound(runId);
  const after = await stage.api.state(runId);
  expect(after.signals.signals).toMatchObject([{ name: 'session.started', member: false }]);
  expect(after.participants).toEqual(before.participants);
  await stage.api.command(runId, 'cancel');
});

describe('a message that is not taken', () => {
  const BOB = 'agent://bob';
  /** A call that gets no answer is given up after ten seconds. */
  const TEST_MS_MAX = 30_000;
  let gate: GateProxy;
  let service: AuthService;
  let torn: Stage;
  beforeAll(async () => {
    const runtime = await startEmbedded({ tokens: CAST_TOKENS });
    gate = await gateBefore(runtime.address);
    service = await startAuthService();
    service.refuse({ status: 403, body: '' });
    const { [BOB]: _minted, ...tokens } = JSON.parse(CAST_ENV['RUNTIME_TOKENS']!) as Readonly<Record<string, string>>;
    const minting = { MACP_AUTH_SERVICE_URL: service.url, MACP_AUTH_MINT_PARTICIPANTS: 'true' };
    const env = { ...CAST_ENV, ...minting, RUNTIME_TOKENS: JSON.stringify(tokens) };
    torn = await Stage.open({ ...runtime, address: gate.address }, env, staticTokenFor);
  });
  afterAll(async () => {
    gate.open();
    await torn.close();
    gate.stop();
    await service.stop();
  });

  const refused = async (from: string, isMuted: boolean) => {
    const { runId } = await torn.api.launch(requestOf('decision'));
    await torn.api.untilStatus(runId, 'running');
    if (isMuted) void gate.muteAt((bytes) => bytes.includes('Evaluation'));
    const answer = await torn.api.request<Refusal>('POST', `/runs/${runId}/messages`, evaluation(from));
    gate.open();
    const stored = await StoredRun.read(torn.controlPlane.database, runId);
    await torn.api.command(runId, 'cancel');
    return {
      answer,
      sent: stored.outbox.at(-1),
      failed: stored.events.find(({ type }) => type === 'message.send_failed'),
    };
  };

  it('for want of an answer is unknown, and told as that', { timeout: TEST_MS_MAX }, async () => {
    const { answer, sent, failed } = await refused(ALICE, true);
    expect(answer).toMatchObject({ status: 504, body: { errorCode: 'RUNTIME_TIMEOUT' } });
    expect(sent).toMatchObject({ message_type: 'Evaluation', status: 'unknown', error_code: 'RUNTIME_TIMEOUT' });
    expect(failed?.data).toMatchObject({ sender: ALICE, errorCode: 'RUNTIME_TIMEOUT', kind: 'message' });
    // Nobody who asks without a key is told to ask again.
    expect(answer.body.details).toMatchObject({ messageId: sent!['message_id'], retryable: false });
  });

  it('for want of an answer is the same when it is asked for again by its key', { timeout: TEST_MS_MAX }, async () => {
    const { runId } = await torn.api.launch(requestOf('decision'));
    await torn.api.untilStatus(runId, 'running');
    const [key, signalKey] = [crypto.randomUUID(), crypto.randomUUID()];
    const send = () =>
      torn.api.request<Sent & Refusal>('POST', `/runs/${runId}/messages`, evaluation(ALICE), {
        'idempotency-key': key,
      });
    const signal = { from: ALICE, signalType: 'risk.seen' };
    const emit = () =>
      torn.api.request<Refusal>('POST', `/runs/${runId}/signal`, signal, { 'idempotency-key': signalKey });
    const muted = gate.muteAt((bytes) => bytes.includes('Evaluation'));
    const sending = send();
    await muted;
    const [sent, emitted] = await Promise.all([sending, emit()]);
    gate.open();
    for (const { status } of [sent, emitted]) expect(status).toBe(504);
    const { messageId } = sent.body.details!;

    const again = await send();
    expect(again).toMatchObject({ status: 200, body: { messageId, ack: { duplicate: true } } });
    expect(await send()).toEqual(again);
    // The runtime would take it for another one; what became of it, its echo tells.
    const told = await until('the signal is heard', async () => {
      const answer = await emit();
      if (answer.status === 200) return answer;
      expect(answer).toMatchObject({ status: 504, body: { details: { retryable: false } } });
      return undefined;
    });
    expect(told).toMatchObject({ body: { messageId: emitted.body.details!['messageId'], ack: { duplicate: true } } });
    const echoed = (event: CanonicalEvent) => event.type === 'message.received' && messageOf(String(messageId))(event);
    await torn.api.untilEvent(runId, echoed);
    const stored = await StoredRun.read(torn.controlPlane.database, runId);
    expect(stored.events.filter(echoed)).toHaveLength(1);
    expect(stored.events.filter(messageOf(String(messageId))).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['message.send_failed', 'message.sent']),
    );
    expect(
      stored.outbox
        .slice(-2)
        .map((row) => row['status'])
        .sort(),
    ).toEqual(['accepted', 'accepted']);
    await torn.api.command(runId, 'cancel');
  });

  it('for other reasons is on record like one that the runtime refused', async () => {
    const { answer, sent, failed } = await refused(BOB, false);
    expect(answer).toMatchObject({ status: 502, body: { errorCode: 'AUTH_SERVICE_REFUSED' } });
    expect(sent).toMatchObject({ message_type: 'Evaluation', status: 'rejected', error_code: 'AUTH_SERVICE_REFUSED' });
    expect(failed?.data).toMatchObject({ sender: BOB, errorCode: 'AUTH_SERVICE_REFUSED', kind: 'message' });
  });
});

function isNamed(data: object, name: string): boolean {
  return 'name' in data && data.name === name;
}
