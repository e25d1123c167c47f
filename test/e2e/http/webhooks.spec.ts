import { afterEach, describe, expect, it } from 'vitest';
import type { EventType } from '../../../src/contracts/events.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { startTestControlPlane } from '../../support/control-plane.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';
import { POSTGRES_URL } from '../../support/store.js';
import { until } from '../../support/until.js';
import { webhookReceiver, type Told } from '../../support/webhook-receiver.js';

const SECRET = 'change-me';
const HURRIED_MS_MAX = 30_000;
const ALLOWED = { ...DEV_ENV, WEBHOOK_HOSTS: '127.0.0.1', WEBHOOK_NETWORKS: '127.0.0.0/8', WEBHOOK_TIMEOUT_MS: '300' };
const TYPES: readonly EventType[] = ['run.created', 'run.started', 'session.bound', 'run.cancelled'];

interface Shown {
  readonly id: string;
  readonly active: boolean;
  readonly deliveryStats: { readonly total: number; readonly succeeded: number; readonly failed: number };
  readonly delivery: { readonly state: string; readonly attempts: number; readonly lastError?: string };
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function scene(answer: Parameters<typeof webhookReceiver>[1], env: Readonly<Record<string, string>> = ALLOWED) {
  const receiver = await webhookReceiver(SECRET, answer);
  closers.push(receiver.stop);
  const stage = await Stage.open(await startEmbedded(), env);
  closers.push(() => stage.close());
  const hook = { url: receiver.url, secret: SECRET, events: TYPES };
  const { id } = await stage.api.ok<Shown>('POST', '/webhooks', hook);
  const shown = async () => (await stage.api.ok<readonly Shown[]>('GET', '/webhooks')).find((one) => one.id === id)!;
  /** What was taken is recorded a moment later. */
  const untilTold = (count: number) =>
    until('it is recorded', async () => ((await shown()).deliveryStats.succeeded >= count ? shown() : undefined));
  return { receiver, stage, id, shown, untilTold };
}

async function launchedRun(stage: Stage): Promise<string> {
  const { runId } = await stage.api.launch(requestOf('decision'));
  await stage.api.untilStatus(runId, 'running');
  return runId;
}

async function expected(stage: Stage, runId: string): Promise<readonly string[]> {
  return (await stage.api.events(runId)).filter(({ type }) => TYPES.includes(type)).map(({ id }) => id);
}

const idsOf = (taken: readonly Told[], runId: string) =>
  taken.filter(({ body }) => body.data.runId === runId).map(({ body }) => body.data.id);

describe('webhooks', () => {
  it('are told each event once, in order and signed, however the receiver and we come and go', async () => {
    let mood: 'fail' | 'hang' | 'take' = 'fail';
    const { receiver, stage, id, shown, untilTold } = await scene((response) => {
      if (mood === 'hang') return;
      response.writeHead(mood === 'take' ? 204 : 500).end('secret answer');
    });
    const first = await launchedRun(stage);
    const failing = await until('it fails', async () => {
      const now = await shown();
      return now.delivery.attempts > 0 ? now : undefined;
    });
    expect(failing.delivery).toMatchObject({ state: 'retrying', lastError: 'HTTP 500' });
    mood = 'hang';
    await until('it hangs', async () =>
      (await shown()).delivery.lastError === 'no answer: TIMEOUT' ? true : undefined,
    );
    await stage.reopen(() => Promise.resolve((mood = 'take')));
    const second = await launchedRun(stage);
    const all = await Promise.all([first, second].map((runId) => expected(stage, runId)));
    await until('all is told', () => (receiver.taken.length >= all.flat().length ? true : undefined));
    expect([first, second].map((runId) => idsOf(receiver.taken, runId))).toEqual(all);
    expect(new Set(receiver.calls.map((told) => told.id)).size).toBe(receiver.taken.length);
    expect(receiver.taken[0]?.id).toBe(`${id}_${all[0]?.[0]}`);
    expect(receiver.taken[0]?.body.sessionId).toBe((await stage.api.run(first)).sessionId);
    const { deliveryStats, delivery } = await untilTold(all.flat().length);
    expect(deliveryStats).toMatchObject({ succeeded: receiver.taken.length, failed: 0 });
    expect(delivery.attempts).toBe(0);
    expect(JSON.stringify(await shown())).not.toContain('secret');
  });

  it('are told once by two processes on one database, and each sees what the other told', async ({ skip }) => {
    if (POSTGRES_URL === undefined) skip('an embedded database has one process');
    const { receiver, stage, untilTold } = await scene((response) => response.end());
    const env = { ...stage.store.env, ...ALLOWED, RUNTIME_ADDRESS: stage.runtime.address };
    const other = await startTestControlPlane(env);
    closers.push(() => other.close());
    const runs = await Promise.all(Array.from({ length: 6 }, () => launchedRun(stage)));
    const all = await Promise.all(runs.map((runId) => expected(stage, runId)));
    await until('all is told', () => (receiver.taken.length >= all.flat().length ? true : undefined));
    expect(runs.map((runId) => idsOf(receiver.taken, runId))).toEqual(all);
    expect(receiver.calls.length).toBe(all.flat().length);
    expect((await untilTold(all.flat().length)).deliveryStats.succeeded).toBe(all.flat().length);
  });

  it('are told what follows on an event that they refuse for itself again and again', async () => {
    const refused = new Set<string>();
    const { receiver, stage, id, shown, untilTold } = await scene((response, { body }) => {
      const isPoison = body.type === 'session.bound';
      if (isPoison) refused.add(body.data.id);
      response.writeHead(isPoison ? 422 : 200).end();
    });
    const runId = await launchedRun(stage);
    const all = await expected(stage, runId);
    // A test has no time for ten waits.
    const hurried = (isThere: () => Promise<boolean>) => async () => {
      await stage.controlPlane.database.query('update webhooks set next_attempt_at = null where id = $1', [id]);
      return (await isThere()) || undefined;
    };
    const passedOver = hurried(async () => (await shown()).deliveryStats.failed > 0);
    await until('the event is passed over', passedOver, HURRIED_MS_MAX);
    const told = hurried(() => Promise.resolve(receiver.taken.length >= all.length - 1));
    await until('the others are told', told, HURRIED_MS_MAX);
    expect(idsOf(receiver.taken, runId)).toEqual(all.filter((eventId) => !refused.has(eventId)));
    expect(refused.size).toBe(1);
    expect((await untilTold(all.length - 1)).deliveryStats).toMatchObject({ failed: 1, succeeded: all.length - 1 });
  });

  it('are told nothing by a configuration that does not allow it, and say so', async () => {
    const { receiver, stage, shown } = await scene((response) => response.end(), DEV_ENV);
    await launchedRun(stage);
    expect((await shown()).delivery).toEqual({
      ...{ state: 'not_allowed', attempts: 0, lastError: 'not allowed: HOST_NOT_ALLOWED' },
    });
    expect(receiver.calls).toEqual([]);
  });

  it('are switched off by 410, and go on at the same event when switched on', async () => {
    let status = 410;
    const { receiver, stage, id, shown } = await scene((response) => response.writeHead(status).end());
    const runId = await launchedRun(stage);
    const off = await until('it is off', async () => ((await shown()).active ? undefined : shown()));
    expect(off.delivery).toMatchObject({ state: 'off', lastError: 'HTTP 410: gone' });
    status = 200;
    await stage.api.ok('PATCH', `/webhooks/${id}`, { active: true });
    const all = await expected(stage, runId);
    await until('all is told', () => (receiver.taken.length >= all.length ? true : undefined));
    expect(idsOf(receiver.taken, runId)).toEqual(all);
  });
});
