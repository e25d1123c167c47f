import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_MODES, type ExampleMode } from '../../../src/agents/modes.js';
import { scriptFor } from '../../../src/agents/scripts.js';
import type { CanonicalEvent } from '../../../src/contracts/events.js';
import type { SessionId } from '../../../src/contracts/ids.js';
import type { RustRuntimeProvider } from '../../../src/runtime/rust-runtime.provider.js';
import { credentials, provider, registerPolicy, type StartRuntime } from '../../contracts/runtime-scene.js';
import { acceptedBy } from '../../support/accepted.js';
import type { Launched, Refusal } from '../../support/api.js';
import { CAST, CAST_ENV, CAST_TOKENS, Stage, requestOf, staticTokenFor } from '../../support/stage.js';
import { StoredRun, envelopeFacts, expectServed, type EnvelopeFacts } from '../../support/stored-run.js';
import { commitment, evaluation, unanimous, vote } from '../../support/voters.js';

const LEAD = 'agent://lead';
const POLICY = 'policy.test.majority';
/** Messages of the decision mode's example: start, proposal, objection, three evaluations, three votes, commitment. */
const DECISION_MESSAGES = 10;

/** What a run must do on any runtime; the same list for the embedded and for the reference one. */
export function describeRunBehaviours(name: string, start: StartRuntime): void {
  describe(`a run on ${name}`, () => {
    let stage: Stage;
    let lead: RustRuntimeProvider;
    beforeAll(async () => {
      stage = await Stage.open(await start({ tokens: CAST_TOKENS, durable: false }), CAST_ENV, staticTokenFor);
      lead = initiator(stage);
    });
    afterAll(async () => {
      await lead.close();
      await stage.close();
    });

    it.each(EXAMPLE_MODES)(
      'in %s mode reaches its commitment, and is stored as the runtime accepted it',
      async (mode) => {
        const launched = await stage.api.launch(requestOf(mode));
        await stage.play(launched, mode);
        const run = await stage.api.untilStatus(launched.runId, 'completed');
        expect(run.metadata['outcomePositive']).toBe(true);
        const stored = await sound(stage, launched.runId);
        const { decision } = await stage.api.state(launched.runId);
        expect(decision.current).toMatchObject({ finalized: true, outcomePositive: true });
        const accepted = await acceptedBy(stage.runtime.address, initiatorToken(mode), launched.sessionId);
        expect(withKnownTimes(stored.accepted)).toEqual(withKnownTimes(accepted.map(envelopeFacts)));
      },
    );

    it('passes through every status in order', async () => {
      const launched = await stage.api.launch(requestOf('quorum'));
      await stage.play(launched, 'quorum');
      await stage.api.untilStatus(launched.runId, 'completed');
      const { statuses } = await sound(stage, launched.runId);
      expect(statuses).toEqual(['queued', 'starting', 'binding_session', 'running', 'completed']);
    });

    it('completes with a negative outcome as well', async () => {
      const launched = await stage.api.launch(requestOf('decision'));
      await stage.play(launched, 'decision', { agents: unanimous('REJECT') });
      const run = await stage.api.untilStatus(launched.runId, 'completed');
      expect(run.metadata).toMatchObject({ outcomePositive: false, finalAction: 'decline' });
      const state = await stage.api.state(launched.runId);
      expect(state.decision.current).toMatchObject({
        finalized: true,
        outcomePositive: false,
        action: 'decision.rejected',
      });
      expect(state.policy).toMatchObject({ outcomePositive: false, quorumStatus: 'failed' });
      await sound(stage, launched.runId);
    });

    it('is cancelled when the runtime has cancelled its session', async () => {
      const launched = await running(stage);
      const answer = await stage.api.command(launched.runId, 'cancel', 'no longer needed');
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      expect(await stateOf(lead, launched)).toBe('SESSION_STATE_CANCELLED');
      const stored = await sound(stage, launched.runId);
      expect(stored.events.at(-1)).toMatchObject({ type: 'run.cancelled', data: { reason: 'no longer needed' } });
      expect(await stage.api.command(launched.runId, 'cancel')).toMatchObject({ status: 200 });
      expect(await stage.api.command(launched.runId, 'suspend')).toMatchObject({ status: 409 });
      expect((await sound(stage, launched.runId)).events).toEqual(stored.events);
    });

    it('is cancelled when its initiator cancels the session itself', async () => {
      const launched = await running(stage);
      await lead.cancelSession({ sessionId: launched.sessionId as SessionId, reason: 'by the agent', as: LEAD });
      await stage.api.untilStatus(launched.runId, 'cancelled');
      await sound(stage, launched.runId);
    });

    it('is suspended, takes no message meanwhile, resumes and completes', async () => {
      const { api } = stage;
      const { runId, ...launched } = await running(stage);
      expect(await api.command(runId, 'suspend')).toMatchObject({ status: 200, body: { status: 'suspended' } });
      expect(await stateOf(lead, { runId, ...launched })).toBe('SESSION_STATE_SUSPENDED');
      const refused = await api.request<Refusal>('POST', `/runs/${runId}/messages`, evaluation('agent://alice'));
      expect(refused).toMatchObject({ status: 409, body: { errorCode: 'INVALID_STATE_TRANSITION' } });
      expect(await api.command(runId, 'resume')).toMatchObject({ status: 200, body: { status: 'running' } });
      await stage.play({ runId, ...launched }, 'decision');
      await api.untilStatus(runId, 'completed');
      const { events } = await sound(stage, runId);
      expect(states(events)).toEqual(['OPEN', 'SUSPENDED', 'OPEN', 'RESOLVED']);
      expect(events.filter(({ type }) => type === 'run.suspended' || type === 'run.resumed')).toHaveLength(2);
      // Whoever is faster, WatchSessions or the answer to our own command: both say who asked.
      const asked = events.flatMap((event) => (event.type === 'session.state.changed' ? [event.data] : [])).slice(1, 3);
      for (const change of asked) expect(change).toMatchObject({ by: LEAD, reason: expect.any(String) as string });
    });

    it('follows a session that its initiator suspends and resumes', async () => {
      const launched = await running(stage);
      const command = { sessionId: launched.sessionId as SessionId, reason: 'by the agent', as: LEAD };
      await lead.suspendSession(command);
      await stage.api.untilStatus(launched.runId, 'suspended');
      await lead.resumeSession(command);
      await stage.api.untilStatus(launched.runId, 'running');
      await stage.play(launched, 'decision');
      await stage.api.untilStatus(launched.runId, 'completed');
      expect(states((await sound(stage, launched.runId)).events)).toEqual(['OPEN', 'SUSPENDED', 'OPEN', 'RESOLVED']);
    });

    it('fails when its session expires', async () => {
      const launched = await stage.api.launch(requestOf('decision', { ttlMs: 1_500 }));
      const run = await stage.api.untilStatus(launched.runId, 'failed');
      expect(run.errorCode).toBe('SESSION_EXPIRED');
      expect(states((await sound(stage, launched.runId)).events)).toEqual(['OPEN', 'EXPIRED']);
    });

    it('goes on after its policy has denied a commitment, with the reasons on record', async () => {
      const { api } = stage;
      await registerPolicy(stage.runtime.address, 'token-admin', POLICY, {
        voting: { algorithm: 'majority', threshold: 0.5, quorum: { type: 'count', value: 2 } },
        commitment: { require_vote_quorum: true },
      });
      const { runId } = await running(stage, { policyVersion: POLICY });
      const denied = await api.request<Refusal>('POST', `/runs/${runId}/messages`, commitment(POLICY));
      expect(denied).toMatchObject({ status: 403, body: { errorCode: 'POLICY_DENIED' } });
      expect(denied.body.details?.['reasons']).not.toHaveLength(0);
      expect((await api.run(runId)).status).toBe('running');
      await api.ok('POST', `/runs/${runId}/messages`, vote('agent://alice', 'APPROVE'));
      await api.ok('POST', `/runs/${runId}/messages`, vote('agent://bob', 'APPROVE'));
      await api.ok('POST', `/runs/${runId}/messages`, commitment(POLICY));
      await api.untilStatus(runId, 'completed');
      const { events } = await sound(stage, runId);
      expect(events.filter(({ type }) => type === 'policy.denied')).toMatchObject([
        { data: { policyVersion: POLICY, decision: 'deny', errorCode: 'POLICY_DENIED' } },
      ]);
      const { policy } = await api.state(runId);
      expect(policy).toMatchObject({ policyVersion: POLICY, outcomePositive: true, quorumStatus: 'reached' });
      expect(policy.commitmentEvaluations.map((row) => row.decision)).toEqual(['deny', 'allow']);
    });

    it('refuses to start under a policy the runtime does not know', async () => {
      const launched = await stage.api.launch(requestOf('decision', { policyVersion: 'policy.nobody.knows' }));
      const run = await stage.api.untilStatus(launched.runId, 'failed');
      expect(run.errorCode).toBe('START_REJECTED');
      expect(run.errorMessage).toContain('UNKNOWN_POLICY_VERSION');
      await sound(stage, launched.runId);
    });

    it('fails when its runtime has lost the session', async () => {
      const launched = await running(stage);
      await stage.runtime.restart();
      const run = await stage.api.untilStatus(launched.runId, 'failed', 30_000);
      expect(run.errorCode).toBe('SESSION_NOT_FOUND');
      await sound(stage, launched.runId);
    });
  });

  describe(`a run on ${name} that restarts`, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(await start({ tokens: CAST_TOKENS, durable: true }), CAST_ENV, staticTokenFor);
    });
    afterAll(() => stage.close());

    it('goes on in the middle and loses nothing', async () => {
      const launched = await running(stage);
      const play = stage.play(launched, 'decision', { paceMs: 150 });
      await stage.api.untilEvent(
        launched.runId,
        ({ type, data }) => type === 'message.received' && has(data, 'Evaluation'),
      );
      await stage.runtime.restart();
      await play;
      await stage.api.untilStatus(launched.runId, 'completed', 30_000);
      const stored = await sound(stage, launched.runId);
      expect(stored.accepted).toHaveLength(DECISION_MESSAGES);
      expect(stored.accepted.at(-1)?.messageType).toBe('Commitment');
      const streams = stored.events.filter(({ type }) => type === 'session.stream.opened');
      expect(streams.map(({ data }) => (data as { status: string }).status)).toEqual([
        'opened',
        'reconnecting',
        'opened',
      ]);
    });

    it('is completed though its session ended while nobody followed it', async () => {
      const launched = await running(stage);
      await stage.reopen(() => stage.play(launched, 'decision'));
      await stage.api.untilStatus(launched.runId, 'completed', 30_000);
      const stored = await sound(stage, launched.runId);
      // A runtime may have thrown the history of a finished session away; then the gap is on record.
      const { historyGapCount } = await stage.api.metrics(launched.runId);
      const last = stored.events.findLast(({ type }) => type === 'run.completed');
      expect(stored.row['last_ordinal']).toBe(DECISION_MESSAGES);
      expect('commitmentMissing' in last!.data).toBe(historyGapCount > 0);
    });

    it('is started by a runtime that was away when it was asked for', async () => {
      await stage.runtime.kill();
      const launched = await stage.api.launch(requestOf('task'));
      await stage.runtime.restart();
      await stage.play(launched, 'task');
      await stage.api.untilStatus(launched.runId, 'completed', 30_000);
      await sound(stage, launched.runId);
    });
  });
}

/** A run of decision mode that waits for its agents. */
async function running(stage: Stage, session: Parameters<typeof requestOf>[1] = {}): Promise<Launched> {
  const launched = await stage.api.launch(requestOf('decision', session));
  await stage.api.untilStatus(launched.runId, 'running');
  return launched;
}

async function sound(stage: Stage, runId: string): Promise<StoredRun> {
  const stored = await StoredRun.read(stage.controlPlane.database, runId);
  stored.expectSound();
  await expectServed(stage.api, stored);
  return stored;
}

/** The agents' own way to the runtime, past the control plane. */
function initiator(stage: Stage): RustRuntimeProvider {
  const tokens = new Map(CAST.map((id) => [id, staticTokenFor(id)]));
  return provider(stage.runtime.address, { credentials: credentials({ devIdentity: false, tokens }) });
}

async function stateOf(lead: RustRuntimeProvider, { sessionId }: Launched): Promise<string> {
  return (await lead.getSession(sessionId as SessionId, LEAD)).state;
}

function initiatorToken(mode: ExampleMode): string {
  return staticTokenFor(scriptFor(mode)[0]!.id);
}

function states(events: readonly CanonicalEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'session.state.changed' ? [event.data.state.replace('SESSION_STATE_', '')] : [],
  );
}

function has(data: object, messageType: string): boolean {
  return 'messageType' in data && data.messageType === messageType;
}

/** A SessionStart without a time of its own is delivered live with none, and in a replay with the runtime's. */
function withKnownTimes(envelopes: readonly EnvelopeFacts[]): readonly EnvelopeFacts[] {
  return envelopes.map((envelope) =>
    envelope.messageType === 'SessionStart' ? { ...envelope, timestampUnixMs: 0 } : envelope,
  );
}
