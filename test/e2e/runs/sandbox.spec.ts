import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_MODES } from '../../../src/agents/modes.js';
import type { ExecutionRequest } from '../../../src/contracts/execution-request.js';
import type { RunPage, RunRecord } from '../../../src/contracts/run-record.js';
import type { Refusal } from '../../support/api.js';
import { forkRuntime, type RunningProcess } from '../../support/processes.js';
import { Sandbox } from '../../support/sandbox.js';
import { StoredRun } from '../../support/stored-run.js';
import { until } from '../../support/until.js';

/** Between two messages, where a test does not have to get in between. */
const QUICK_MS = '10';
/** Long enough to get in between. */
const SLOW_MS = '400';
const PLAY_MS_MAX = 60_000;
const TEST_MS_MAX = 2 * PLAY_MS_MAX;

/** How a description says that a run ends. */
function endOf({ status, metadata }: RunRecord): string {
  if (status === 'failed') return 'Ends as failed, because the session expired.';
  return `Ends as ${status}, with a ${metadata['outcomePositive'] === true ? 'positive' : 'negative'} outcome`;
}

describe('a sandbox with scripted agents', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.open({ SANDBOX_PACE_MS: QUICK_MS, SANDBOX_PLAYS_MAX: '64' });
  });
  afterAll(() => sandbox.close());

  const ended = async (request: ExecutionRequest): Promise<RunRecord> => {
    const { runId } = await sandbox.api.launch(request);
    return sandbox.api.untilEnded(runId, PLAY_MS_MAX);
  };

  it('plays each example to the end that its description names', { timeout: TEST_MS_MAX }, async () => {
    const examples = await sandbox.examples();
    expect(new Set(examples.map(({ mode }) => mode))).toEqual(new Set(EXAMPLE_MODES));
    const runs = await Promise.all(examples.map(async (example) => ({ example, run: await ended(example.request) })));
    for (const { example, run } of runs) expect(example.description).toContain(endOf(run));
    expect(new Set(runs.map(({ run }) => endOf(run))).size).toBe(3);
    const unanswered = runs.find(({ example }) => example.id === 'decision-unanswered')!.run;
    expect(unanswered.errorCode).toBe('SESSION_EXPIRED');
    const { participants } = await sandbox.api.state(unanswered.id);
    expect(participants.filter(({ messageCount }) => messageCount === 0)).toHaveLength(1);
    const shown = await sandbox.api.ok<RunPage>('GET', '/runs');
    const all = await sandbox.api.ok<RunPage>('GET', '/runs?includeSandbox=true');
    expect([shown.total, all.total]).toEqual([0, examples.length]);
    await sandbox.untilIdle();
  });

  it.each(EXAMPLE_MODES)('comes to a negative end in %s mode too', { timeout: TEST_MS_MAX }, async (mode) => {
    const { request } = (await sandbox.examples()).find((example) => example.mode === mode)!;
    const run = await ended({ ...request, execution: { scriptedAgents: 'refusing' } });
    expect(run).toMatchObject({ status: 'completed', metadata: { outcomePositive: false } });
  });

  it('plays a cast that the user has changed', { timeout: TEST_MS_MAX }, async () => {
    const request = await sandbox.example('decision');
    const ids = ['chair', 'ann', 'ben', 'cleo', 'dan', 'eve'];
    const participants = ids.map((id) => ({ id }));
    const kickoff = request.kickoff.map((message) => ({ ...message, from: 'chair', to: [] }));
    const session = { ...request.session, participants, initiatorParticipantId: 'chair' };
    const run = await ended({ ...request, session, kickoff });
    expect(run).toMatchObject({ status: 'completed', metadata: { outcomePositive: true } });
    const { participants: seen } = await sandbox.api.state(run.id);
    expect(seen.filter(({ messageCount }) => messageCount > 0).map(({ participantId }) => participantId)).toEqual(ids);
  });

  it('casts the missing approval where the requester has to', { timeout: TEST_MS_MAX }, async () => {
    const request = await sandbox.example('quorum');
    const [requester, dba] = request.session.participants;
    const session = { ...request.session, participants: [requester!, dba!] };
    const run = await ended({ ...request, session });
    expect(run).toMatchObject({ status: 'completed', metadata: { outcomePositive: true } });
  });

  it('launches a clone with its agents', { timeout: TEST_MS_MAX }, async () => {
    const first = await ended(await sandbox.example('handoff'));
    const { runId } = await sandbox.api.ok<{ runId: string }>('POST', `/runs/${first.id}/clone`, {});
    await sandbox.api.untilStatus(runId, 'completed', PLAY_MS_MAX);
  });

  describe('refuses', () => {
    const session = (changes: Partial<ExecutionRequest['session']>) => (request: ExecutionRequest) => ({
      ...request,
      session: { ...request.session, ...changes },
    });
    const many = Array.from({ length: 40 }, (_, index) => ({ id: `agent-${index}` }));
    const { initiatorParticipantId, intent } = { initiatorParticipantId: undefined, intent: undefined };

    it.each<[string, string, string, (request: ExecutionRequest) => object]>([
      ['a live run', 'execution.scriptedAgents', 'sandbox', (request) => ({ ...request, mode: 'live' })],
      [
        'an observed run',
        'execution.scriptedAgents',
        'drive',
        ({ kickoff: _none, ...request }) => ({
          ...request,
          session: { ...request.session, initiatorParticipantId, intent, orchestration: 'observe' },
        }),
      ],
      [
        'a mode without a script',
        'session.modeName',
        'macp.mode.quorum.v1',
        session({ modeName: 'ext.brainstorm.v1' }),
      ],
      ['a cast of one', 'session.participants', 'initiator', session({ participants: [{ id: 'agent://lead' }] })],
      ['a cast of too many', 'session.participants', '32', session({ participants: many })],
      [
        'a cast that cannot speak',
        'session.participants',
        'ASCII',
        session({ participants: [{ id: 'agent://lead' }, { id: 'agent://Zoë' }] }),
      ],
      ['a kickoff that says nothing', 'kickoff', 'Proposal', (request) => ({ ...request, kickoff: [] })],
      [
        'a manner that nobody knows',
        'execution.scriptedAgents',
        'agreeing',
        (request) => ({ ...request, execution: { scriptedAgents: 'shouting' } }),
      ],
    ])('%s', async (_what, path, word, change) => {
      const body = change(await sandbox.example('decision'));
      const { status, body: refusal } = await sandbox.api.request<Refusal>('POST', '/runs', body);
      expect({ status, code: refusal.errorCode }).toEqual({ status: 400, code: 'VALIDATION_ERROR' });
      expect(refusal.details?.['issues']).toMatchObject([{ path }]);
      expect(refusal.message).toContain(word);
    });

    it('the same when it is asked to validate', async () => {
      const request = await sandbox.example('decision');
      const check = (body: object) =>
        sandbox.api.ok<{ valid: boolean; errors: string[] }>('POST', '/runs/validate', body);
      expect(await check(request)).toMatchObject({ valid: true, errors: [] });
      const { valid, errors } = await check({ ...request, mode: 'live' });
      expect(valid).toBe(false);
      expect(errors[0]).toContain('execution.scriptedAgents');
    });
  });

  it('tells in the run when an agent gives up, and leaves the run alone', { timeout: TEST_MS_MAX }, async () => {
    const before = await sandbox.api.figure('macp_sandbox_agents_failed');
    const request = await sandbox.example('decision');
    // Everybody would have to approve, the lead included, who does not vote.
    const session = { ...request.session, policyVersion: 'policy.std.unanimous' };
    const { runId } = await sandbox.api.launch({ ...request, session });
    const told = await sandbox.api.untilEvent(runId, ({ type, data }) => {
      return type === 'signal.emitted' && 'name' in data && data.name === 'agent.failed';
    });
    expect(told.data).toMatchObject({ sender: 'agent://lead', severity: 'high', data: { code: 'POLICY_DENIED' } });
    await until('the failure is counted', async () =>
      (await sandbox.api.figure('macp_sandbox_agents_failed')) === before + 1 ? true : undefined,
    );
    expect(sandbox.process.output()).toContain('a scripted agent gave up');
    expect((await sandbox.api.run(runId)).status).toBe('running');
    expect((await sandbox.api.command(runId, 'cancel')).status).toBe(200);
    await sandbox.untilIdle();
  });
});

describe('scripted agents under way', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.open({ SANDBOX_PACE_MS: SLOW_MS, SANDBOX_PLAYS_MAX: '2' });
  });
  afterAll(() => sandbox.close());

  /** A run in whose middle the agents are. */
  const underWay = async (): Promise<string> => {
    const { runId } = await sandbox.api.launch(await sandbox.example('decision'));
    await sandbox.api.untilEvent(runId, ({ type }) => type === 'proposal.updated', PLAY_MS_MAX);
    return runId;
  };

  const expectSound = async (runId: string): Promise<void> => {
    await sandbox.api.untilStatus(runId, 'completed', PLAY_MS_MAX);
    await sandbox.untilIdle();
    expect(await sandbox.process.stop()).toMatchObject({ code: 0 });
    const database = await sandbox.store.open();
    const stored = await StoredRun.read(database, runId);
    stored.expectSound();
    const ids = stored.accepted.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    await database.close();
    await sandbox.again();
  };

  it('wait while the run is suspended, and go on with it', { timeout: TEST_MS_MAX }, async () => {
    const runId = await underWay();
    expect((await sandbox.api.command(runId, 'suspend')).status).toBe(200);
    expect((await sandbox.api.run(runId)).status).toBe('suspended');
    expect((await sandbox.api.command(runId, 'resume')).status).toBe(200);
    await sandbox.api.untilStatus(runId, 'completed', PLAY_MS_MAX);
    await sandbox.untilIdle();
  });

  it('leave a run that is cancelled', { timeout: TEST_MS_MAX }, async () => {
    const runId = await underWay();
    expect((await sandbox.api.command(runId, 'cancel')).status).toBe(200);
    expect((await sandbox.api.run(runId)).status).toBe('cancelled');
    await sandbox.untilIdle();
  });

  it('are not more than allowed at once', { timeout: TEST_MS_MAX }, async () => {
    const request = await sandbox.example('decision');
    const launch = (execution: ExecutionRequest['execution'] = request.execution) =>
      sandbox.api.request<Refusal & { runId: string }>('POST', '/runs', { ...request, execution });
    const answers = await Promise.all([launch(), launch(), launch(), launch()]);
    const [taken, refused] = [202, 429].map((status) => answers.filter((answer) => answer.status === status));
    expect([taken!.length, refused!.length]).toEqual([2, 2]);
    expect(refused![0]!.body).toMatchObject({ errorCode: 'SANDBOX_BUSY', details: { playsMax: 2 } });
    const url = `${sandbox.process.at}/runs`;
    const headers = { 'content-type': 'application/json' };
    const told = await fetch(url, { method: 'POST', headers, body: JSON.stringify(request) });
    expect([told.status, told.headers.get('retry-after')]).toEqual([429, '5']);
    // Without agents a sandbox run takes no place.
    const alone = await launch({});
    expect(alone.status).toBe(202);
    for (const { body } of [...taken!, alone]) await sandbox.api.command(body.runId, 'cancel');
    await sandbox.untilIdle();
    const { status, body } = await launch();
    expect(status).toBe(202);
    await sandbox.api.command(body.runId, 'cancel');
    await sandbox.untilIdle();
  });

  it('are not refused to a request that has them', { timeout: TEST_MS_MAX }, async () => {
    const request = await sandbox.example('decision');
    const headers = { 'idempotency-key': randomUUID() };
    const launched = [await sandbox.api.launch(request, headers), await sandbox.api.launch(request)];
    expect(await sandbox.api.launch(request, headers)).toEqual(launched[0]);
    for (const { runId } of launched) await sandbox.api.command(runId, 'cancel');
    await sandbox.untilIdle();
  });

  it('are called back when the process leaves, and return with the next one', { timeout: TEST_MS_MAX }, async () => {
    const runId = await underWay();
    expect(await sandbox.process.stop()).toMatchObject({ code: 0 });
    expect(sandbox.process.output()).not.toContain('too long');
    await sandbox.again();
    await expectSound(runId);
  });

  it('return after a kill', { timeout: TEST_MS_MAX }, async () => {
    const runId = await underWay();
    await sandbox.crash();
    await sandbox.again();
    await expectSound(runId);
  });
});

describe('a sandbox beside a configured runtime', () => {
  let runtime: RunningProcess;
  let sandbox: Sandbox;
  beforeAll(async () => {
    runtime = await forkRuntime();
    sandbox = await Sandbox.open({
      RUNTIME_ADDRESS: runtime.at,
      RUNTIME_KIND: 'main',
      RUNTIME_SUBSCRIPTION: 'session-watch',
      SANDBOX_PACE_MS: QUICK_MS,
    });
  });
  afterAll(async () => {
    await sandbox.close();
    await runtime.kill();
  });

  it('may fail to start, and is started by who wants it a little later', { timeout: TEST_MS_MAX }, async () => {
    const folder = join(sandbox.store.env['MACP_DATA_DIR']!, 'runtime');
    await writeFile(folder, 'no folder');
    const request = await sandbox.example('task');
    const launch = () => sandbox.api.request<Refusal & { runId: string }>('POST', '/runs', request);
    const expectAway = async () => {
      const { status, body } = await launch();
      expect({ status, errorCode: body.errorCode }).toEqual({ status: 503, errorCode: 'RUNTIME_UNAVAILABLE' });
      expect(body.message).toContain('The embedded runtime left with code 1 before it listened');
    };
    await expectAway();
    await rm(folder);
    // No process is started for whoever asks at once.
    await expectAway();
    const runId = await until('it is tried again', async () => {
      const { status, body } = await launch();
      return status === 202 ? body.runId : undefined;
    });
    await sandbox.api.untilStatus(runId, 'completed', PLAY_MS_MAX);
  });

  it('is where the examples are played', { timeout: TEST_MS_MAX }, async () => {
    const { runId } = await sandbox.api.launch(await sandbox.example('task'));
    const run = await sandbox.api.untilStatus(runId, 'completed', PLAY_MS_MAX);
    expect(run.runtimeKind).toBe('embedded');
    // How the configured runtime wants to be asked for a session says nothing of the embedded one, which has a history.
    const received = (await sandbox.api.events(runId)).find(({ type }) => type === 'message.received');
    expect(received?.data).toMatchObject({ messageType: 'SessionStart' });
  });

  it('offers no examples when it is switched off', { timeout: TEST_MS_MAX }, async () => {
    expect(await sandbox.process.stop()).toMatchObject({ code: 0 });
    await sandbox.again({ EMBEDDED_RUNTIME: 'off' });
    expect(await sandbox.examples()).toEqual([]);
  });
});
