import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_MODES } from '../../../src/agents/modes.js';
import { scriptFor } from '../../../src/agents/scripts.js';
import { registerMode, registerPolicy, type StartRuntime } from '../../contracts/runtime-scene.js';
import { acceptedBy } from '../../support/accepted.js';
import type { Launched } from '../../support/api.js';
import { descriptor, observingStage, runsOf, soundRun, statesOf, type Troupe } from '../../support/observed.js';
import { staticTokenFor, type Stage } from '../../support/stage.js';
import { StoredRun, envelopeFacts } from '../../support/stored-run.js';
import { until } from '../../support/until.js';
import { COMMITMENT, unanimous } from '../../support/voters.js';

const POLICY = 'policy.test.quorum';
const AT_ONCE = 200;
/** All of them take some seconds; a machine that is busy with other suites is given more. */
const BURST_MS_MAX = 90_000;
/** A page is opened this long after the session began, and asks once. */
const PAGE_OPENED_MS = 300;
const PAGES = 100;
const ABREAST = 2;

interface Options {
  /** Whether time is measured: only where nothing else runs in the same process. */
  readonly timed: boolean;
}

/** What sessions that agents open themselves must become, on any runtime. */
export function describeObservedRuns(name: string, start: StartRuntime, { timed }: Options): void {
  describe.each(['on', 'off'])(`a registered run on ${name}, discovery %s`, (discovery) => {
    let stage: Stage;
    let troupe: Troupe;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ stage, troupe, close } = await observingStage(start, { env: { DISCOVERY: discovery } }));
    });
    afterAll(() => close());

    const register = (sessionId: string = randomUUID()) =>
      stage.api.ok<Launched>('POST', '/runs', descriptor('decision', { sessionId }));

    it.each(EXAMPLE_MODES)('follows a session of %s mode from its first envelope to its last', async (mode) => {
      const launched = await stage.api.ok<Launched>('POST', '/runs', descriptor(mode));
      expect(launched).toMatchObject({ status: 'queued' });
      await troupe.open(mode, launched.sessionId);
      await stage.play(launched, mode);
      await stage.api.untilStatus(launched.runId, 'completed');
      await stage.untilIntroduced(launched, mode);
      const stored = await soundRun(stage, launched.runId);
      const token = staticTokenFor(scriptFor(mode)[0]!.id);
      const accepted = await acceptedBy(stage.runtime.address, token, launched.sessionId);
      expect(stored.accepted).toEqual(accepted.map(envelopeFacts));
      expect(stored.statuses).toEqual(['queued', 'starting', 'binding_session', 'running', 'completed']);
      expect((await stage.api.state(launched.runId)).decision.current).toMatchObject({ finalized: true });
    });

    it('takes a session that agents opened before', async () => {
      const { sessionId } = await troupe.open('decision');
      const launched = await register(sessionId);
      await stage.play(launched, 'decision');
      await stage.api.untilStatus(launched.runId, 'completed');
      expect(await runsOf(stage, sessionId)).toBe(1);
      await soundRun(stage, launched.runId);
    });

    it('takes a session that agents open at the same moment', async () => {
      const sessionId = randomUUID();
      const [launched] = await Promise.all([register(sessionId), troupe.open('decision', sessionId)]);
      await stage.play(launched, 'decision');
      await stage.api.untilStatus(launched.runId, 'completed');
      expect(await runsOf(stage, sessionId)).toBe(1);
      await soundRun(stage, launched.runId);
    });

    it('waits for a session that agents open 5 s later', async () => {
      const launched = await register();
      await sleep(5_000);
      expect((await stage.api.run(launched.runId)).status).toBe('starting');
      await troupe.open('decision', launched.sessionId);
      await stage.play(launched, 'decision');
      await stage.api.untilStatus(launched.runId, 'completed');
      expect((await soundRun(stage, launched.runId)).accepted.at(-1)?.messageType).toBe('Commitment');
    });

    it('takes a session that is over already, with its history', async () => {
      const { sessionId } = await troupe.open('quorum');
      await stage.play({ runId: sessionId, sessionId, status: '', traceId: '' }, 'quorum');
      const launched = await stage.api.ok<Launched>('POST', '/runs', descriptor('quorum', { sessionId }));
      await stage.api.untilStatus(launched.runId, 'completed');
      const stored = await soundRun(stage, launched.runId);
      expect(stored.accepted.map(({ messageType }) => messageType)).toEqual(
        expect.arrayContaining(['SessionStart', 'ApprovalRequest', 'Commitment']),
      );
      expect(stored.events.at(-1)?.type === 'run.completed' && stored.events.at(-1)?.data).not.toHaveProperty(
        'commitmentMissing',
      );
    });

    it('takes a session that is suspended, and follows it through', async () => {
      const { sessionId } = await troupe.open('decision');
      await troupe.suspend(sessionId);
      const launched = await register(sessionId);
      await stage.api.untilStatus(launched.runId, 'suspended');
      await troupe.resume(sessionId);
      await stage.api.untilStatus(launched.runId, 'running');
      await stage.play(launched, 'decision');
      await stage.api.untilStatus(launched.runId, 'completed');
      const states = statesOf(await soundRun(stage, launched.runId));
      expect(states.slice(-3)).toEqual(['SUSPENDED', 'OPEN', 'RESOLVED']);
    });

    it('follows suspend, resume and resolve', async () => {
      const launched = await register();
      await troupe.open('decision', launched.sessionId);
      await stage.api.untilStatus(launched.runId, 'running');
      await troupe.suspend(launched.sessionId);
      await stage.api.untilStatus(launched.runId, 'suspended');
      await troupe.resume(launched.sessionId);
      await stage.api.untilStatus(launched.runId, 'running');
      await stage.play(launched, 'decision');
      await stage.api.untilStatus(launched.runId, 'completed');
      expect(statesOf(await soundRun(stage, launched.runId))).toEqual(['OPEN', 'SUSPENDED', 'OPEN', 'RESOLVED']);
    });

    it('fails when the session expires', async () => {
      const launched = await register();
      await troupe.open('decision', launched.sessionId, { ttlMs: 1_500 });
      const run = await stage.api.untilStatus(launched.runId, 'failed');
      expect(run.errorCode).toBe('SESSION_EXPIRED');
      expect(statesOf(await soundRun(stage, launched.runId))).toEqual(['OPEN', 'EXPIRED']);
    });

    it('is cancelled when the agent cancels', async () => {
      const launched = await register();
      await troupe.open('decision', launched.sessionId);
      await stage.api.untilStatus(launched.runId, 'running');
      await troupe.cancel(launched.sessionId);
      await stage.api.untilStatus(launched.runId, 'cancelled');
      const stored = await soundRun(stage, launched.runId);
      expect(statesOf(stored)).toEqual(['OPEN', 'CANCELLED']);
      expect(stored.accepted.map(({ messageType }) => messageType)).toEqual(['SessionStart', 'Proposal']);
    });

    it('completes with a negative outcome when the agents decline', async () => {
      const launched = await register();
      await troupe.open('decision', launched.sessionId);
      await stage.play(launched, 'decision', { agents: unanimous('REJECT') });
      const run = await stage.api.untilStatus(launched.runId, 'completed');
      expect(run.metadata).toMatchObject({ outcomePositive: false, finalAction: 'decline' });
      const { decision, policy } = await stage.api.state(launched.runId);
      expect(decision.current).toMatchObject({ finalized: true, outcomePositive: false });
      expect(policy.quorumStatus).toBe('failed');
      await soundRun(stage, launched.runId);
    });

    it('goes on after the policy has denied a commitment, which the history does not hold', async () => {
      const policyVersion = `${POLICY}.${discovery}`;
      await registerPolicy(stage.runtime.address, 'token-admin', policyVersion, {
        voting: { algorithm: 'majority', threshold: 0.5, quorum: { type: 'count', value: 2 } },
        commitment: { require_vote_quorum: true },
      });
      const launched = await stage.api.ok<Launched>('POST', '/runs', descriptor('decision', { policyVersion }));
      const { sessionId, runId } = launched;
      await troupe.open('decision', sessionId, { policyVersion });
      const commitment = { ...COMMITMENT, policyVersion };
      expect(await troupe.say(sessionId, 'agent://lead', 'Commitment', commitment)).toMatchObject({
        ok: false,
        errorCode: 'POLICY_DENIED',
      });
      for (const sender of ['agent://alice', 'agent://bob']) {
        const vote = { proposalId: 'deploy-v2.1', vote: 'APPROVE', reason: 'as asked' };
        expect(await troupe.say(sessionId, sender, 'Vote', vote)).toMatchObject({ ok: true });
      }
      expect((await stage.api.untilStatus(runId, 'running')).status).toBe('running');
      expect(await troupe.say(sessionId, 'agent://lead', 'Commitment', commitment)).toMatchObject({ ok: true });
      await stage.api.untilStatus(runId, 'completed');
      const { policy } = await stage.api.state(runId);
      expect(policy).toMatchObject({ policyVersion, outcomePositive: true, quorumStatus: 'reached' });
      expect(policy.commitmentEvaluations.map(({ decision }) => decision)).toEqual(['allow']);
      const stored = await soundRun(stage, runId);
      expect(stored.accepted.map(({ messageType }) => messageType)).toEqual([
        'SessionStart',
        'Proposal',
        'Vote',
        'Vote',
        'Commitment',
      ]);
      const types = stored.events.map(({ type }) => type);
      expect(types.indexOf('policy.resolved')).toBe(types.indexOf('session.state.changed') - 1);
    });
  });

  describe(`sessions that nobody registered, on ${name}`, () => {
    let stage: Stage;
    let troupe: Troupe;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ stage, troupe, close } = await observingStage(start));
    });
    afterAll(() => close());

    it.runIf(timed)(`are found by a page opened ${PAGE_OPENED_MS} ms later, ${PAGES} times of ${PAGES}`, async () => {
      const answers: number[] = [];
      const page = async () => {
        const { sessionId } = await troupe.open('decision');
        await sleep(PAGE_OPENED_MS);
        answers.push((await stage.api.request('GET', `/runs/${sessionId}`)).status);
        answers.push((await stage.api.request('GET', `/runs/${sessionId}/state`)).status);
        await troupe.cancel(sessionId);
      };
      const lane = async () => {
        for (let count = 0; count < PAGES / ABREAST; count += 1) await page();
      };
      await Promise.all(Array.from({ length: ABREAST }, lane));
      expect(answers).toEqual(Array.from({ length: 2 * PAGES }, () => 200));
    });

    it('become runs with a complete history and a correct projection', async () => {
      const opened = await troupe.open('task');
      await stage.play(opened, 'task');
      await until('the run is there', async () => (await runsOf(stage, opened.sessionId)) === 1);
      await stage.api.untilStatus(opened.sessionId, 'completed');
      await stage.untilIntroduced(opened, 'task');
      const stored = await soundRun(stage, opened.sessionId);
      expect(stored.events[0]).toMatchObject({
        type: 'run.created',
        data: { origin: 'discovery', executionMode: 'observer' },
      });
      expect(stored.statuses).toEqual(['queued', 'starting', 'binding_session', 'running', 'completed']);
      const state = await stage.api.state(opened.sessionId);
      expect(state.run.runId).toBe(stored.runId);
      expect(state.decision.current).toMatchObject({ finalized: true, outcomePositive: true });
      // Signals that came before the run was bound are in its log after session.bound.
      const types = stored.events.map(({ type }) => type);
      expect(types.indexOf('signal.emitted')).toBeGreaterThan(types.indexOf('session.bound'));
      const metrics = await stage.api.metrics(stored.runId);
      expect(metrics.signalCount).toBe(scriptFor('task').length);
    });

    it('are taken over by a later request, once, and by equal repetitions of it', async () => {
      const { sessionId } = await troupe.open('decision');
      const run = await until('the run is there', async () => {
        const answer = await stage.api.request<{ id: string; traceId: string }>('GET', `/runs/${sessionId}`);
        return answer.status === 200 ? answer.body : undefined;
      });
      const body = descriptor(
        'decision',
        { sessionId, metadata: { scenarioRef: 'fraud/high-value@1', environment: 'test' } },
        { idempotencyKey: randomUUID(), tags: ['adopted'] },
      );
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => stage.api.ok<Launched>('POST', '/runs', body)),
      );
      expect(answers).toEqual(
        answers.map(() => ({ runId: run.id, sessionId, status: 'running', traceId: run.traceId })),
      );
      const found = await stage.api.ok<{ data: { id: string }[] }>(
        'GET',
        '/runs?scenarioRef=fraud/high-value&environment=test&tags=adopted',
      );
      expect(found.data.map(({ id }) => id)).toEqual([run.id]);
      const other = { ...body, execution: {} };
      expect(await stage.api.request('POST', '/runs', other)).toMatchObject({
        status: 409,
        body: { errorCode: 'SESSION_ALREADY_EXISTS', details: { runId: run.id } },
      });
      await stage.play(answers[0]!, 'decision');
      await stage.api.untilStatus(run.id, 'completed');
      expect(await runsOf(stage, sessionId)).toBe(1);
      expect((await soundRun(stage, run.id)).row).toMatchObject({ origin: 'discovery', environment: 'test' });
    });

    it('do not suffer from one that cannot become a run', async () => {
      // No index can hold a mode's name of this length; the runtime takes it.
      const mode = `x.${randomBytes(4_500).toString('base64url')}`;
      await registerMode(stage.runtime.address, 'token-admin', mode);
      expect(await troupe.openAs('agent://lead', mode)).toMatchObject({ ok: true });
      const { sessionId } = await troupe.open('decision');
      await until('the other session has its run', async () => (await runsOf(stage, sessionId)) === 1);
      const { discovery } = await until('the bad session is counted', async () => {
        const readiness = await stage.api.ok<{ discovery: { refused: number; watching: boolean } }>('GET', '/readyz');
        return readiness.discovery.refused > 0 ? readiness : undefined;
      });
      expect(discovery).toMatchObject({ refused: 1, watching: true });
      await troupe.decide(sessionId);
      await stage.api.untilStatus(sessionId, 'completed');
    });

    it(`are all followed when ${AT_ONCE} appear at once`, async () => {
      const sessions = await Promise.all(Array.from({ length: AT_ONCE }, () => troupe.open('decision')));
      await Promise.all(sessions.map(({ sessionId }) => troupe.decide(sessionId)));
      // One after the other: two hundred impatient clients would be another test.
      for (const { sessionId } of sessions) {
        await until(
          `session ${sessionId} has its run`,
          async () => (await stage.api.request('GET', `/runs/${sessionId}`)).status === 200,
          BURST_MS_MAX,
        );
        const { id } = await stage.api.untilStatus(sessionId, 'completed', BURST_MS_MAX);
        const stored = await StoredRun.read(stage.controlPlane.database, id);
        stored.expectSound();
        expect(stored.accepted.map(({ messageType }) => messageType)).toEqual([
          'SessionStart',
          'Proposal',
          'Vote',
          'Vote',
          'Commitment',
        ]);
      }
    }, 180_000);
  });
}
