import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODE_NAMES } from '../../../src/agents/modes.js';
import { openSession } from '../../../src/agents/open.client.js';
import type { WireEnvelope } from '../../../src/contracts/envelope.js';
import type { SessionId } from '../../../src/contracts/ids.js';
import { AppError } from '../../../src/errors/app-error.js';
import { payloadCodec } from '../../../src/runtime/proto-registry.js';
import { provider } from '../../contracts/runtime-scene.js';
import { Chance } from '../../support/chance.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { observe } from '../../support/observe-session.js';
import { refuseEvents } from '../../support/refuse-events.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';
import { StoredRun } from '../../support/stored-run.js';
import { until } from '../../support/until.js';
import { COMMITMENT } from '../../support/voters.js';

const LEAD = 'agent://lead';
const RACES = 30;
/** How much the start of a race varies, and by how much the loser of the last one is favoured in the next. */
const JITTER_MS_MAX = 8;
const BALANCE_STEP_MS = 4;
/** Long enough for a start that fails to wait for its next try for at least a second. */
const TRIES_MS = 2_500;
/** How long after its request a starting run is cancelled at most. */
const START_MS_MAX = 80;
const ABREAST = 5;
const RACES_MS_MAX = 90_000;

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

/** One run whose lead commits while the control plane cancels it. Resolves with how it ended. */
async function race(stage: Stage, commitAfterMs: number): Promise<'completed' | 'cancelled'> {
  const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
  await stage.api.untilStatus(runId, 'running');
  const lead = provider(stage.runtime.address);
  const commit = async () => {
    await sleep(Math.max(commitAfterMs, 0));
    return lead.send(commitmentOf(sessionId));
  };
  const cancel = async () => {
    await sleep(Math.max(-commitAfterMs, 0));
    return stage.api.command(runId, 'cancel');
  };
  const [committed, cancelled] = await Promise.all([commit(), cancel()]).finally(() => lead.close());
  const run = await stage.api.untilEnded(runId);
  const isCancelled = run.status === 'cancelled';
  expect(STATE_OF[run.status]).toBe(await stateIn(stage, sessionId));
  expect({ ok: committed.ok, status: cancelled.status }).toEqual({ ok: !isCancelled, status: isCancelled ? 200 : 409 });
  (await StoredRun.read(stage.controlPlane.database, runId)).expectSound();
  return isCancelled ? 'cancelled' : 'completed';
}

function commitmentOf(sessionId: string): WireEnvelope {
  const { mode, messageType, payload } = { mode: MODE_NAMES.decision, messageType: 'Commitment', payload: COMMITMENT };
  return {
    macpVersion: '1.0',
    mode,
    messageType,
    messageId: randomUUID(),
    sessionId,
    sender: LEAD,
    timestampUnixMs: Date.now(),
    payload: payloadCodec.encode(mode, messageType, payload).bytes,
  };
}

/** Does the same thing so many times, some at once. */
async function abreast<T>(times: number, once: () => Promise<T>): Promise<readonly T[]> {
  const done: T[] = [];
  let begun = 0;
  const lane = async () => {
    while (begun < times) {
      begun += 1;
      done.push(await once());
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, lane));
  return done;
}

describe('cancelling', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(await startEmbedded());
  });
  afterAll(() => stage.close());

  it(
    `tells the truth in ${RACES} races with a commitment`,
    async () => {
      const chance = Chance.announced('CANCEL_SEED');
      let balanceMs = 0;
      const ends = await abreast(RACES, async () => {
        const end = await race(stage, balanceMs + chance.int(-JITTER_MS_MAX, JITTER_MS_MAX));
        // Whoever won starts a little later next time, so that the races are close on any machine.
        balanceMs += end === 'cancelled' ? -BALANCE_STEP_MS : BALANCE_STEP_MS;
        return end;
      });
      process.stderr.write(`races: ${ends.filter((end) => end === 'cancelled').length} cancelled of ${RACES}\n`);
      expect(new Set(ends).size).toBe(2);
    },
    RACES_MS_MAX,
  );

  it(
    'at any moment of the start leaves a cancelled run and no open session',
    async () => {
      const chance = Chance.announced('CANCEL_START_SEED');
      await abreast(RACES, async () => {
        const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
        await sleep(chance.int(0, START_MS_MAX));
        const answer = await stage.api.command(runId, 'cancel');
        expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
        expect(['SESSION_STATE_CANCELLED', 'SESSION_NOT_FOUND']).toContain(await stateIn(stage, sessionId));
        const stored = await StoredRun.read(stage.controlPlane.database, runId);
        stored.expectSound();
        expect(stored.events.at(-1)?.type).toBe('run.cancelled');
      });
    },
    RACES_MS_MAX,
  );

  it('before its session could be recorded reads its history first, and ends it then', async () => {
    const release = await refuseEvents(stage, 'session.bound');
    const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
    await sleep(TRIES_MS);
    await release();
    expect(await stage.api.command(runId, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await stateIn(stage, sessionId)).toBe('SESSION_STATE_CANCELLED');
    const stored = await StoredRun.read(stage.controlPlane.database, runId);
    stored.expectSound();
    const types = stored.events.map(({ type }) => type);
    expect(types).toContain('message.received');
    expect(types.at(-1)).toBe('run.cancelled');
  });

  it('before an agent’s session could be recorded waits for that, and ends it as its initiator', async () => {
    const release = await refuseEvents(stage, 'session.bound');
    const request = requestOf('decision');
    const { runId, sessionId } = await observe(stage.controlPlane, request, { sessionId: randomUUID(), metadata: {} });
    const { address: runtimeAddress } = stage.runtime;
    const signal = AbortSignal.timeout(RACES_MS_MAX);
    const tokenFor = (id: string) => id;
    await openSession({ runtimeAddress, sessionId, mode: 'decision', request, tokenFor, signal });
    const cancelling = stage.api.command(runId, 'cancel');
    await sleep(START_MS_MAX);
    await release();
    expect(await cancelling).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await stateIn(stage, sessionId)).toBe('SESSION_STATE_CANCELLED');
    (await StoredRun.read(stage.controlPlane.database, runId)).expectSound();
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

  it('for its next try ends it, and tries no more', async () => {
    const release = await refuseEvents(stage, 'run.started');
    const { runId } = await stage.api.launch(requestOf('decision'));
    await sleep(TRIES_MS);
    await release();
    expect(await stage.api.command(runId, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    const stored = await StoredRun.read(stage.controlPlane.database, runId);
    stored.expectSound();
    expect(stored.events.map(({ type }) => type)).toEqual(['run.created', 'run.cancelled']);
  });

  it('is started after all when its cancellation could not be written down', async () => {
    await stage.runtime.kill();
    const first = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(first.runId, 'starting');
    const waiting = await stage.api.launch(requestOf('decision'));
    const release = await refuseEvents(stage, 'run.cancelled');
    expect(await stage.api.command(waiting.runId, 'cancel')).toMatchObject({
      status: 503,
      body: { errorCode: 'DATABASE_UNAVAILABLE' },
    });
    await release();
    await stage.runtime.restart();
    await stage.api.untilStatus(first.runId, 'running');
    await stage.api.untilStatus(waiting.runId, 'running');
    for (const { runId } of [first, waiting]) {
      expect(await stage.api.command(runId, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    }
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

  it('for its runtime in a new process is answered, and works afterwards', async () => {
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    await stage.reopen(() => stage.runtime.kill());
    const began = Date.now();
    expect((await stage.api.command(runId, 'cancel')).status).toBe(503);
    expect(Date.now() - began).toBeLessThan(15_000);
    await stage.runtime.restart();
    await until('the run is cancelled', async () =>
      (await stage.api.command(runId, 'cancel')).status === 200 ? true : undefined,
    );
    expect((await stage.api.run(runId)).status).toBe('cancelled');
  });
});
