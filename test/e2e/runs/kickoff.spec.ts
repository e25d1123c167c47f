import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionRequest } from '../../../src/contracts/execution-request.js';
import type { SessionId } from '../../../src/contracts/ids.js';
import type { Readiness } from '../../../src/controllers/health.service.js';
import { LEAD, Scene, provider } from '../../contracts/runtime-scene.js';
import type { Launched } from '../../support/api.js';
import type { RunningRuntime } from '../../support/rust-runtime.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { gateBefore, type GateProxy } from '../../support/gate-proxy.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';
import { StoredRun } from '../../support/stored-run.js';
import { until } from '../../support/until.js';

const IDS = ['first', 'second', 'third'] as const;
/** Well within the time that a process has to leave. */
const LEAVE_MS_MAX = 6_000;
/** Longer than the longest wait between two tries. */
const LATER_MS = 7_000;
/** Long enough to end a session at a runtime that answers. */
const SOON_MS = 1_000;
/** The store takes no word of a message that was not sent, for a reason that does not pass. */
const DEFECT = [
  `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'a defect'; end $$`,
  `create trigger refuse before insert on run_events_canonical for each row
     when (new.type = 'message.send_failed') execute function refuse()`,
];
/** A call that gets no answer is given up after ten seconds. */
const TEST_MS_MAX = 60_000;

/** The lead's three proposals, told from each other by their ids. */
function threeProposals(sessionId: string = randomUUID()): ExecutionRequest {
  const [proposal] = requestOf('decision').kickoff;
  const kickoff = IDS.map((id) => ({ ...proposal!, payload: { ...proposal!.payload, proposalId: `${id}-proposal` } }));
  return requestOf('decision', { sessionId }, { kickoff });
}

/** As if the run's last kickoff message had never been sent, and one that nobody can read. The control plane is closed. */
async function leaveUnsent({ store }: Stage, runId: string, ...further: string[]): Promise<void> {
  const database = await store.open();
  await database.query(
    `update run_outbound_messages set status = 'queued', answered_at = null, message_id = $2, payload = '\\xff'::bytea
       where run_id = $1::uuid and step = $3`,
    [runId, randomUUID(), IDS.length],
  );
  for (const statement of further) await database.query(statement);
  await database.close();
}

/** A runtime behind a gate, and a control plane that starts one run at a time. */
async function behindGate(durable: boolean) {
  const runtime = await startEmbedded({ durable });
  const gate = await gateBefore(runtime.address);
  const env = { ...DEV_ENV, RUN_CONCURRENCY_MAX: '1', RUN_START_DEADLINE_MS: '1000' };
  return { runtime, gate, stage: await Stage.open({ ...runtime, address: gate.address }, env) };
}

describe('a kickoff', { timeout: TEST_MS_MAX }, () => {
  let runtime: RunningRuntime;
  let gate: GateProxy;
  let stage: Stage;
  /** Past the gate. */
  let lead: ReturnType<typeof provider>;

  beforeEach(async () => {
    ({ runtime, gate, stage } = await behindGate(true));
    lead = provider(runtime.address);
  });
  afterEach(async () => {
    gate.open();
    await lead.close();
    await stage.close();
    gate.stop();
  });

  /** Suspends the session as its initiator, just before the runtime hears what has the sign. */
  const suspendAt = async (sign: (bytes: string) => boolean, request = threeProposals()): Promise<Launched> => {
    const held = gate.holdAt(sign);
    const launched = await stage.api.launch(request);
    await held;
    const sessionId = launched.sessionId as SessionId;
    const ack = await lead.suspendSession({ sessionId, reason: 'wait', as: LEAD });
    expect(ack.ok).toBe(true);
    gate.open();
    await stage.api.untilStatus(launched.runId, 'suspended');
    return launched;
  };

  const expectWhole = async ({ runId }: Launched): Promise<void> => {
    await until('every kickoff message is answered', async () => {
      const { outbox } = await StoredRun.read(stage.controlPlane.database, runId);
      return outbox.every(({ status }) => status !== 'queued') ? true : undefined;
    });
    await stage.api.untilEvent(
      runId,
      ({ type, subject }) => type === 'proposal.created' && subject.id === `${IDS[2]}-proposal`,
    );
    const stored = await StoredRun.read(stage.controlPlane.database, runId);
    stored.expectSound();
    expect(stored.outbox.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'accepted'));
    const made = stored.events.filter(({ type }) => type === 'proposal.created').map(({ subject }) => subject.id);
    expect(made).toEqual(IDS.map((id) => `${id}-proposal`));
    expect((await stage.api.run(runId)).status).toBe('running');
  };

  it('goes on when the session is resumed that was suspended in its middle, and keeps no place meanwhile', async () => {
    const launched = await suspendAt((bytes) => bytes.includes('second-proposal'));
    const other = await stage.api.launch(requestOf('quorum'));
    await stage.api.untilStatus(other.runId, 'running');
    expect((await stage.api.run(launched.runId)).status).toBe('suspended');
    expect((await stage.api.command(launched.runId, 'resume')).status).toBe(200);
    await expectWhole(launched);
  });

  it('begins when the session is resumed that was suspended before it', async () => {
    const request = threeProposals();
    const isRead = (bytes: string) => bytes.includes(request.session.sessionId!) && !bytes.includes('SessionStart');
    const launched = await suspendAt(isRead, request);
    expect((await stage.api.command(launched.runId, 'resume')).status).toBe(200);
    await expectWhole(launched);
  });

  it('is taken up by the next process, whatever the run has become by then', async () => {
    const launched = await suspendAt((bytes) => bytes.includes('second-proposal'));
    const { sessionId } = launched;
    await stage.reopen(() => lead.resumeSession({ sessionId: sessionId as SessionId, reason: 'go on', as: LEAD }));
    await expectWhole(launched);
  });

  it('can be cancelled while it waits', async () => {
    const launched = await suspendAt((bytes) => bytes.includes('second-proposal'));
    expect(await stage.api.command(launched.runId, 'cancel')).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    });
  });

  it('leaves no session behind when the answer to its start never came', async () => {
    const muted = gate.muteAt((bytes) => bytes.includes('SessionStart'));
    const { runId, sessionId } = await stage.api.launch(threeProposals());
    await muted;
    const run = await stage.api.untilStatus(runId, 'failed', 30_000);
    expect(run.errorCode).toBe('START_DEADLINE_EXCEEDED');
    const state = async () => (await lead.getSession(sessionId as SessionId, LEAD)).state;
    expect(await state()).toBe('SESSION_STATE_OPEN');
    const stored = await StoredRun.read(stage.controlPlane.database, runId);
    stored.expectSound();
    expect(stored.outbox[0]).toMatchObject({ status: 'unknown', error_code: 'RUNTIME_TIMEOUT' });
    expect(stored.events.map(({ type }) => type)).toContain('message.send_failed');
    gate.open();
    await until('the session is ended', async () => ((await state()) === 'SESSION_STATE_CANCELLED' ? true : undefined));
  });

  it('leaves no session behind when its run was ended and deleted elsewhere while the session was opened', async () => {
    const held = gate.holdAt((bytes) => bytes.includes('SessionStart'));
    const { runId, sessionId } = await stage.api.launch(threeProposals());
    await held;
    await stage.controlPlane.database.query('delete from runs where id = $1', [runId]);
    gate.open();
    const session = () => lead.getSession(sessionId as SessionId, LEAD).catch(() => undefined);
    await until('the session is ended', async () => (await session())?.state === 'SESSION_STATE_CANCELLED');
  });

  it('does not hold up the process whose start gets no answer, and is made by the next', async () => {
    const held = gate.holdAt((bytes) => bytes.includes('SessionStart'));
    const launched = await stage.api.launch(threeProposals());
    await held;
    const began = Date.now();
    let tookMs = Infinity;
    await stage.reopen(() => {
      tookMs = Date.now() - began;
      gate.cut();
      return Promise.resolve();
    });
    expect(tookMs).toBeLessThan(LEAVE_MS_MAX);
    await stage.api.untilStatus(launched.runId, 'running');
    await expectWhole(launched);
  });

  it('leaves the session alone that its agents opened while we could not', async () => {
    const scene = new Scene();
    await runtime.kill();
    gate.cut();
    await sleep(500);
    const request = threeProposals(scene.sessionId);
    const { runId } = await stage.api.launch(request);
    expect((await stage.api.untilStatus(runId, 'failed', 30_000)).errorCode).toBe('START_DEADLINE_EXCEEDED');
    await runtime.restart();
    const { modeVersion, configurationVersion } = request.session;
    const opened = await until('the lead opens it', async () => {
      return lead.startSession(scene.start({ modeVersion, configurationVersion })).catch(() => undefined);
    });
    expect(opened.ok).toBe(true);
    await sleep(LATER_MS);
    expect((await lead.getSession(scene.sessionId, LEAD)).state).toBe('SESSION_STATE_OPEN');
  });

  it.each([
    ['under way', false],
    ['suspended', true],
  ])(
    'that an earlier process left unsent in a run %s does not end the run when it is refused',
    async (_, isSuspended) => {
      const launched = await stage.api.launch(threeProposals());
      const { runId, sessionId } = launched;
      await stage.api.untilStatus(runId, 'running');
      if (isSuspended) expect((await stage.api.command(runId, 'suspend')).status).toBe(200);
      await stage.reopen(() => leaveUnsent(stage, runId));
      if (isSuspended) expect((await stage.api.command(runId, 'resume')).status).toBe(200);
      await until('the message is answered', async () => {
        const { outbox } = await StoredRun.read(stage.controlPlane.database, runId);
        return outbox.every(({ status }) => status !== 'queued') ? true : undefined;
      });
      const stored = await StoredRun.read(stage.controlPlane.database, runId);
      stored.expectSound();
      expect(stored.outbox.at(-1)).toMatchObject({ status: 'rejected' });
      expect(stored.events.map(({ type }) => type)).toContain('message.send_failed');
      expect((await stage.api.run(runId)).status).toBe('running');
      expect((await lead.getSession(sessionId as SessionId, LEAD)).state).toBe('SESSION_STATE_OPEN');
      // It is followed like any other.
      expect((await stage.api.command(runId, 'cancel')).status).toBe(200);
    },
  );

  it('leaves the session of a run under way to those who play in it, even when we fail at the run', async () => {
    const { runId, sessionId } = await stage.api.launch(threeProposals());
    await stage.api.untilStatus(runId, 'running');
    await stage.reopen(() => leaveUnsent(stage, runId, ...DEFECT));
    const { errorCode, errorMessage } = await stage.api.untilStatus(runId, 'failed');
    // What went wrong is for our log.
    expect([errorCode, errorMessage]).toEqual(['INTERNAL_ERROR', expect.not.stringContaining('a defect')]);
    await sleep(SOON_MS);
    expect((await lead.getSession(sessionId as SessionId, LEAD)).state).toBe('SESSION_STATE_OPEN');
  });
});

it('leaves no follower behind when its runtime died and forgot the session', { timeout: TEST_MS_MAX }, async () => {
  const { runtime, gate, stage } = await behindGate(false);
  try {
    const held = gate.holdAt((bytes) => bytes.includes('second-proposal'));
    const { runId } = await stage.api.launch(threeProposals());
    await held;
    await runtime.kill();
    gate.cut();
    expect((await stage.api.untilStatus(runId, 'failed', 30_000)).errorCode).toBe('KICKOFF_REJECTED');
    await runtime.restart();
    const isLetGo = async () =>
      (await stage.api.request<Pick<Readiness, 'streams'>>('GET', '/readyz')).body.streams.followed === 0;
    await until('nobody follows it', isLetGo, 40_000);
  } finally {
    await stage.close();
    gate.stop();
  }
});
