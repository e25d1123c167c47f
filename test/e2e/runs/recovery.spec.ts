import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Refusal } from '../../support/api.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, requestOf } from '../../support/stage.js';
import { until } from '../../support/until.js';

/** More than are taken up at once, so that some wait until others have had their turn. */
const LEFT_RUNS = 70;
/** All of them at once, on a machine that is busy with other suites. */
const ALL_RUNS_MS_MAX = 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded({ durable: true }));
});
afterAll(() => stage.close());

it('takes up what an earlier process left, and keeps no new launch waiting behind it', async () => {
  await stage.runtime.kill();
  const left = await Promise.all(Array.from({ length: LEFT_RUNS }, () => stage.api.launch(requestOf('quorum'))));
  await Promise.all(left.map(({ runId }) => stage.api.untilStatus(runId, 'starting')));
  // One place, which none of those that are taken up again may hold: their runtime is away.
  await stage.reopen(() => Promise.resolve(), { RUN_CONCURRENCY_MAX: '1' });
  expect(stage.controlPlane.recovered).toBe(LEFT_RUNS);

  const launched = await stage.api.launch(requestOf('quorum'));
  await stage.api.untilStatus(launched.runId, 'starting');
  await until('every run has had its turn', async () => {
    return (await stage.api.figure('macp_runs_to_recover')) === 0 ? true : undefined;
  });
  await stage.runtime.restart();
  await Promise.all([...left, launched].map(({ runId }) => stage.api.untilStatus(runId, 'running', ALL_RUNS_MS_MAX)));
}, 120_000);

it('refuses a launch while as many as may wait to be started, and stores nothing of it', async () => {
  await stage.reopen(() => stage.runtime.kill(), { RUN_CONCURRENCY_MAX: '1', RUN_WAITING_MAX: '1' });
  const starting = await stage.api.launch(requestOf('quorum'));
  await stage.api.untilStatus(starting.runId, 'starting');
  const headers = { 'idempotency-key': randomUUID() };
  const waiting = await stage.api.launch(requestOf('quorum'), headers);
  const { total } = await stage.api.ok<{ total: number }>('GET', '/runs');

  const answer = await stage.api.request<Refusal>('POST', '/runs', requestOf('quorum'));
  expect(answer).toMatchObject({ status: 429, body: { errorCode: 'RATE_LIMITED' } });
  expect((await stage.api.ok<{ total: number }>('GET', '/runs')).total).toBe(total);

  // Whoever is in the line may ask again.
  expect(await stage.api.launch(requestOf('quorum'), headers)).toEqual(waiting);
  const other = await stage.api.request<Refusal>('POST', '/runs', requestOf('decision'), headers);
  expect(other).toMatchObject({ status: 422, body: { errorCode: 'IDEMPOTENCY_KEY_REUSED' } });

  // Whoever leaves the line makes room in it.
  await stage.api.command(waiting.runId, 'cancel');
  const next = await stage.api.launch(requestOf('quorum'));
  await stage.runtime.restart();
  await Promise.all([starting, next].map(({ runId }) => stage.api.untilStatus(runId, 'running')));
  expect((await stage.api.run(waiting.runId)).status).toBe('cancelled');
});
