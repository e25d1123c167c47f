import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Launched, Refusal } from '../../support/api.js';
import { startTestControlPlane } from '../../support/control-plane.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { OBSERVER_ENV, Troupe, descriptor, runsOf, soundRun, statesOf } from '../../support/observed.js';
import { CAST_ENV, CAST_TOKENS, DEV_ENV, Stage, requestOf, staticTokenFor } from '../../support/stage.js';
import { POSTGRES_URL } from '../../support/store.js';
import { until } from '../../support/until.js';

interface Readiness {
  readonly ok: boolean;
  readonly discovery: { readonly waiting: number; readonly refused: number; readonly watching: boolean };
  readonly signals: { readonly held: number; readonly dropped: number; readonly watching: boolean };
}

let stage: Stage;
let troupe: Troupe;

/** The tests of this block share one runtime and one control plane. */
function onStage(env: Readonly<Record<string, string>>, isDevelopment = false): void {
  beforeAll(async () => {
    stage = isDevelopment
      ? await Stage.open(await startEmbedded(), env)
      : await Stage.open(await startEmbedded({ tokens: CAST_TOKENS }), env, staticTokenFor);
    troupe = new Troupe(stage);
  });
  afterAll(async () => {
    await troupe.close();
    await stage.close();
  });
}

const register = (session = {}, execution = {}) =>
  stage.api.ok<Launched>('POST', '/runs', descriptor('decision', session, execution));
const found = (sessionId: string) =>
  until(`the run of ${sessionId}`, async () => {
    const answer = await stage.api.request<{ id: string; status: string }>('GET', `/runs/${sessionId}`);
    return answer.status === 200 ? answer.body : undefined;
  });
const readiness = () => stage.api.ok<Readiness>('GET', '/readyz');

describe('a control plane that observes', () => {
  onStage({ ...OBSERVER_ENV, LLM_PRICES: JSON.stringify({ m1: { promptUsdPer1k: 0.01, completionUsdPer1k: 0.03 } }) });

  it('is refused when it also says what the opener of a session says', async () => {
    const bodies = [
      descriptor('decision', { initiatorParticipantId: 'agent://lead' }),
      descriptor('decision', { intent: 'choose' }),
      { ...descriptor('decision'), kickoff: requestOf('decision').kickoff },
      descriptor('decision', { orchestration: 'watch' }),
    ];
    for (const body of bodies) {
      const answer = await stage.api.request<Refusal>('POST', '/runs', body);
      expect(answer).toMatchObject({ status: 400, body: { statusCode: 400, errorCode: 'VALIDATION_ERROR' } });
      expect(answer.body.details?.['issues']).toHaveLength(1);
    }
    expect(await stage.api.ok('GET', '/runs')).toMatchObject({ total: 0 });
  });

  it('goes on waiting after a restart', async () => {
    const launched = await register();
    await stage.api.untilStatus(launched.runId, 'starting');
    await stage.reopen(() => Promise.resolve());
    await troupe.open('decision', launched.sessionId);
    await stage.api.untilStatus(launched.runId, 'running');
    await troupe.decide(launched.sessionId);
    await stage.api.untilStatus(launched.runId, 'completed');
    await soundRun(stage, launched.runId);
  });

  it('never makes a second run, in whichever order request and session come', async () => {
    const race = async () => {
      const sessionId = randomUUID();
      const [launched] = await Promise.all([register({ sessionId }), troupe.open('decision', sessionId)]);
      await stage.api.untilStatus(launched.runId, 'running');
      await troupe.decide(sessionId);
      await stage.api.untilStatus(launched.runId, 'completed');
      await soundRun(stage, launched.runId);
      return runsOf(stage, sessionId);
    };
    const counts = await Promise.all(Array.from({ length: 10 }, race));
    expect(counts).toEqual(counts.map(() => 1));
  });

  it('follows a session anew that is asked for after its run was deleted', async () => {
    const { sessionId } = await troupe.open('decision');
    const { id } = await found(sessionId);
    await troupe.decide(sessionId);
    await stage.api.untilStatus(id, 'completed');
    expect((await stage.api.request('DELETE', `/runs/${id}`)).status).toBe(204);
    const launched = await register({ sessionId });
    await stage.api.untilStatus(launched.runId, 'completed');
    expect((await soundRun(stage, launched.runId)).accepted).toHaveLength(5);
  });

  it('keeps signals that come before the run, counts model calls by the price table, and shows what it dropped', async () => {
    await until('signals are heard', async () => (await readiness()).signals.watching);
    const sessionId = randomUUID();
    const call = { model: 'm1', promptTokens: 2_000, completionTokens: 1_000, latencyMs: 12 };
    await troupe.signal('agent://alice', 'session.started', sessionId, { role: 'reviewer', framework: 'none' });
    await troupe.signal('agent://alice', 'llm.call.completed', sessionId, call);
    await troupe.progress('agent://bob', sessionId, 0.25, 'reading');
    await troupe.signal('agent://bob', 'nobody.asked', '');
    await until('they wait', async () => (await readiness()).signals.held === 3);
    await troupe.open('decision', sessionId);
    await found(sessionId);
    await troupe.signal('agent://bob', 'llm.call.completed', sessionId, { ...call, estimatedCostUsd: 0.5 });
    const metrics = await until('all signals are stored', async () => {
      const now = await stage.api.metrics(sessionId);
      return now.signalCount === 3 && now.progressCount === 1 ? now : undefined;
    });
    expect(metrics).toMatchObject({ llmCallCount: 2, promptTokens: 4_000, totalTokens: 6_000, estimatedCostUsd: 0.55 });
    const state = await stage.api.state(sessionId);
    expect(state.llm.totals).toMatchObject({ callCount: 2, totalTokens: 6_000, estimatedCostUsd: 0.55 });
    expect(state.progress.entries).toMatchObject([
      { participantId: 'agent://bob', percentage: 25, message: 'reading' },
    ]);
    expect(state.participants.find(({ participantId }) => participantId === 'agent://alice')).toMatchObject({
      role: 'reviewer',
    });
    const stored = await soundRun(stage, sessionId);
    const types = stored.events.map(({ type }) => type);
    expect(types.indexOf('signal.emitted')).toBeGreaterThan(types.indexOf('session.bound'));
    expect(await readiness()).toMatchObject({ signals: { held: 0, dropped: 1 } });
  });

  it.runIf(POSTGRES_URL !== undefined)(
    'shares the sessions of a runtime with another one on the same database',
    async () => {
      const other = await startTestControlPlane({
        ...stage.store.env,
        RUNTIME_ADDRESS: stage.runtime.address,
        ...OBSERVER_ENV,
      });
      try {
        const sessions = await Promise.all(Array.from({ length: 30 }, () => troupe.open('decision')));
        for (const { sessionId } of sessions) await found(sessionId);
        await Promise.all(sessions.map(({ sessionId }) => troupe.decide(sessionId)));
        for (const { sessionId } of sessions) {
          await stage.api.untilStatus(sessionId, 'completed');
          expect(await runsOf(stage, sessionId)).toBe(1);
          expect((await soundRun(stage, sessionId)).accepted).toHaveLength(5);
          expect((await other.api.run(sessionId)).status).toBe('completed');
        }
      } finally {
        await other.close();
      }
    },
  );
});

describe('a control plane that may speak for the participants too', () => {
  onStage({ ...CAST_ENV, RUN_ORCHESTRATION_DEFAULT: 'observe' });

  it('is what a bare descriptor means where the configuration says so, and never what a kickoff means', async () => {
    const bare = await stage.api.ok<Launched>('POST', '/runs', descriptor('decision', { orchestration: undefined }));
    await stage.api.untilStatus(bare.runId, 'starting');
    expect(await stage.api.run(bare.runId)).toMatchObject({ executionMode: 'observer' });
    const driven = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(driven.runId, 'running');
    expect(await stage.api.run(driven.runId)).toMatchObject({ executionMode: 'driver' });
    const { kickoff: _kickoff, ...withInitiator } = requestOf('decision');
    const opened = await stage.api.ok<Launched>('POST', '/runs', withInitiator);
    await stage.api.untilStatus(opened.runId, 'running');
    const emptyKickoff = { ...descriptor('decision', { orchestration: undefined }), kickoff: [] };
    const last = await stage.api.ok<Launched>('POST', '/runs', emptyKickoff);
    await stage.api.untilStatus(last.runId, 'running');
    expect(await stage.api.run(last.runId)).toMatchObject({ executionMode: 'driver' });
  });

  it('is refused for the session of another run', async () => {
    const driven = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(driven.runId, 'running');
    const observe = descriptor('decision', { sessionId: driven.sessionId });
    const conflict = { status: 409, body: { errorCode: 'SESSION_ALREADY_EXISTS', details: { runId: driven.runId } } };
    expect(await stage.api.request('POST', '/runs', observe)).toMatchObject(conflict);
    const { sessionId } = await troupe.open('decision');
    const { id } = await found(sessionId);
    const drive = requestOf('decision', { sessionId });
    expect(await stage.api.request('POST', '/runs', drive)).toMatchObject({ status: 409 });
    const otherMode = descriptor('task', { sessionId });
    expect(await stage.api.request('POST', '/runs', otherMode)).toMatchObject({ status: 409 });
    expect((await stage.api.run(id)).status).toBe('running');
  });
});

describe('a control plane without an identity of its own', () => {
  onStage({ ...CAST_ENV, RUNTIME_SERVICE_TOKEN: '' });

  it('says what is missing when the control plane has no identity of its own', async () => {
    const answer = await stage.api.request<Refusal>('POST', '/runs', descriptor('decision'));
    expect(answer).toMatchObject({ status: 400, body: { errorCode: 'CREDENTIALS_MISSING' } });
    expect(await readiness()).toMatchObject({ discovery: { watching: false, problem: 'CREDENTIALS_MISSING' } });
  });
});

describe('a control plane that does not discover, nor wait for long', () => {
  onStage({ ...OBSERVER_ENV, DISCOVERY: 'off', RUN_OBSERVE_DEADLINE_MS: '1000' });

  it('leaves sessions alone that nobody registered, when discovery is off', async () => {
    const stranger = await troupe.open('decision');
    const launched = await register();
    await troupe.open('decision', launched.sessionId);
    await stage.api.untilStatus(launched.runId, 'running');
    await until('nothing waits', async () => (await readiness()).discovery.waiting === 0);
    expect((await stage.api.request('GET', `/runs/${stranger.sessionId}`)).status).toBe(404);
    expect(await stage.api.ok('GET', '/runs')).toMatchObject({ total: 1 });
  });

  it('fails at the deadline when nobody opens the session, and not before', async () => {
    const launched = await register();
    const run = await stage.api.untilStatus(launched.runId, 'failed');
    expect(run).toMatchObject({ errorCode: 'SESSION_NOT_OPENED' });
    expect(Date.parse(run.endedAt!) - Date.parse(run.startedAt!)).toBeGreaterThanOrEqual(1_000);
    await troupe.open('decision', launched.sessionId);
    await until('the late session was looked at', async () => (await readiness()).discovery.waiting === 0);
    expect((await stage.api.run(launched.runId)).status).toBe('failed');
    expect(await runsOf(stage, launched.sessionId)).toBe(1);
    expect((await soundRun(stage, launched.runId)).statuses).toEqual(['queued', 'starting', 'failed']);
  });
});

describe('a control plane in development', () => {
  onStage(DEV_ENV, true);

  it('reads as a member where the runtime has no observers', async () => {
    const { sessionId } = await troupe.open('decision');
    await found(sessionId);
    await troupe.decide(sessionId);
    await stage.api.untilStatus(sessionId, 'completed');
    expect((await soundRun(stage, sessionId)).accepted).toHaveLength(5);
  });
});

describe('a control plane that may not read sessions', () => {
  onStage({ ...OBSERVER_ENV, RUNTIME_SERVICE_TOKEN: 'token-admin' });

  it('follows the states of sessions that it is not allowed to read, and says so', async () => {
    const [resolved, cancelled, paused] = [randomUUID(), randomUUID(), randomUUID()];
    for (const sessionId of [resolved, cancelled, paused]) {
      await troupe.open('decision', sessionId);
      await found(sessionId);
    }
    await troupe.suspend(paused);
    await stage.api.untilStatus(paused, 'suspended');
    await troupe.cancel(cancelled);
    await stage.api.untilStatus(cancelled, 'cancelled');
    await troupe.decide(resolved);
    await stage.api.untilStatus(resolved, 'completed');
    const stored = await soundRun(stage, resolved);
    expect(statesOf(stored)).toEqual(['OPEN', 'RESOLVED']);
    expect(stored.accepted).toEqual([]);
    expect(stored.events.findLast(({ type }) => type === 'run.completed')?.data).toMatchObject({
      commitmentMissing: true,
    });
    expect(stored.events.filter(({ type }) => type === 'message.send_failed').length).toBeGreaterThan(0);
  });
});
