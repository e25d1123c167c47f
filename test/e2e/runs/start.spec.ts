import { create } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../../src/contracts/events.js';
import type { SessionId } from '../../../src/contracts/ids.js';
import {
  CancelSessionResponseSchema,
  InitializeResponseSchema,
  SendResponseSchema,
} from '../../../src/gen/macp/v1/core_pb.js';
import { AckSchema, SessionState } from '../../../src/gen/macp/v1/envelope_pb.js';
import { LEAD, Scene, provider } from '../../contracts/runtime-scene.js';
import { scriptedRuntime, type ScriptedRuntime } from '../../contracts/scripted-runtime.js';
import type { Refusal } from '../../support/api.js';
import { startTestControlPlane, type TestControlPlane } from '../../support/control-plane.js';
import { startEmbedded, type EmbeddedRuntimeLaunch } from '../../support/embedded-runtime.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';
import { createStore, type Store } from '../../support/store.js';
import { until } from '../../support/until.js';
import { StoredRun } from '../../support/stored-run.js';

/** The shortest deadline the configuration allows, so that a test can see it pass. */
const DEADLINE_MS = 1_000;

describe('the start of a run', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(await startEmbedded());
  });
  afterAll(() => stage.close());

  const failed = async (request: ReturnType<typeof requestOf>) => {
    const { runId } = await stage.api.launch(request);
    const run = await stage.api.untilStatus(runId, 'failed');
    const stored = await StoredRun.read(stage.controlPlane.database, runId);
    stored.expectSound();
    return { run, stored };
  };

  it('is refused for a runtime kind that nobody has registered, and leaves nothing behind', async () => {
    const before = await stage.api.ok<{ total: number }>('GET', '/runs');
    const request = requestOf('decision', {}, { runtime: { kind: 'cobol' } });
    const answer = await stage.api.request<Refusal>('POST', '/runs', request);
    expect(answer).toMatchObject({ status: 400, body: { errorCode: 'RUNTIME_KIND_UNKNOWN' } });
    expect((await stage.api.ok<{ total: number }>('GET', '/runs')).total).toBe(before.total);
  });

  it('fails with the code of the runtime when the session is refused', async () => {
    const { run, stored } = await failed(requestOf('decision', { modeVersion: '9.9.9' }));
    expect(run.errorCode).toBe('START_REJECTED');
    expect(run.errorMessage).toContain('INVALID_ENVELOPE');
    expect(types(stored.events)).toEqual(['run.created', 'run.started', 'message.send_failed', 'run.failed']);
    expect(stored.outbox[0]).toMatchObject({ status: 'rejected', error_code: 'INVALID_ENVELOPE' });
  });

  it('fails when another session has the wanted id', async () => {
    const first = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(first.runId, 'running');
    const answer = await stage.api.request<Refusal>('POST', '/runs', requestOf('task', { sessionId: first.sessionId }));
    expect(answer).toMatchObject({ status: 409, body: { errorCode: 'SESSION_ALREADY_EXISTS' } });
    expect((await stage.api.run(first.runId)).status).toBe('running');
    await stage.api.command(first.runId, 'cancel');
  });

  it('fails with the code of the runtime when a kickoff message is refused, and ends the session', async () => {
    const { kickoff } = requestOf('decision');
    const stranger = kickoff.map((message) => ({ ...message, from: 'agent://stranger' }));
    const { run, stored } = await failed(requestOf('decision', {}, { kickoff: stranger }));
    expect(run.errorCode).toBe('KICKOFF_REJECTED');
    expect(run.errorMessage).toContain('FORBIDDEN');
    expect(types(stored.events)).toContain('message.send_failed');
    const lead = provider(stage.runtime.address);
    // The failure is recorded first.
    const isCancelled = async () =>
      (await lead.getSession(run.sessionId, 'agent://lead')).state === 'SESSION_STATE_CANCELLED';
    await until('the session is ended', isCancelled).finally(() => lead.close());
    const state = await stage.api.state(run.id);
    expect(state.outboundMessages.rejected).toBe(1);
    expect(state.run.error?.code).toBe('KICKOFF_REJECTED');
  });

  it('needs no kickoff: the agents may begin', async () => {
    const { kickoff } = requestOf('decision');
    const launched = await stage.api.launch(requestOf('decision', {}, { kickoff: [] }));
    await stage.api.untilStatus(launched.runId, 'running');
    const { from, messageType, payload } = kickoff[0]!;
    await stage.api.ok('POST', `/runs/${launched.runId}/messages`, { from, messageType, payload });
    await stage.play(launched, 'decision');
    await stage.api.untilStatus(launched.runId, 'completed');
  });
});

describe('the start of a run whose runtime is away', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(await startEmbedded({ durable: true }));
  });
  afterAll(() => stage.close());

  it('is accepted, waits, and goes on when the runtime comes up', async () => {
    await stage.runtime.kill();
    const launched = await stage.api.launch(requestOf('quorum'));
    await stage.api.untilStatus(launched.runId, 'starting');
    await stage.runtime.restart();
    await stage.play(launched, 'quorum');
    await stage.api.untilStatus(launched.runId, 'completed');
    const stored = await StoredRun.read(stage.controlPlane.database, launched.runId);
    stored.expectSound();
    expect(stored.accepted.filter(({ messageType }) => messageType === 'SessionStart')).toHaveLength(1);
  });

  it('fails when the deadline passes first', async () => {
    await stage.reopen(() => stage.runtime.kill(), { RUN_START_DEADLINE_MS: String(DEADLINE_MS) });
    const began = Date.now();
    const launched = await stage.api.launch(requestOf('quorum'));
    const run = await stage.api.untilStatus(launched.runId, 'failed');
    expect(run.errorCode).toBe('START_DEADLINE_EXCEEDED');
    expect(Date.now() - began).toBeLessThan(10 * DEADLINE_MS);
    (await StoredRun.read(stage.controlPlane.database, launched.runId)).expectSound();
    await stage.runtime.restart();
    expect((await stage.api.run(launched.runId)).status).toBe('failed');
  });
});

describe('a run whose session has been and gone', () => {
  let stage: Stage;
  beforeAll(async () => {
    // The session is there before its run, and nobody else's.
    stage = await Stage.open(await startEmbedded(), { ...DEV_ENV, DISCOVERY: 'off' });
  });
  afterAll(() => stage.close());

  it.each([[[]], [requestOf('decision').kickoff]])('binds a session that is over as it was found', async (kickoff) => {
    const scene = new Scene();
    const lead = provider(stage.runtime.address);
    try {
      const request = requestOf('decision', { sessionId: scene.sessionId }, { kickoff });
      const { modeVersion, configurationVersion } = request.session;
      await lead.startSession(scene.start({ modeVersion, configurationVersion }));
      await lead.cancelSession({ sessionId: scene.sessionId, reason: 'over', as: LEAD });
      const { runId } = await stage.api.launch({
        ...request,
        session: { ...request.session, initiatorParticipantId: LEAD },
      });
      await stage.api.untilStatus(runId, 'cancelled');
      const stored = await StoredRun.read(stage.controlPlane.database, runId);
      stored.expectSound();
      const states = stored.events.flatMap(({ type, data }) =>
        type === 'session.bound' || type === 'session.state.changed' ? [data.state] : [],
      );
      expect(states).toEqual(['SESSION_STATE_CANCELLED', 'SESSION_STATE_CANCELLED']);
    } finally {
      await lead.close();
    }
  });
});

describe('a run whose runtime is not configured just now', () => {
  it('stays as it is until it is again', async () => {
    const stage = await Stage.open(await startEmbedded());
    try {
      const { runId } = await stage.api.launch(requestOf('quorum'));
      await stage.api.untilStatus(runId, 'running');
      await stage.reopen(() => Promise.resolve(), { RUNTIME_KIND: 'other' });
      await sleep(DEADLINE_MS);
      expect((await stage.api.run(runId)).status).toBe('running');
      await stage.reopen(() => Promise.resolve(), { RUNTIME_KIND: 'rust' });
      expect((await stage.api.command(runId, 'cancel')).status).toBe(200);
    } finally {
      await stage.close();
    }
  });

  it('is given up by a cancel, since nobody can be asked', async () => {
    const stage = await Stage.open(await startEmbedded());
    try {
      const { runId } = await stage.api.launch(requestOf('quorum'));
      await stage.api.untilStatus(runId, 'running');
      await stage.reopen(() => Promise.resolve(), { RUNTIME_KIND: 'other' });
      const { status, body } = await stage.api.command(runId, 'cancel', 'gone for good');
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'failed', errorCode: 'RUNTIME_NOT_CONFIGURED' });
    } finally {
      await stage.close();
    }
  });
});

describe('the start of more runs than the runtime admits a minute', () => {
  const open = async (limits: EmbeddedRuntimeLaunch) => {
    const env = {
      ...DEV_ENV,
      RUN_CONCURRENCY_MAX: '1',
      RUN_WAITING_MAX: '3',
      RUN_START_DEADLINE_MS: String(DEADLINE_MS),
    };
    return Stage.open(await startEmbedded(limits), env);
  };

  it('waits past the deadline, counts as waiting for its sender, keeps nobody from starting, and can be cancelled', async () => {
    const stage = await open({ sessionStartsPerMinuteMax: 1 });
    try {
      const [first, second] = [
        await stage.api.launch(requestOf('decision')),
        await stage.api.launch(requestOf('decision')),
      ];
      await stage.api.untilStatus(first.runId, 'running');
      await sleep(3 * DEADLINE_MS);
      expect((await stage.api.run(second.runId)).status).toBe('starting');
      await stage.api.untilStatus((await stage.api.launch(requestOf('decision'))).runId, 'starting');
      await sleep(DEADLINE_MS);
      const refused = await stage.api.request<Refusal>('POST', '/runs', requestOf('decision'));
      expect(refused).toMatchObject({ status: 429, body: { errorCode: 'RATE_LIMITED' } });
      const other = await stage.api.launch(requestOf('decision', { initiatorParticipantId: 'agent://other' }));
      await stage.api.untilStatus(other.runId, 'running');
      expect(await stage.api.command(second.runId, 'cancel')).toMatchObject({
        status: 200,
        body: { status: 'cancelled' },
      });
    } finally {
      await stage.close();
    }
  });

  it('waits with its kickoff as well, opens no further session, and hears what becomes of the one that it has', async () => {
    const stage = await open({ messagesPerMinuteMax: 1 });
    const lead = provider(stage.runtime.address);
    try {
      const { kickoff } = requestOf('decision');
      const request = requestOf('decision', {}, { kickoff: [...kickoff, ...kickoff] });
      const { runId, sessionId } = await stage.api.launch(request);
      await stage.api.untilStatus(runId, 'binding_session');
      await sleep(DEADLINE_MS);
      const further = await stage.api.launch(request);
      await sleep(3 * DEADLINE_MS);
      expect((await stage.api.run(runId)).status).toBe('binding_session');
      expect((await stage.api.run(further.runId)).status).toBe('starting');
      await lead.cancelSession({ sessionId: sessionId as SessionId, reason: 'enough', as: 'agent://lead' });
      await stage.api.untilStatus(runId, 'cancelled');
      await stage.api.untilStatus(further.runId, 'binding_session');
    } finally {
      await lead.close();
      await stage.close();
    }
  });
});

describe('the start of a run whose session cannot be read', () => {
  let runtime: ScriptedRuntime;
  let store: Store;
  let controlPlane: TestControlPlane;
  beforeAll(async () => {
    runtime = await scriptedRuntime({
      unary: {
        initialize: (_call, answer) =>
          answer(null, create(InitializeResponseSchema, { selectedProtocolVersion: '1.0' })),
        send: (_call, answer) => {
          const ack = create(AckSchema, { ok: true, sessionState: SessionState.OPEN });
          answer(null, create(SendResponseSchema, { ack }));
        },
        getSession: (_call, answer) => answer({ code: status.INTERNAL, details: 'its storage is gone' }),
        cancelSession: (_call, answer) => {
          const ack = create(AckSchema, { ok: true, sessionState: SessionState.CANCELLED });
          answer(null, create(CancelSessionResponseSchema, { ack }));
        },
      },
    });
    store = await createStore();
    const env = { ...store.env, ...DEV_ENV, RUNTIME_ADDRESS: runtime.address };
    controlPlane = await startTestControlPlane({ ...env, RUN_START_DEADLINE_MS: String(DEADLINE_MS) });
  });
  afterAll(async () => {
    await controlPlane.close();
    await store.remove();
    runtime.stop();
  });

  it('is cancelled when the runtime says so, without it', async () => {
    const { runId } = await controlPlane.api.launch(requestOf('quorum'));
    await controlPlane.api.untilStatus(runId, 'starting');
    const answer = await controlPlane.api.command(runId, 'cancel');
    expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    (await StoredRun.read(controlPlane.database, runId)).expectSound();
  });

  it('fails at the deadline, too', async () => {
    const { runId } = await controlPlane.api.launch(requestOf('quorum'));
    const run = await controlPlane.api.untilStatus(runId, 'failed');
    expect(run.errorCode).toBe('START_DEADLINE_EXCEEDED');
    (await StoredRun.read(controlPlane.database, runId)).expectSound();
  });
});

function types(events: readonly CanonicalEvent[]): readonly string[] {
  return events.map(({ type }) => type);
}
