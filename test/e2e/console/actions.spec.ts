import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../../src/contracts/events.js';
import type { RunRecord } from '../../../src/contracts/run-record.js';
import type { Launched } from '../../support/api.js';
import { StoredRun } from '../../support/stored-run.js';
import { RecordedRun } from '../http/recorded-run.js';
import { anyNumber, anyText } from '../../support/console-client.js';
import { PLAYGROUND_METADATA, Scene, openRun } from './scene.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
}, 120_000);
afterAll(() => scene.close());

const recordOf = (id: string) => scene.ui.read<RunRecord>('run', `/runs/${id}`);
const finished = async (): Promise<RecordedRun> => {
  const run = await RecordedRun.create(scene.stage.controlPlane.app);
  await run.end();
  return run;
};
/** Actions on things, newest first. */
const audited = async (query: string) =>
  (await scene.ui.read<{ data: { action: string; resourceId?: string }[] }>('audit', `/audit?${query}`)).data;

describe('the buttons of a run', () => {
  it('suspend, resume and cancel, and answer with the run', async () => {
    const { runId } = await openRun(scene.stage);
    const press = async (action: string) =>
      scene.ui.post<RunRecord>('run', `/runs/${runId}/${action}`, { reason: `${action} from the console` });
    expect((await press('suspend')).status).toBe('suspended');
    expect((await press('resume')).status).toBe('running');
    expect((await press('cancel')).status).toBe('cancelled');
    expect((await press('cancel')).status).toBe('cancelled');
    expect((await audited(`resourceId=${runId}&limit=10`)).map(({ action }) => action)).toEqual([
      'run.cancel',
      'run.cancel',
      'run.resume',
      'run.suspend',
      'run.create',
    ]);
  });

  it('say why they cannot', async () => {
    const { runId } = scene.done.decision;
    for (const action of ['cancel', 'suspend', 'resume']) {
      expect(await scene.ui.refused('POST', `/runs/${runId}/${action}`, { reason: 'x' })).toEqual({
        status: 409,
        errorCode: 'INVALID_STATE_TRANSITION',
      });
      expect(await scene.ui.refused('POST', `/runs/${NOBODY}/${action}`, { reason: 'x' })).toMatchObject({
        status: 404,
      });
    }
    expect(await audited(`resourceId=${runId}&action=run.cancel`)).toEqual([]);
  });

  it('describe a replay', async () => {
    expect(
      await scene.ui.post('json', `/runs/${scene.done.task.runId}/replay`, { mode: 'timed', speed: 1 }),
    ).toMatchObject({
      streamUrl: anyText,
    });
    await scene.ui.read('json', `/runs/${scene.done.task.runId}/replay/state?seq=3`);
  });

  it('rebuild a stored state that is broken, and store what it is', async () => {
    const { runId } = scene.done.quorum;
    const { database } = scene.stage.controlPlane;
    const good = await scene.ui.read('state', `/runs/${runId}/state`);
    await database.query(
      `update run_projections set decision = '{}', policy = jsonb_set(policy::jsonb, '{voteTally}', '[]')::json where run_id = $1`,
      [runId],
    );
    expect(await scene.ui.read('state', `/runs/${runId}/state`)).not.toEqual(good);
    expect(await scene.ui.post('json', `/runs/${runId}/projection/rebuild`)).toMatchObject({ state: good });
    expect(await scene.ui.read('state', `/runs/${runId}/state`)).toEqual(good);
    (await StoredRun.read(database, runId)).expectSound();
  });

  it('delete a finished run, and only such a one', async () => {
    const run = await finished();
    expect(await scene.ui.refused('DELETE', `/runs/${scene.running.runId}`)).toMatchObject({ status: 409 });
    expect((await scene.ui.send('DELETE', `/runs/${run.id}`)).status).toBe(204);
    expect(await scene.ui.refused('GET', `/runs/${run.id}`)).toEqual({ status: 404, errorCode: 'RUN_NOT_FOUND' });
    expect(await scene.ui.refused('DELETE', `/runs/${run.id}`)).toMatchObject({ status: 404 });
    expect((await audited(`resourceId=${run.id}`)).map(({ action }) => action)).toEqual(['run.delete']);
  });

  it('archive a finished run: out of the lists, but not gone', async () => {
    const run = await finished();
    const { updatedAt } = await recordOf(run.id);
    const archived = await scene.ui.post<RunRecord>('run', `/runs/${run.sessionId}/archive`);
    // Not the run changed, but where it is listed: whoever asks for what changed last is not told of it.
    expect(archived).toMatchObject({ id: run.id, archivedAt: anyText, updatedAt });
    expect(await scene.ui.post('run', `/runs/${run.id}/archive`)).toEqual(archived);
    const listed = async (query: string) =>
      (await scene.ui.read<{ data: RunRecord[] }>('runPage', `/runs?search=${run.id}${query}`)).data.length;
    expect([await listed(''), await listed('&includeArchived=true')]).toEqual([0, 1]);
    expect(await scene.ui.refused('POST', `/runs/${scene.running.runId}/archive`)).toMatchObject({ status: 409 });
  });

  it('clone a run into one of its own, with other tags and another context', async () => {
    const { runId, sessionId } = scene.done.decision;
    const same = await scene.ui.post<Launched>('launched', `/runs/${runId}/clone`, {});
    expect([same.runId === runId, same.sessionId === sessionId]).toEqual([false, false]);
    const [before, after] = [await recordOf(runId), await recordOf(same.runId)];
    expect(after.tags).toEqual(before.tags);
    expect(after.metadata).toMatchObject({ scenarioRef: PLAYGROUND_METADATA.scenarioRef });
    await scene.stage.api.untilStatus(same.runId, 'running');
    const changed = { tags: ['again'], context: { amount: 99 } };
    const other = await recordOf((await scene.ui.post<Launched>('launched', `/runs/${runId}/clone`, changed)).runId);
    expect(other.tags).toEqual(['again']);
    expect(other.metadata['executionRequest']).toMatchObject({ session: { context: { amount: 99 } } });
    await scene.stage.api.untilStatus(other.id, 'running');
    expect(await scene.ui.refused('POST', `/runs/${NOBODY}/clone`, {})).toMatchObject({ status: 404 });
    expect(await scene.ui.refused('POST', `/runs/${runId}/clone`, { tags: 'x' })).toMatchObject({ status: 400 });
    for (const id of [same.runId, other.id]) await scene.stage.api.command(id, 'cancel');
  });

  it('add an artifact, with its event, and show it', async () => {
    const { runId } = scene.done.handoff;
    const inline = { spans: [{ spanId: 'a', operation: 'evaluate', durationMs: 3, status: 'ok' }] };
    const given = { kind: 'trace', label: 'risk agent', uri: 'https://example.com/t/1', inline };
    const created = await scene.ui.post<{ id: string }>('json', `/runs/${runId}/artifacts`, given);
    expect(await scene.ui.read('artifacts', `/runs/${runId}/artifacts`)).toEqual([{ ...created, ...given }]);
    const traces = await scene.ui.read<{ linkedArtifacts: string[] }>('traces', `/runs/${runId}/traces`);
    expect(traces.linkedArtifacts).toEqual([created.id]);
    const [last] = (await scene.stage.api.events(runId)).slice(-1);
    expect(last).toMatchObject({ type: 'artifact.created', data: { artifactId: created.id, label: 'risk agent' } });
    (await StoredRun.read(scene.stage.controlPlane.database, runId)).expectSound();
    for (const bad of [
      { ...given, uri: 'javascript:alert(1)' },
      { ...given, kind: 'virus' },
      { kind: 'trace' },
      { ...given, inline: { text: 'x'.repeat(300_000) } },
    ]) {
      expect(await scene.ui.refused('POST', `/runs/${runId}/artifacts`, bad)).toMatchObject({ status: 400 });
    }
    expect(await scene.ui.refused('POST', `/runs/${NOBODY}/artifacts`, given)).toMatchObject({ status: 404 });
  });

  it('export lines under a path of their own, whatever is accepted', async () => {
    const { runId } = scene.done.proposal;
    const { status, headers, text } = await scene.ui.send('GET', `/runs/${runId}/export/stream?includeRaw=true`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; event?: CanonicalEvent });
    const events = lines.flatMap(({ kind, event }) => (kind === 'canonical_event' ? [event] : []));
    expect(events).toEqual(await scene.stage.api.events(runId));
    expect(lines.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['run', 'projection', 'metrics', 'raw_event']),
    );
    expect(await scene.ui.refused('GET', `/runs/${NOBODY}/export/stream`)).toMatchObject({ status: 404 });
    expect(await scene.ui.refused('GET', `/runs/${runId}/export?eventLimit=50001`)).toMatchObject({ status: 400 });
  });
});

describe('launching', () => {
  const descriptor = () => ({
    mode: 'live',
    runtime: { kind: 'rust' },
    session: {
      sessionId: randomUUID(),
      modeName: 'macp.mode.decision.v1',
      modeVersion: '1.0.0',
      configurationVersion: 'config.default',
      policyVersion: 'policy.default',
      ttlMs: 300_000,
      participants: [{ id: 'risk-agent' }, { id: 'fraud-agent' }],
      metadata: PLAYGROUND_METADATA,
    },
    execution: { tags: ['demo'], requester: { actorId: 'coordinator', actorType: 'service' } },
  });

  it('is validated without being done', async () => {
    const before = (await scene.records).length;
    const report = await scene.ui.post<{ valid: boolean; errors: string[]; runtime: { reachable: boolean } }>(
      'validation',
      '/runs/validate',
      descriptor(),
    );
    expect(report).toMatchObject({ valid: true, errors: [], runtime: { reachable: true } });
    const wrong = descriptor();
    const unknown = { ...wrong, session: { ...wrong.session, modeName: 'macp.mode.unheard.of.v1' } };
    const refused = await scene.ui.post<{ valid: boolean; errors: string[] }>('validation', '/runs/validate', unknown);
    expect([refused.valid, refused.errors.length > 0]).toEqual([false, true]);
    expect(await scene.ui.refused('POST', '/runs/validate', { ...wrong, runtime: {} })).toMatchObject({ status: 400 });
    expect((await scene.records).length).toBe(before);
  });

  it('answers with both ids, and the requester is on record', async () => {
    const launched = await scene.ui.post<Launched>('launched', '/runs', descriptor());
    const [entry] = await audited(`resourceId=${launched.runId}&action=run.create`);
    expect(entry).toMatchObject({ action: 'run.create', actor: 'coordinator', actorType: 'service' });
    await scene.stage.api.command(launched.runId, 'cancel');
  });
});

describe('several runs at once', () => {
  it('are compared, the second against the first', async () => {
    const [leftRunId, rightRunId] = [scene.done.decision.runId, scene.declined.sessionId];
    const diff = await scene.ui.post('comparison', '/runs/compare', { leftRunId, rightRunId });
    expect(diff).toMatchObject({ statusMatch: true, durationDeltaMs: anyNumber });
    const self = await scene.ui.post('comparison', '/runs/compare', { leftRunId, rightRunId: leftRunId });
    expect(self).toMatchObject({
      statusMatch: true,
      durationDeltaMs: 0,
      confidenceDelta: 0,
      participantsDiff: { added: [], removed: [] },
      signalsDiff: { added: [], removed: [] },
    });
    const other = await scene.ui.post<{ participantsDiff: { added: string[]; removed: string[] } }>(
      'comparison',
      '/runs/compare',
      { leftRunId, rightRunId: scene.done.handoff.runId },
    );
    expect(other.participantsDiff.added).toContain('agent://billing');
    expect(other.participantsDiff.removed).toContain('agent://lead');
    await scene.ui.post('comparison', '/runs/compare', { leftRunId, rightRunId: scene.queued.id });
    expect(await scene.ui.refused('POST', '/runs/compare', { leftRunId, rightRunId: NOBODY })).toMatchObject({
      status: 404,
    });
    expect(await scene.ui.refused('POST', '/runs/compare', { leftRunId })).toMatchObject({ status: 400 });
  });

  interface Batch {
    readonly results: readonly { runId: string; ok: boolean; status?: string; error?: { errorCode: string } }[];
    readonly succeeded: number;
    readonly failed: number;
  }
  const batch = (action: string, runIds: readonly string[]) =>
    scene.ui.post<Batch>('batch', `/runs/batch/${action}`, { runIds });

  it('are cancelled one by one, and each has its own result', async () => {
    const [first, second] = [await openRun(scene.stage), await openRun(scene.stage)];
    const answer = await batch('cancel', [first.runId, second.sessionId, scene.done.task.runId, NOBODY, first.runId]);
    expect(answer).toEqual({
      results: [
        { runId: first.runId, ok: true, id: first.runId, status: 'cancelled' },
        { runId: second.sessionId, ok: true, id: second.runId, status: 'cancelled' },
        {
          runId: scene.done.task.runId,
          ok: false,
          error: { errorCode: 'INVALID_STATE_TRANSITION', message: anyText },
        },
        { runId: NOBODY, ok: false, error: { errorCode: 'RUN_NOT_FOUND', message: anyText } },
      ],
      succeeded: 2,
      failed: 2,
    });
    expect([(await recordOf(first.runId)).status, (await recordOf(second.runId)).status]).toEqual([
      'cancelled',
      'cancelled',
    ]);
    expect((await audited(`action=run.cancel&resourceId=${first.runId}`)).length).toBe(1);
    expect(await audited(`action=run.cancel&resourceId=${scene.done.task.runId}`)).toEqual([]);
  });

  it('are archived and deleted', async () => {
    const runs = await Promise.all([finished(), finished(), finished()]);
    const ids = runs.map(({ id }) => id);
    expect(await batch('archive', [...ids, scene.running.runId])).toMatchObject({ succeeded: 3, failed: 1 });
    expect((await recordOf(ids[0]!)).archivedAt).not.toBeNull();
    const both = runs.flatMap(({ id, sessionId }) => [sessionId, id]);
    expect(await batch('delete', [...both, scene.running.runId])).toMatchObject({
      results: [...runs.map(({ id, sessionId }) => ({ runId: sessionId, ok: true, id })), { ok: false }],
      succeeded: 3,
      failed: 1,
    });
    for (const id of ids) expect(await scene.ui.refused('GET', `/runs/${id}`)).toMatchObject({ status: 404 });
    expect((await recordOf(scene.running.runId)).status).toBe('running');
  });

  it('are exported as an array of bundles', async () => {
    const ids = [scene.done.decision.runId, scene.running.sessionId, scene.done.decision.sessionId];
    const bundles = await scene.ui.post<{ run: { id: string }; canonicalEvents: unknown[] }[]>(
      'bundles',
      '/runs/batch/export',
      { runIds: ids },
    );
    expect(bundles.map(({ run }) => run.id)).toEqual([scene.done.decision.runId, scene.running.runId]);
    expect(bundles[0]?.canonicalEvents).toEqual(await scene.stage.api.events(scene.done.decision.runId));
    const mixed = await scene.ui.post<object[]>('json', '/runs/batch/export', { runIds: [NOBODY, ids[0]] });
    expect(mixed).toMatchObject([{ runId: NOBODY, error: { errorCode: 'RUN_NOT_FOUND' } }, { run: { id: ids[0] } }]);
  });

  it.each(['cancel', 'archive', 'delete', 'export'])('refuse a bad body for %s', async (action) => {
    const tooMany = Array.from({ length: 201 }, (_none, index) => `run-${index}`);
    for (const body of [{}, { runIds: [] }, { runIds: 'x' }, { runIds: [''] }, { runIds: tooMany }, { runIds: [1] }]) {
      expect(await scene.ui.refused('POST', `/runs/batch/${action}`, body)).toEqual({
        status: 400,
        errorCode: 'VALIDATION_ERROR',
      });
    }
  });
});
