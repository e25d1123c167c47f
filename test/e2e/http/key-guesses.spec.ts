import { afterAll, beforeAll, expect, it } from 'vitest';
import { Api, type Refusal } from '../../support/api.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { KEYS, KEYS_ENV, bearer } from '../../support/keys.js';
import { forkControlPlane, type RunningProcess } from '../../support/processes.js';
import type { RunningRuntime } from '../../support/rust-runtime.js';
import { requestOf } from '../../support/stage.js';
import { createStore, type Store } from '../../support/store.js';

let runtime: RunningRuntime;
let store: Store;
let controlPlane: RunningProcess;
beforeAll(async () => {
  runtime = await startEmbedded();
  store = await createStore();
  const env = { LOG_LEVEL: 'debug', RUNTIME_ADDRESS: runtime.address, RUNTIME_DEV_IDENTITY: 'true' };
  controlPlane = await forkControlPlane({ ...store.env, ...env, ...KEYS_ENV });
});
afterAll(async () => {
  await controlPlane.stop();
  await runtime.stop();
  await store.remove();
});

it('who guesses is told to wait, who has a key is not, and no key is told or logged', async () => {
  const api = new Api(controlPlane.at);
  const told: unknown[] = [];
  const statuses: number[] = [];
  for (let n = 0; n < 30; n += 1) {
    const answer = await api.request<Refusal>('GET', '/runs', undefined, bearer(`macp_wrong-${n}`));
    statuses.push(answer.status);
    told.push(answer.body);
  }
  expect(new Set(statuses.slice(0, 20))).toEqual(new Set([401]));
  expect(new Set(statuses.slice(20))).toEqual(new Set([429]));
  const limited = await fetch(`${controlPlane.at}/runs`, { headers: bearer('macp_wrong') });
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(1);
  told.push(await limited.json());

  // Nothing was guessed here, so a page learns that it has to ask for a key.
  expect((await api.request('GET', '/runs')).status).toBe(401);
  const run = await api.ok<{ runId: string }>('POST', '/runs', requestOf('decision'), bearer(KEYS.operate));
  for (const path of [`/runs/${run.runId}/export`, '/audit', '/events']) {
    told.push(await api.ok('GET', path, undefined, bearer(KEYS.admin)));
  }
  const figures = await (await fetch(`${controlPlane.at}/metrics`, { headers: bearer(KEYS.read) })).text();
  expect(figures).toContain('macp_auth_refused_total{reason="unknown"} 20');
  expect(figures).toContain('macp_auth_refused_total{reason="limited"} 11');
  await controlPlane.stop();
  const output = controlPlane.output();
  expect(output.match(/refused for want of a key/g)?.length).toBe(1);
  expect(`${JSON.stringify(told)}${figures}${output}`).not.toMatch(/macp_(wrong|key-of)/);
});
