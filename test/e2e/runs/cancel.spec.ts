import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionId } from '../../../src/contracts/ids.js';
import { AppError } from '../../../src/errors/app-error.js';
import { provider } from '../../contracts/runtime-scene.js';
import { Chance } from '../../support/chance.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';
import { StoredRun } from '../../support/stored-run.js';
import { commitment } from '../../support/voters.js';

const LEAD = 'agent://lead';
const RACES = 30;
/** How much earlier or later than the other the one command may be sent. */
const HEAD_START_MS_MAX = 8;

/** What the runtime's session is, for each way a run can end. */
const STATE_OF: Readonly<Record<string, string>> = {
  completed: 'SESSION_STATE_RESOLVED',
  cancelled: 'SESSION_STATE_CANCELLED',
};

async function stateIn(stage: Stage, sessionId: string): Promise<string> {
  const runtime = provider(stage.runtime.address);
  try {
    return (await runtime.getSession(sessionId as SessionId, LEAD)).state;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  } finally {
    await runtime.close();
  }
}

describe('cancelling', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(await startEmbedded());
  });
  afterAll(() => stage.close());

  it(`tells the truth in ${RACES} races with a commitment`, async () => {
    const chance = Chance.announced('CANCEL_SEED');
    const ends: string[] = [];
    for (let race = 0; race < RACES; race += 1) {
      const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
      await stage.api.untilStatus(runId, 'running');
      const commit = async (waitMs: number) => {
        await sleep(waitMs);
        return stage.api.request('POST', `/runs/${runId}/messages`, commitment());
      };
      const cancel = async (waitMs: number) => {
        await sleep(waitMs);
        return stage.api.command(runId, 'cancel');
      };
      const lead = chance.int(-HEAD_START_MS_MAX, HEAD_START_MS_MAX);
      const [committed, cancelled] = await Promise.all([commit(Math.max(lead, 0)), cancel(Math.max(-lead, 0))]);
      const run = await stage.api.untilEnded(runId);
      ends.push(run.status);
      expect(STATE_OF[run.status]).toBe(await stateIn(stage, sessionId));
      expect(cancelled.status).toBe(run.status === 'cancelled' ? 200 : 409);
      if (run.status === 'cancelled') expect(committed.status).toBe(409);
      (await StoredRun.read(stage.controlPlane.database, runId)).expectSound();
    }
    process.stderr.write(`races: ${ends.filter((end) => end === 'cancelled').length} cancelled of ${ends.length}\n`);
  });

  it('at any moment of the start leaves a cancelled run and no open session', async () => {
    const chance = Chance.announced('CANCEL_START_SEED');
    for (let time = 0; time < RACES; time += 1) {
      const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
      await sleep(chance.int(0, 40));
      const answer = await stage.api.command(runId, 'cancel');
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      expect(['SESSION_STATE_CANCELLED', 'SESSION_NOT_FOUND']).toContain(await stateIn(stage, sessionId));
      const stored = await StoredRun.read(stage.controlPlane.database, runId);
      stored.expectSound();
      expect(stored.events.at(-1)?.type).toBe('run.cancelled');
    }
  });

  it('is said once, however often it is asked for', async () => {
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const answers = await Promise.all(Array.from({ length: 5 }, () => stage.api.command(runId, 'cancel')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    (await StoredRun.read(stage.controlPlane.database, runId)).expectSound();
  });

  it('is refused for a run that has ended, and for one that does not exist', async () => {
    const launched = await stage.api.launch(requestOf('quorum'));
    await stage.play(launched, 'quorum');
    await stage.api.untilStatus(launched.runId, 'completed');
    const answer = await stage.api.command(launched.runId, 'cancel');
    expect(answer).toMatchObject({ status: 409, body: { errorCode: 'INVALID_STATE_TRANSITION' } });
    const nobody = await stage.api.command('0195d0a0-0000-7000-8000-000000000001', 'cancel');
    expect(nobody).toMatchObject({ status: 404, body: { errorCode: 'RUN_NOT_FOUND' } });
  });
});

describe('cancelling a run that waits', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(await startEmbedded({ durable: true }), { ...DEV_ENV, RUN_CONCURRENCY_MAX: '1' });
    await stage.runtime.kill();
  });
  afterAll(() => stage.close());

  it('in the queue ends it at once, without a session', async () => {
    const first = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(first.runId, 'starting');
    const waiting = await stage.api.launch(requestOf('decision'));
    expect((await stage.api.run(waiting.runId)).status).toBe('queued');
    const answer = await stage.api.command(waiting.runId, 'cancel');
    expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    const stored = await StoredRun.read(stage.controlPlane.database, waiting.runId);
    stored.expectSound();
    expect(stored.events.map(({ type }) => type)).toEqual(['run.created', 'run.cancelled']);

    await stage.runtime.restart();
    await stage.api.untilStatus(first.runId, 'running');
    expect(await stateIn(stage, waiting.sessionId)).toBe('SESSION_NOT_FOUND');
    await stage.api.command(first.runId, 'cancel');
  });

  it('for its runtime is refused as long as nobody knows whether a session exists, and works afterwards', async () => {
    await stage.runtime.kill();
    const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'starting');
    expect((await stage.api.command(runId, 'cancel')).status).toBe(503);
    expect((await stage.api.run(runId)).status).toBe('starting');
    await stage.runtime.restart();
    await stage.api.untilStatus(runId, 'running');
    expect(await stage.api.command(runId, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await stateIn(stage, sessionId)).toBe('SESSION_STATE_CANCELLED');
  });
});
