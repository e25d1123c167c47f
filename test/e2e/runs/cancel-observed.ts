import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exampleRequest } from '../../../src/agents/examples.js';
import { openSession } from '../../../src/agents/open.client.js';
import type { JsonObject } from '../../../src/contracts/json.js';
import type { SessionId } from '../../../src/contracts/ids.js';
import type { Refusal } from '../../support/api.js';
import { callbackAgent, type CallbackAgent } from '../../support/callback-agent.js';
import { observe } from '../../support/observe-session.js';
import { CAST, CAST_TOKENS, Stage, requestOf, staticTokenFor } from '../../support/stage.js';
import { StoredRun } from '../../support/stored-run.js';
import { credentials, provider, registerPolicy, type StartRuntime } from '../../contracts/runtime-scene.js';

const LEAD = 'agent://lead';
const BEARER = 'callback-secret';
const OPEN_MS_MAX = 20_000;
/** A stage to open, or several waits of seconds in one test, on a machine that does other things too. */
const STAGE_MS_MAX = 120_000;

/** The control plane holds one token: an observer's. */
const OBSERVER_ENV = { RUNTIME_SERVICE_TOKEN: 'token-observer', RUNTIME_DEV_IDENTITY: 'false' };
const CALLBACK_ENV = { CANCEL_CALLBACK_HOSTS: '127.0.0.1', CANCEL_CALLBACK_NETWORKS: '127.0.0.0/8' };

/** The agents' side: their own tokens, past the control plane. */
function asAgents(stage: Stage) {
  const tokens = new Map(CAST.map((id) => [id, staticTokenFor(id)]));
  return provider(stage.runtime.address, { credentials: credentials({ devIdentity: false, tokens }) });
}

/** Agents open a session; a run observes it. */
async function openedRun(stage: Stage, metadata: JsonObject, session: { policyVersion?: string } = {}) {
  const example = exampleRequest('decision');
  const request = { ...example, session: { ...example.session, ...session } };
  const sessionId = randomUUID();
  const { address: runtimeAddress } = stage.runtime;
  const signal = AbortSignal.timeout(OPEN_MS_MAX);
  await openSession({ runtimeAddress, sessionId, mode: 'decision', request, tokenFor: staticTokenFor, signal });
  const launched = await observe(stage.controlPlane, request, { sessionId, metadata });
  await stage.api.untilStatus(launched.runId, 'running');
  return launched;
}

async function refusalOf(stage: Stage, runId: string, command: 'cancel' | 'suspend' = 'cancel'): Promise<Refusal> {
  const { status, body } = await stage.api.command(runId, command);
  expect(status).toBeGreaterThanOrEqual(400);
  return body as Refusal;
}

/** The control plane beside a runtime that knows it as an observer, and agents that play without it. */
export function describeObservedCancel(name: string, start: StartRuntime): void {
  describe(`cancelling a run whose session agents opened on ${name}`, { timeout: STAGE_MS_MAX }, () => {
    let stage: Stage;
    let agent: CallbackAgent | undefined;

    beforeAll(async () => {
      stage = await Stage.open(
        await start({ tokens: CAST_TOKENS }),
        { ...OBSERVER_ENV, ...CALLBACK_ENV },
        staticTokenFor,
      );
    }, STAGE_MS_MAX);
    afterAll(() => stage.close());
    afterEach(async () => {
      await agent?.stop();
      agent = undefined;
    });

    const callback = (url: string) => ({ cancelCallback: { url, bearer: BEARER } });

    it('asks its initiator, and is done when the runtime says so', async () => {
      const rust = asAgents(stage);
      agent = await callbackAgent(async (response, { body }) => {
        response.writeHead(202).end('{"ok":true}');
        const sessionId = String(body['sessionId']) as SessionId;
        await rust.cancelSession({ sessionId, reason: String(body['reason']), as: LEAD });
      });
      const { runId, sessionId } = await openedRun(stage, callback(agent.url));
      const answer = await stage.api.command(runId, 'cancel', 'enough');
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      expect(agent.calls).toEqual([
        { authorization: `Bearer ${BEARER}`, body: { runId, sessionId, reason: 'enough' } },
      ]);
      const stored = await StoredRun.read(stage.controlPlane.database, runId);
      stored.expectSound();
      expect(stored.events.at(-1)?.type).toBe('run.cancelled');
      await rust.close();
    });

    it('is not cancelled because the initiator said yes: the run goes on as long as its session does', async () => {
      agent = await callbackAgent((response) => void response.writeHead(202).end());
      const { runId, sessionId } = await openedRun(stage, callback(agent.url));
      expect(await refusalOf(stage, runId)).toMatchObject({
        statusCode: 504,
        errorCode: 'CANCEL_UNCONFIRMED',
        details: {
          runId,
          attempts: [
            { via: 'cancelCallback', outcome: 'accepted', httpStatus: 202 },
            { via: 'runtime', outcome: 'FORBIDDEN' },
          ],
        },
      });
      expect((await stage.api.run(runId)).status).toBe('running');

      const rust = asAgents(stage);
      await rust.cancelSession({ sessionId: sessionId as SessionId, reason: 'late', as: LEAD });
      await stage.api.untilStatus(runId, 'cancelled');
      await rust.close();
    });

    it.each([
      [500, 'CANCEL_CALLBACK_FAILED'],
      [307, 'CANCEL_CALLBACK_FAILED'],
    ])('tells that the initiator answered HTTP %i', async (httpStatus, errorCode) => {
      agent = await callbackAgent((response) => void response.writeHead(httpStatus, { location: '/elsewhere' }).end());
      const { runId } = await openedRun(stage, callback(agent.url));
      expect(await refusalOf(stage, runId)).toMatchObject({ statusCode: 502, errorCode, details: { httpStatus } });
      expect(agent.calls.length).toBe(1);
      expect((await stage.api.run(runId)).status).toBe('running');
    });

    it.each([
      ['http://127.0.0.1:1/', 502, 'CANCEL_CALLBACK_FAILED', { problem: 'CONNECTION' }],
      ['http://169.254.169.254/latest', 403, 'CANCEL_CALLBACK_BLOCKED', { refusal: 'HOST_NOT_ALLOWED' }],
      ['http://localhost:8080/', 403, 'CANCEL_CALLBACK_BLOCKED', { refusal: 'HOST_NOT_ALLOWED' }],
    ])('tells why %s was of no use', async (url, statusCode, errorCode, details) => {
      const { runId } = await openedRun(stage, { cancelCallback: { url } });
      expect(await refusalOf(stage, runId)).toMatchObject({ statusCode, errorCode, details });
    });

    it.each([
      { cancelCallback: 'http://127.0.0.1/' },
      { cancelCallback: {} },
      { cancelCallback: { url: 'file:///etc/passwd' } },
      { cancelCallback: { url: '/agent/cancel' } },
      { cancelCallback: { url: 'http://user@127.0.0.1/' } },
      { cancelCallback: { url: 'http://127.0.0.1/', bearer: 'two words' } },
      { cancelCallback: { url: 'http://127.0.0.1/', method: 'GET' } },
      { cancellationDelegated: 'true' },
    ])('is not promised by a request with %j', async (metadata) => {
      const { status, body } = await stage.api.request('POST', '/runs', requestOf('decision', { metadata }));
      expect(status).toBe(400);
      expect(body).toMatchObject({ errorCode: 'VALIDATION_ERROR' });
      expect(JSON.stringify(body)).not.toContain('two words');
    });

    it('without any way to do so says what would open one', async () => {
      const { runId } = await openedRun(stage, {});
      const refusal = await refusalOf(stage, runId);
      expect(refusal).toMatchObject({
        statusCode: 409,
        errorCode: 'CANCEL_NOT_DELEGATED',
        details: {
          call: 'CancelSession',
          identity: 'control-plane',
          attempts: [{ via: 'runtime', outcome: 'FORBIDDEN' }],
        },
      });
      expect(refusal.message).toMatch(/cancelCallback.*policy.*token/);
      const forbidden = await openedRun(stage, { cancellationDelegated: false });
      expect(await refusalOf(stage, forbidden.runId)).toMatchObject({
        errorCode: 'CANCEL_NOT_DELEGATED',
        details: { attempts: [] },
      });
      expect(await refusalOf(stage, runId, 'suspend')).toMatchObject({
        statusCode: 403,
        errorCode: 'FORBIDDEN',
        details: { call: 'SuspendSession', identity: 'control-plane' },
      });
    });

    it('is not possible once it has ended, and then nobody is called', async () => {
      agent = await callbackAgent((response) => void response.end());
      const launched = await openedRun(stage, callback(agent.url));
      await stage.play(launched, 'decision');
      await stage.api.untilStatus(launched.runId, 'completed');
      expect(await refusalOf(stage, launched.runId)).toMatchObject({
        statusCode: 409,
        errorCode: 'INVALID_STATE_TRANSITION',
      });
      expect(agent.calls).toEqual([]);
    });

    it('tells when the session was resolved before the initiator got to it', async () => {
      agent = await callbackAgent((response) => void response.writeHead(202).end());
      const launched = await openedRun(stage, callback(agent.url));
      const play = stage.play(launched, 'decision');
      expect(await refusalOf(stage, launched.runId)).toMatchObject({
        statusCode: 409,
        errorCode: 'CANCEL_REFUSED',
        details: { status: 'completed' },
      });
      await play;
    });

    it('before its session exists ends the run, and tells the initiator not to begin', async () => {
      agent = await callbackAgent((response) => void response.writeHead(202).end());
      const { runId, sessionId } = await observe(stage.controlPlane, exampleRequest('decision'), {
        metadata: callback(agent.url),
      });
      const answer = await stage.api.command(runId, 'cancel', 'not today');
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      expect(agent.calls.map(({ body }) => body)).toEqual([{ runId, sessionId, reason: 'not today' }]);
    });

    it('shows the bearer of its callback to nobody', async () => {
      const { runId } = await openedRun(stage, callback('http://127.0.0.1:1/'));
      const cancelled = JSON.stringify(await refusalOf(stage, runId));
      const shown = await Promise.all(
        [`/runs/${runId}`, '/runs', `/runs/${runId}/state`, `/runs/${runId}/events`, `/runs/${runId}/export`].map(
          (path) => stage.api.request('GET', path),
        ),
      );
      expect(shown.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(cancelled + JSON.stringify(shown)).not.toContain(BEARER);
      expect(await stage.api.run(runId)).toMatchObject({
        metadata: { cancelCallback: { url: 'http://127.0.0.1:1/', bearer: '[redacted]' } },
      });
    });
  });

  describe(
    `cancelling a run whose session’s policy on ${name} gives the control plane authority`,
    { timeout: STAGE_MS_MAX },
    () => {
      it('asks the runtime directly', async () => {
        const runtime = await start({ tokens: CAST_TOKENS });
        const stage = await Stage.open(runtime, OBSERVER_ENV, staticTokenFor);
        try {
          const commitment = { authority: 'designated_role', designated_roles: ['control-plane', LEAD] };
          await registerPolicy(runtime.address, 'token-admin', 'policy.delegated', { commitment });
          const { runId } = await openedRun(
            stage,
            { cancellationDelegated: true },
            { policyVersion: 'policy.delegated' },
          );
          expect(await stage.api.command(runId, 'suspend')).toMatchObject({
            status: 200,
            body: { status: 'suspended' },
          });
          expect(await stage.api.command(runId, 'resume')).toMatchObject({ status: 200, body: { status: 'running' } });
          expect(await stage.api.command(runId, 'cancel')).toMatchObject({
            status: 200,
            body: { status: 'cancelled' },
          });
          const stored = await StoredRun.read(stage.controlPlane.database, runId);
          stored.expectSound();
          // Not the initiator: nobody spoke in its name.
          expect(stored.events.at(-1)).toMatchObject({ type: 'run.cancelled', data: { by: 'control-plane' } });
        } finally {
          await stage.close();
        }
      });
    },
  );
}
