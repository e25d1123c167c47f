import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Launched, Refusal } from '../../support/api.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, requestOf } from '../../support/stage.js';
import { StoredRun } from '../../support/stored-run.js';

const TIMES = 10;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(() => stage.close());

const count = async () => (await stage.api.ok<{ total: number }>('GET', '/runs?limit=1')).total;
const keyed = () => ({ 'idempotency-key': randomUUID() });

it(`makes one run of ${TIMES} equal requests at once, and gives them equal answers`, async () => {
  const before = await count();
  const headers = keyed();
  const ask = () => stage.api.request<Launched>('POST', '/runs', requestOf('quorum'), headers);
  const answers = await Promise.all(Array.from({ length: TIMES }, ask));
  const [first] = answers;
  expect(first?.status).toBe(202);
  expect(answers).toEqual(answers.map(() => first));
  expect(await count()).toBe(before + 1);

  const { runId } = first!.body;
  await stage.play(first!.body, 'quorum');
  await stage.api.untilStatus(runId, 'completed');
  expect(await ask()).toEqual(first);
  const { events } = await StoredRun.read(stage.controlPlane.database, runId);
  expect(events.filter(({ type }) => type === 'run.created' || type === 'run.started')).toHaveLength(2);
});

it('leaves a run alone that is under way', async () => {
  const headers = keyed();
  const launched = await stage.api.launch(requestOf('decision'), headers);
  await stage.api.untilStatus(launched.runId, 'running');
  // The echo of the kickoff may come after the run is running; nothing else follows it.
  await stage.api.untilEvent(launched.runId, ({ type }) => type === 'proposal.created');
  const before = await StoredRun.read(stage.controlPlane.database, launched.runId);
  for (let time = 0; time < TIMES; time += 1) {
    expect(await stage.api.launch(requestOf('decision'), headers)).toEqual(launched);
  }
  expect(await StoredRun.read(stage.controlPlane.database, launched.runId)).toEqual(before);
  await stage.play(launched, 'decision');
  await stage.api.untilStatus(launched.runId, 'completed');
});

it('refuses another request under the same key, and leaves the run alone', async () => {
  const headers = keyed();
  const launched = await stage.api.launch(requestOf('decision'), headers);
  const before = await count();
  const other = requestOf('decision', { intent: 'Something else' });
  const answer = await stage.api.request<Refusal>('POST', '/runs', other, headers);
  expect(answer).toMatchObject({ status: 422, body: { errorCode: 'IDEMPOTENCY_KEY_REUSED' } });
  expect(await count()).toBe(before);
  await stage.api.untilStatus(launched.runId, 'running');
  await stage.api.command(launched.runId, 'cancel');
});

it('takes the key from the body as well', async () => {
  const idempotencyKey = randomUUID();
  const request = requestOf('decision', {}, { execution: { idempotencyKey } });
  const launched = await stage.api.launch(request);
  expect(await stage.api.launch(request)).toEqual(launched);
  expect(await stage.api.launch(request, { 'idempotency-key': idempotencyKey })).toEqual(launched);
  const torn = await stage.api.request('POST', '/runs', request, keyed());
  expect(torn.status).toBe(400);
  await stage.api.untilStatus(launched.runId, 'running');
  await stage.api.command(launched.runId, 'cancel');
});

it('makes one run of a clone that is asked for again under the same key', async () => {
  const { runId } = await stage.api.launch(requestOf('decision'));
  const headers = keyed();
  const clone = (changes = {}) => stage.api.request<Launched>('POST', `/runs/${runId}/clone`, changes, headers);
  const first = await clone();
  expect(first.status).toBe(202);
  expect(first.body.runId).not.toBe(runId);
  expect(await clone()).toEqual(first);
  expect(await clone({ tags: ['other'] })).toMatchObject({ status: 422 });
  const bad = { 'idempotency-key': 'k'.repeat(256) };
  expect((await stage.api.request('POST', `/runs/${runId}/clone`, {}, bad)).status).toBe(400);
  for (const id of [runId, first.body.runId]) {
    await stage.api.untilStatus(id, 'running');
    await stage.api.command(id, 'cancel');
  }
});

it('makes a run of every request without a key', async () => {
  const [one, other] = [await stage.api.launch(requestOf('task')), await stage.api.launch(requestOf('task'))];
  expect(one.runId).not.toBe(other.runId);
  expect(one.sessionId).not.toBe(other.sessionId);
  for (const launched of [one, other]) await stage.play(launched, 'task');
  await stage.api.untilStatus(one.runId, 'completed');
  await stage.api.untilStatus(other.runId, 'completed');
});
