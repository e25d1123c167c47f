import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../../support/api.js';
import { startAuthService, type AuthService } from '../../support/auth-service.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { forkControlPlane, type RunningProcess } from '../../support/processes.js';
import type { RunningRuntime } from '../../support/rust-runtime.js';
import { CAST_TOKENS, requestOf } from '../../support/stage.js';
import { createStore, type Store } from '../../support/store.js';

/** Every secret of this test holds this word. */
const SECRET = 'sesame';

describe('secrets', () => {
  let runtime: RunningRuntime;
  let service: AuthService;
  let store: Store;
  let controlPlane: RunningProcess;

  beforeAll(async () => {
    runtime = await startEmbedded({ tokens: CAST_TOKENS });
    service = await startAuthService();
    store = await createStore();
    // None of these tokens is one that the runtime knows.
    controlPlane = await forkControlPlane({
      ...store.env,
      LOG_LEVEL: 'debug',
      RUNTIME_ADDRESS: runtime.address,
      RUNTIME_SERVICE_TOKEN: `${SECRET}-service`,
      RUNTIME_TOKENS: JSON.stringify({ 'agent://lead': `${SECRET}-lead` }),
      MACP_AUTH_SERVICE_URL: service.url,
      MACP_AUTH_MINT_PARTICIPANTS: 'true',
    });
  });
  afterAll(async () => {
    await controlPlane.stop();
    await service.stop();
    await runtime.stop();
    await store.remove();
  });

  it('are neither logged nor told, whatever goes wrong with them', async () => {
    const api = new Api(controlPlane.at);
    const told: unknown[] = [];
    const ask = async (method: string, path: string, body?: unknown) => {
      const answer = await api.request<{ errorCode?: string }>(method, path, body);
      told.push(answer.body);
      return answer;
    };
    const refused = await api.launch(requestOf('decision'));
    await api.untilEnded(refused.runId);
    await ask('GET', `/runs/${refused.runId}`);
    await ask('GET', `/runs/${refused.runId}/events`);
    expect((await ask('GET', '/runtime/policies/none')).status).toBeGreaterThanOrEqual(400);

    service.refuse({ status: 200, body: JSON.stringify({ token: `${SECRET} `, expires_in_seconds: 60 }) });
    const participants = [{ id: 'agent://nobody' }];
    const unminted = await api.launch(
      requestOf('decision', { initiatorParticipantId: 'agent://nobody', participants }),
    );
    await api.untilEnded(unminted.runId);
    expect(service.minted.length).toBeGreaterThan(0);
    await ask('GET', `/runs/${unminted.runId}`);

    const metadata = { cancelCallback: { url: 'http://127.0.0.1:1/', bearer: `${SECRET}-callback` } };
    const launched = await api.launch(requestOf('decision', { sessionId: randomUUID(), metadata }));
    await ask('POST', `/runs/${launched.runId}/cancel`, { reason: 'test' });
    await ask('GET', `/runs/${launched.runId}`);
    await ask('GET', '/runs');
    await ask('GET', '/readyz');

    expect(controlPlane.output()).not.toBe('');
    expect(controlPlane.output() + JSON.stringify(told)).not.toContain(SECRET);
  });
});
