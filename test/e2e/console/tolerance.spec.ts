import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventDraft } from '../../../src/contracts/events.js';
import { RunEventService } from '../../../src/events/run-event.service.js';
import { answerFaults, type ConsoleAnswer } from '../../support/console-answers.js';
import { hostileLog } from '../../support/hostile-log.js';
import { RecordedRun } from '../http/recorded-run.js';
import { Scene } from './scene.js';

/**
 * What blanks a page of the public console when it is missing or of another type, panel by panel: the answers never have
 * it, whatever the run went through; and the check itself notices each of these faults.
 */

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
}, 120_000);
afterAll(() => scene.close());

type Json = Record<string, unknown>;
type Spoil = (answer: Json) => void;

const at = (answer: unknown, path: string): Json =>
  path.split('.').reduce((value: unknown, key) => (value as Json)[key], answer) as Json;
const without =
  (path: string, key: string): Spoil =>
  (answer) =>
    Reflect.deleteProperty(path === '' ? answer : at(answer, path), key);
const put =
  (path: string, key: string, value: unknown): Spoil =>
  (answer) =>
    Reflect.set(path === '' ? answer : at(answer, path), key, value);

const STATE = '/runs/:decision/state';
const PAGES: readonly [string, ConsoleAnswer, string, Spoil][] = [
  ...['run', 'graph', 'decision', 'signals', 'timeline', 'participants', 'progress'].map(
    (block): [string, ConsoleAnswer, string, Spoil] => [`state without ${block}`, 'state', STATE, without('', block)],
  ),
  ['decision null', 'state', STATE, put('', 'decision', null)],
  ['signals empty', 'state', STATE, put('', 'signals', {})],
  ['policy without evaluations', 'state', STATE, without('policy', 'commitmentEvaluations')],
  ['tally without quorum', 'state', STATE, without('policy.voteTally.0', 'quorum')],
  ['expected commitment without its key', 'state', STATE, without('policy.expectedCommitments.0', 'commitmentId')],
  ['reasons a text', 'state', STATE, put('decision.current', 'reasons', 'because')],
  ['node without kind', 'state', STATE, without('graph.nodes.0', 'kind')],
  ['node without status', 'state', STATE, without('graph.nodes.0', 'status')],
  ['participant without status', 'state', STATE, without('participants.0', 'status')],
  ['severity a number', 'state', STATE, put('signals.signals.0', 'severity', 3)],
  ['threshold a head-count', 'state', STATE, put('policy.voteTally.0', 'threshold', 2)],
  ['event without data', 'events', '/runs/:decision/events?limit=500&afterSeq=0', without('0', 'data')],
  ['event with data null', 'events', '/runs/:decision/events?limit=500&afterSeq=0', put('0', 'data', null)],
  ['event without type', 'events', '/runs/:decision/events?limit=500&afterSeq=0', without('0', 'type')],
  ['event without source', 'events', '/runs/:decision/events?limit=500&afterSeq=0', without('0', 'source')],
  ['logged event without data', 'eventPage', '/events?limit=250', without('data.0', 'data')],
  ['cost a text', 'metrics', '/runs/:decision/metrics', put('', 'estimatedCostUsd', '0.1')],
  ['artifact without label', 'artifacts', '/runs/:decision/artifacts', without('0', 'label')],
  ['artifact without kind', 'artifacts', '/runs/:decision/artifacts', without('0', 'kind')],
  ['run without runtimeKind', 'run', '/runs/:decision', without('', 'runtimeKind')],
  ['listed run without runtimeKind', 'runPage', '/runs?limit=200', without('data.0', 'runtimeKind')],
  ['recent run without runtimeKind', 'overview', '/dashboard/overview', without('recentRuns.0', 'runtimeKind')],
  ['chart of points', 'overview', '/dashboard/overview', put('charts', 'runVolume', [{ x: 1, y: 2 }])],
  ['overview without the kind of runtime', 'overview', '/dashboard/overview', without('runtimeHealth', 'runtimeKind')],
  ['health without the kind of runtime', 'runtimeHealth', '/runtime/health', without('', 'runtimeKind')],
  ['audit without data', 'audit', '/audit?limit=100&offset=0', without('', 'data')],
  ['mode without messageTypes', 'modes', '/runtime/modes', without('0', 'messageTypes')],
  ['mode without modeVersion', 'modes', '/runtime/modes', without('0', 'modeVersion')],
  ['policy without mode', 'policies', '/runtime/policies', without('0', 'mode')],
  ['time of registration a text', 'policies', '/runtime/policies', put('0', 'registeredAtUnixMs', '1')],
  ['policy detail without mode', 'policy', '/runtime/policies/policy.default', without('', 'mode')],
  ['webhook without events', 'webhooks', '/webhooks', without('0', 'events')],
];

describe('what would blank a page', () => {
  beforeAll(async () => {
    const form = { url: 'https://example.com/hooks', secret: 'x', events: ['run.failed'] };
    await scene.ui.post('webhook', '/webhooks', form);
    await scene.ui.post('json', `/runs/${scene.done.decision.runId}/artifacts`, { kind: 'log', label: 'a' });
  });

  it.each(PAGES)('is not there, and would be noticed: %s', async (_name, shape, path, spoil) => {
    const answer = await scene.ui.read<Json>(shape, path.replace(':decision', scene.done.decision.runId));
    spoil(answer);
    expect(answerFaults(shape, answer)).not.toEqual([]);
  });

  it('is not an array where a page is expected, nor the other way round', async () => {
    for (const [shape, path] of [
      ['runPage', '/runs?limit=200'],
      ['audit', '/audit?limit=100&offset=0'],
      ['eventPage', '/events?limit=250'],
    ] as const) {
      const { data } = await scene.ui.read<{ data: unknown }>(shape, path);
      expect(answerFaults(shape, data)).not.toEqual([]);
    }
  });

  it('is not to be had by a hostile log either', async () => {
    const { app } = scene.stage.controlPlane;
    const run = await RecordedRun.create(app);
    const drafts = hostileDrafts();
    expect(drafts.length).toBeGreaterThan(100);
    await app.get(RunEventService).record(run.id, { decide: () => drafts });
    await scene.ui.read('state', `/runs/${run.id}/state`);
    await scene.ui.read('events', `/runs/${run.id}/events?limit=500&afterSeq=0`);
    await scene.ui.read('metrics', `/runs/${run.id}/metrics`);
    await scene.ui.read('traces', `/runs/${run.id}/traces`);
    await scene.ui.read('bundle', `/runs/${run.id}/export?includeRaw=true`);
    await scene.ui.read('overview', '/dashboard/overview');
    await scene.ui.read('agents', '/dashboard/agents/metrics');
    await run.end();
    await scene.ui.read('run', `/runs/${run.id}`);
    await scene.ui.read('runPage', '/runs?limit=200');
  });
});

describe('the transport', () => {
  it('takes any origin, and gives neither a redirect nor a compressed body', async () => {
    for (const path of ['/runs', '/runs/', `/runs/${scene.running.runId}`, '/healthz', '/metrics']) {
      const { status, headers } = await scene.ui.send('GET', path);
      expect([path, status, headers.get('location'), headers.get('content-encoding')]).toEqual([path, 200, null, null]);
    }
    const { status } = await scene.ui.send('POST', `/runs/${scene.running.runId}/projection/rebuild`);
    expect(status).toBe(200);
  });

  it('answers malformed escapes and unknown paths in the one shape', async () => {
    expect(await scene.ui.refused('GET', '/runtime/policies/p%x')).toEqual({
      status: 400,
      errorCode: 'MALFORMED_REQUEST',
    });
    expect(await scene.ui.refused('GET', '/no/such/thing')).toEqual({ status: 404, errorCode: 'ROUTE_NOT_FOUND' });
    expect(await scene.ui.refused('PUT', '/webhooks')).toEqual({ status: 405, errorCode: 'METHOD_NOT_ALLOWED' });
  });

  it('serves what a person opens in a minute without refusing any of it', async () => {
    const opened = Array.from({ length: 150 }, (_none, index) =>
      scene.ui.send('GET', `/runs?limit=200&search=fr${index}`),
    );
    const statuses = (await Promise.all(opened)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

/** What agents can make the log of a run say: any data under any type, but for what the control plane itself decides. */
function hostileDrafts(): readonly EventDraft[] {
  const logs = fc.sample(hostileLog, { numRuns: 100, seed: 4 });
  return logs.flat().flatMap(({ type, ts, subject, source, data }) => {
    if (type.startsWith('run.') || type.startsWith('session.')) return [];
    // Payloads were JSON once.
    const json: unknown = JSON.parse(JSON.stringify(data));
    return [{ type, ts, subject, source: { kind: source.kind, name: source.name }, data: json } as EventDraft];
  });
}
