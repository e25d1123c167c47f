import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../../src/contracts/events.js';
import type { RunRecord } from '../../../src/contracts/run-record.js';
import type { RunStateView } from '../../../src/contracts/projection.js';
import type { ConsoleAnswer } from '../../support/console-answers.js';
import { readFrames, eventsIn } from '../../support/sse-reader.js';
import { anyNumber, anyText } from '../../support/console-client.js';
import { PLAYGROUND_METADATA, SCENARIO, Scene } from './scene.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
}, 120_000);
afterAll(() => scene.close());

const page = <T>(shape: ConsoleAnswer, path: string): Promise<T> => scene.ui.read<T>(shape, path);
const idsOf = async (query: string) =>
  (await page<{ data: RunRecord[] }>('runPage', `/runs?${query}`)).data.map(({ id }) => id);

describe('the pages of one run', () => {
  it.each<[ConsoleAnswer, string]>([
    ['run', ''],
    ['state', '/state'],
    ['events', '/events?limit=500&afterSeq=0'],
    ['metrics', '/metrics'],
    ['traces', '/traces'],
    ['artifacts', '/artifacts'],
    ['state', '/state'],
  ])('%s of every run, by its own id and by the id of its session', async (shape, path) => {
    for (const ref of scene.refs) await page(shape, `/runs/${ref}${path}`);
  });

  it.each<[ConsoleAnswer, string]>([
    ['bundle', '/export?includeCanonical=true&includeRaw=true&eventLimit=50000&format=json'],
    ['bundle', '/export?includeCanonical=true&includeRaw=false&eventLimit=1&format=jsonl'],
  ])('%s of every run, as JSON whatever format is asked for', async (shape, path) => {
    for (const ref of scene.refs) await page(shape, `/runs/${ref}${path}`);
  });

  it('show a discovered or launched run under the id of its session at once', async () => {
    const { runId, sessionId } = scene.done.decision;
    expect(await page('run', `/runs/${sessionId}`)).toEqual(await page('run', `/runs/${runId}`));
    expect(await page('state', `/runs/${sessionId}/state`)).toEqual(await page('state', `/runs/${runId}/state`));
  });

  it('have the metadata at the top of the record, where the console reads it', async () => {
    const run = await page<RunRecord>('run', `/runs/${scene.done.decision.runId}`);
    const { source: _source, ...flat } = PLAYGROUND_METADATA;
    expect(run.metadata).toMatchObject(flat);
    expect(run.metadata).toMatchObject({ modeName: 'macp.mode.decision.v1', policyVersion: 'policy.default' });
    expect(run.source).toEqual({ kind: 'scenario', ref: SCENARIO });
    expect(run.metadata['executionRequest']).toMatchObject({ session: { metadata: PLAYGROUND_METADATA } });
  });

  it('say what a finished run amounts to', async () => {
    const recordOf = async ({ runId }: { runId: string }) => page<RunRecord>('run', `/runs/${runId}`);
    expect((await recordOf(scene.done.decision)).metadata).toMatchObject({
      durationMs: anyNumber,
      finalAction: anyText,
      totalTokens: 0,
      estimatedCostUsd: 0,
      outcomePositive: true,
    });
    // The console colours the literal `decline` red and everything else green.
    expect((await recordOf(scene.declined)).metadata).toMatchObject({ finalAction: 'decline', outcomePositive: false });
    const failed = await page<RunRecord>('run', `/runs/${scene.failed.id}`);
    expect(failed.metadata['error']).toBe('test');
  });

  it('take the source from the scenario where none is named, so that a former run can be found and compared', async () => {
    const run = await page<RunRecord>('run', `/runs/${scene.running.runId}`);
    expect(run.source).toEqual({ kind: 'scenario', ref: 'fraud/other@2' });
  });

  it('have a decision with one voice per vote, a tally with a fraction and the key that the console joins by', async () => {
    const { decision, policy, graph, participants } = await page<RunStateView>(
      'state',
      `/runs/${scene.done.decision.runId}/state`,
    );
    const votes = decision.current?.proposals.filter(({ vote }) => vote !== undefined) ?? [];
    expect(votes.map(({ messageType }) => messageType)).toEqual(['Vote', 'Vote', 'Vote']);
    expect(policy.expectedCommitments.map(({ commitmentId }) => commitmentId)).toEqual(
      policy.voteTally.map(({ commitmentId }) => commitmentId),
    );
    expect(policy.voteTally[0]).toMatchObject({ allow: 2, deny: 1, quorum: { cast: 3 } });
    const nodes = new Set(graph.nodes.map(({ id }) => id));
    expect(participants.every(({ participantId }) => nodes.has(participantId))).toBe(true);
  });

  it('have a model’s call flat, nested and on its participant', async () => {
    const events = await page<CanonicalEvent[]>('events', `/runs/${scene.running.runId}/events?limit=500&afterSeq=0`);
    const call = events.find(({ type }) => type === 'llm.call.completed');
    const flat = { model: 'm-1', provider: 'acme', promptTokens: 700, completionTokens: 300, totalTokens: 1_000 };
    expect(call?.subject).toEqual({ kind: 'participant', id: 'agent://alice' });
    expect(call?.data).toMatchObject({
      ...flat,
      latencyMs: 420,
      estimatedCostUsd: 0.25,
      participantId: 'agent://alice',
    });
    expect(call?.data).toHaveProperty('decodedPayload');
    const signal = events.find(
      ({ type, data }) => type === 'signal.emitted' && Reflect.get(data, 'name') !== 'started',
    );
    expect(Reflect.get(signal?.data ?? {}, 'payload')).toEqual(Reflect.get(signal?.data ?? {}, 'decodedPayload'));
    const metrics = await page<{ totalTokens: number; estimatedCostUsd: number }>(
      'metrics',
      `/runs/${scene.running.runId}/metrics`,
    );
    expect(metrics).toMatchObject({ totalTokens: 1_000, estimatedCostUsd: 0.25 });
  });

  it('have the events in order, every one with a source and an object as data', async () => {
    for (const { runId } of Object.values(scene.done)) {
      const events = await page<CanonicalEvent[]>('events', `/runs/${runId}/events?limit=500&afterSeq=0`);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    }
  });
});

describe('the list of runs', () => {
  it('takes what the console sends, also half typed', async () => {
    const everything =
      'limit=200&offset=0&status=&environment=&search=&scenarioRef=&sortBy=createdAt&sortOrder=desc&createdAfter=&createdBefore=';
    expect((await idsOf(everything)).length).toBe(12);
    for (const typed of ['f', 'fr', 'fra', 'fraud/', '%', '_', "'", '\\', '"', '💥']) {
      await page('runPage', `/runs?limit=200&search=${encodeURIComponent(typed)}`);
      await page('runPage', `/runs?limit=200&scenarioRef=${encodeURIComponent(typed)}`);
    }
  });

  it.each([
    ['running', 'running'],
    ['suspended', 'suspended'],
    ['cancelled', 'cancelled'],
  ] as const)('finds the %s one by its status', async (status, name) => {
    expect(await idsOf(`status=${status}&limit=200`)).toEqual([scene[name].runId]);
  });

  it('knows the states that come before running', async () => {
    expect(await idsOf('status=queued,starting,binding_session&limit=200')).toEqual([scene.queued.id]);
    expect(await idsOf('status=failed&limit=200')).toEqual([scene.failed.id]);
  });

  it('searches through ids, sessions, tags, scenario, source, environment, label and policy', async () => {
    const { runId, sessionId } = scene.done.task;
    expect(await idsOf(`search=${runId}`)).toEqual([runId]);
    expect(await idsOf(`search=${sessionId}`)).toEqual([runId]);
    const all: readonly string[] = Object.values(scene.done).map((done) => done.runId);
    for (const text of [SCENARIO, 'HIGH-VALUE', 'staging', 'evening check', 'policy.default']) {
      const found = await idsOf(`search=${encodeURIComponent(text)}&limit=200`);
      expect([text, all.every((id) => found.some((other) => other === id))]).toEqual([text, true]);
    }
    expect(await idsOf(`search=handoff&limit=200`)).toEqual([scene.done.handoff.runId]);
    expect(await idsOf('search=no-such-thing')).toEqual([]);
  });

  it('finds runs by a fragment of the scenario, and by the exact environment', async () => {
    expect((await idsOf('scenarioRef=high-value&limit=200')).length).toBe(6);
    expect((await idsOf(`scenarioRef=${encodeURIComponent(SCENARIO)}&limit=200`)).length).toBe(6);
    expect((await idsOf('environment=staging&limit=200')).length).toBe(6);
    expect(await idsOf('environment=stag')).toEqual([]);
  });

  it('is ordered as asked, newest first unless said, and takes dates', async () => {
    const newest = await idsOf('limit=200');
    expect(await idsOf('limit=200&sortBy=createdAt&sortOrder=asc')).toEqual([...newest].reverse());
    expect((await idsOf('limit=200&sortBy=updatedAt&sortOrder=desc')).length).toBe(newest.length);
    const today = new Date().toISOString().slice(0, 10);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    expect((await idsOf(`createdAfter=${today}&createdBefore=${tomorrow}&limit=200`)).length).toBeGreaterThan(0);
    expect(await idsOf('createdBefore=2020-01-01')).toEqual([]);
  });
});

describe('the live page', () => {
  const stream = (ref: string, query: string) => `${scene.stage.controlPlane.url}/runs/${ref}/stream?${query}`;
  const soon = () => AbortSignal.timeout(20_000);

  it('gets a snapshot and then the whole history, by the id of the session', async () => {
    for (const { sessionId, runId } of [scene.running, scene.suspended, scene.done.decision]) {
      const events = await scene.stage.api.events(runId);
      const frames = await readFrames(stream(sessionId, 'includeSnapshot=true&afterSeq=0'), {
        signal: soon(),
        enough: (seen) => eventsIn(seen).length >= events.length,
      });
      expect(frames[0]?.event).toBe('snapshot');
      expect(frames[0]?.data).toMatchObject(JSON.parse(JSON.stringify(await scene.stage.api.state(runId))) as object);
      expect(eventsIn(frames).map(({ data }) => data)).toEqual(events);
      expect(frames.map(({ event }) => event)).not.toContain('error');
    }
  });

  it('stays connected to a finished run, with heartbeats', async () => {
    const frames = await readFrames(
      stream(scene.done.quorum.runId, 'includeSnapshot=true&afterSeq=0&heartbeatMs=1000'),
      {
        signal: soon(),
        enough: (seen) => seen.filter(({ event }) => event === 'heartbeat').length >= 2,
      },
    );
    expect(frames.filter(({ event }) => event === 'heartbeat').length).toBe(2);
  });

  it('is told by status and headers that there is no such run, before the stream begins', async () => {
    expect(await scene.ui.refused('GET', '/runs/0198-nothing/stream?includeSnapshot=true&afterSeq=0')).toEqual({
      status: 404,
      errorCode: 'RUN_NOT_FOUND',
    });
    const leave = new AbortController();
    const { headers } = await fetch(stream(scene.running.runId, 'includeSnapshot=true&afterSeq=0'), {
      signal: leave.signal,
    });
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(headers.get('cache-control')).toContain('no-transform');
    expect(headers.get('content-encoding')).toBeNull();
    leave.abort();
  });
});

describe('the pages of the runtime', () => {
  it.each<[ConsoleAnswer, string]>([
    ['runtimeHealth', '/runtime/health'],
    ['manifest', '/runtime/manifest'],
    ['roots', '/runtime/roots'],
    ['modes', '/runtime/modes'],
    ['policies', '/runtime/policies'],
    ['policies', '/runtime/policies?mode=macp.mode.decision.v1'],
    ['policies', '/runtime/policies?mode=macp.mo'],
    ['policy', '/runtime/policies/policy.default'],
    ['readiness', '/readyz'],
    ['circuitHistory', '/admin/circuit-breaker/history'],
    ['circuitHistory', '/admin/circuit-breaker/history?window=15m'],
    ['audit', '/audit?limit=100&offset=0'],
    ['webhooks', '/webhooks'],
    ['agents', '/dashboard/agents/metrics'],
    ['overview', '/dashboard/overview'],
  ])('%s of %s', (shape, path) => page(shape, path));

  it('list the extension modes too', async () => {
    const modes = await page<{ mode: string }[]>('modes', '/runtime/modes');
    expect(modes.map(({ mode }) => mode)).toContain('ext.multi_round.v1');
  });

  it('say ok in the words that the console compares', async () => {
    expect(await page('readiness', '/readyz')).toMatchObject({
      ok: true,
      database: 'ok',
      runtime: { ok: true },
      streamConsumer: 'ok',
      circuitBreaker: 'CLOSED',
    });
  });

  it('have metrics with the histogram of durations, and with routes instead of paths', async () => {
    await scene.ui.send('GET', '/no/such/path');
    const { status, headers, text } = await scene.ui.send('GET', '/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
    const ended = Number(/^macp_run_duration_seconds_count (\d+)$/m.exec(text)?.[1]);
    expect(ended).toBeGreaterThanOrEqual(8);
    expect(text).toContain('macp_run_duration_seconds_bucket{le="+Inf"}');
    expect(text).toContain('macp_runs_ended_total{status="cancelled"} 1');
    expect(text).toContain('route="/runs/:id/state"');
    expect(text).toContain('route="(none)"');
    expect(text).not.toContain(scene.running.runId);
    expect(text).toContain('macp_runtime_circuit_state 0');
  });
});
