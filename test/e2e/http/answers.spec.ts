import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ANSWER_EXAMPLES,
  ARTIFACT_EXAMPLES,
  POLICY_EXAMPLES,
  WEBHOOK_CHANGE_EXAMPLES,
  WEBHOOK_EXAMPLES,
} from '../../../src/dto/console-examples.js';
import { EXECUTION_REQUEST_EXAMPLES } from '../../../src/dto/examples.js';
import { executionRequest } from '../../../src/dto/execution-request.dto.js';
import { RESPONSES, type ResponseName } from '../../../src/dto/responses.js';
import { errorsDocument } from '../../../src/errors/errors-document.js';
import type { Launched } from '../../support/api.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { readFrames, eventsIn } from '../../support/sse-reader.js';
import { Stage, requestOf } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { ask, expectError } from './error-shape.js';
import { RecordedRun } from './recorded-run.js';

let stage: Stage;
let done: Launched;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
  done = await stage.api.launch(requestOf('decision'));
  await stage.play(done, 'decision');
  await stage.api.untilStatus(done.runId, 'completed');
});
afterAll(() => stage.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const at = (path: string) => `${stage.controlPlane.url}${path}`;

/** The schema as a client reads it: nothing may be in an answer that it does not name. */
function closed(name: ResponseName): z.ZodType {
  return z.fromJSONSchema(z.toJSONSchema(RESPONSES[name], { io: 'output' }));
}

function expectShape(name: ResponseName, body: unknown): void {
  const parsed = closed(name).safeParse(body);
  expect(parsed.error?.issues.slice(0, 5) ?? []).toEqual([]);
}

describe('answers have the documented shape', () => {
  it.each<[ResponseName, string]>([
    ['RunPage', '/runs?limit=5'],
    ['Run', '/runs/:id'],
    ['RunState', '/runs/:id/state'],
    ['EventList', '/runs/:id/events'],
    ['RawEventList', '/runs/:id/raw-events'],
    ['Metrics', '/runs/:id/metrics'],
    ['Traces', '/runs/:id/traces'],
    ['ArtifactList', '/runs/:id/artifacts'],
    ['MessageList', '/runs/:id/messages'],
    ['ReplayState', '/runs/:id/replay/state?seq=7'],
    ['ExportBundle', '/runs/:id/export?includeRaw=true'],
    ['Manifest', '/runtime/manifest'],
    ['ModeList', '/runtime/modes?kind='],
    ['RootList', '/runtime/roots'],
    ['SessionList', '/runtime/sessions'],
    ['RuntimeHealth', '/runtime/health'],
    ['Health', '/healthz'],
    ['Readiness', '/readyz'],
    ['EventPage', '/events?limit=50'],
    ['PolicyList', '/runtime/policies'],
    ['Policy', '/runtime/policies/policy.default'],
    ['DashboardOverview', '/dashboard/overview?window=1h'],
    ['AgentMetricsList', '/dashboard/agents/metrics'],
    ['AuditPage', '/audit'],
    ['WebhookList', '/webhooks'],
    ['CircuitHistory', '/admin/circuit-breaker/history'],
  ])('%s of GET %s', async (name, path) => {
    for (const ref of [done.runId, done.sessionId]) {
      const answer = await ask(at(path.replace(':id', ref)));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expectShape(name, JSON.parse(answer.text));
    }
  });

  it('of the commands', async () => {
    expectShape('LaunchedRun', done);
    expectShape('ValidationResult', await stage.api.ok('POST', '/runs/validate', requestOf('task')));
    expectShape(
      'ReplayDescriptor',
      await stage.api.ok('POST', `/runs/${done.runId}/replay`, { mode: 'timed', speed: 1 }),
    );
    expectShape('RebuiltProjection', await stage.api.ok('POST', `/runs/${done.sessionId}/projection/rebuild`));
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const vote = {
      from: 'agent://alice',
      messageType: 'Vote',
      payload: { proposalId: 'deploy-v2.1', vote: 'APPROVE' },
    };
    expectShape('Sent', await stage.api.ok('POST', `/runs/${runId}/messages`, vote));
    expectShape(
      'Sent',
      await stage.api.ok('POST', `/runs/${runId}/signal`, { from: 'agent://alice', signalType: 'ping' }),
    );
    expectShape('Run', await stage.api.ok('POST', `/runs/${runId}/suspend`, { reason: 'test' }));
    expectShape('Run', await stage.api.ok('POST', `/runs/${runId}/resume`, { reason: 'test' }));
    expectShape('Run', await stage.api.ok('POST', `/runs/${runId}/cancel`, { reason: 'test' }));
    expectShape('BatchResult', await stage.api.ok('POST', '/runs/batch/archive', { runIds: [runId, 'nobody'] }));
    expectShape('ExportBundleList', await stage.api.ok('POST', '/runs/batch/export', { runIds: [runId, 'nobody'] }));
    const compared = { leftRunId: runId, rightRunId: done.runId };
    expectShape('RunComparison', await stage.api.ok('POST', '/runs/compare', compared));
    const artifact = ARTIFACT_EXAMPLES.spans.value;
    expectShape('Artifact', await stage.api.ok('POST', `/runs/${runId}/artifacts`, artifact));
    expectShape('CircuitReset', await stage.api.ok('POST', '/admin/circuit-breaker/reset'));
    const webhook = await stage.api.ok<{ id: string }>('POST', '/webhooks', WEBHOOK_EXAMPLES.endOfRuns.value);
    expectShape('Webhook', webhook);
    expectShape('Webhook', await stage.api.ok('PATCH', `/webhooks/${webhook.id}`, WEBHOOK_CHANGE_EXAMPLES.pause.value));
    expectShape('Policy', await stage.api.ok('POST', '/runtime/policies', POLICY_EXAMPLES.unanimous.value));
    const { policyId } = POLICY_EXAMPLES.unanimous.value;
    expectShape('RemovedPolicy', await stage.api.ok('DELETE', `/runtime/policies/${policyId}`));
  });
});

describe('reading a run', () => {
  it('pages its events by seq, and filters them by type', async () => {
    const all = await stage.api.events(done.runId);
    const seqs = async (query: string) =>
      (await stage.api.ok<{ seq: number }[]>('GET', `/runs/${done.runId}/events?${query}`)).map(({ seq }) => seq);
    expect(await seqs('afterSeq=3&limit=4')).toEqual([4, 5, 6, 7]);
    expect(await seqs('limit=500&afterSeq=0')).toEqual(all.map(({ seq }) => seq));
    const votes = all
      .filter(({ type }) => type === 'proposal.updated' || type === 'run.completed')
      .map(({ seq }) => seq);
    expect(await seqs('type=proposal.updated,run.completed')).toEqual(votes);
    expect(await seqs('type=proposal.updated&type=run.completed')).toEqual(votes);
    expect(await seqs(`afterSeq=${all.length + 5}`)).toEqual([]);
  });

  it('is found by what the console asks for', async () => {
    const ids = async (query: string) =>
      (await stage.api.ok<{ data: { id: string }[] }>('GET', `/runs?${query}`)).data.map(({ id }) => id);
    const console200 = 'limit=200&offset=0&sortBy=createdAt&sortOrder=desc&status=&environment=&search=&createdAfter=';
    expect(await ids(console200)).toContain(done.runId);
    expect(await ids('status=completed,failed&search=DEMO%2Fdec&environment=demo&tags=demo,decision')).toContain(
      done.runId,
    );
    expect(await ids('createdBefore=2020-01-01')).toEqual([]);
    expect(await ids(`search=${done.sessionId}`)).toEqual([done.runId]);
  });

  it('pages runs by cursor without missing or repeating one', async () => {
    for (let index = 0; index < 7; index += 1) await RecordedRun.create(stage.controlPlane.app);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await stage.api.ok<{ data: { id: string }[]; nextCursor: string | null; total: number }>(
        'GET',
        `/runs?limit=3${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor ?? '';
      if (cursor === '') expect(seen).toHaveLength(page.total);
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expectError(await ask(at('/runs?cursor=x&offset=3')), 'VALIDATION_ERROR');
  });
});

describe('replay', () => {
  it('follows the link it was given, to the same frames', async () => {
    const { streamUrl, stateUrl } = await stage.api.ok<{ streamUrl: string; stateUrl: string }>(
      'POST',
      `/runs/${done.sessionId}/replay`,
      { mode: 'timed', speed: 1_000, fromSeq: 2, toSeq: 9 },
    );
    const frames = await readFrames(at(streamUrl), { signal: AbortSignal.timeout(20_000) });
    const events = await stage.api.events(done.runId);
    expect(eventsIn(frames).map(({ data }) => data)).toEqual(events.slice(1, 9));
    expect(eventsIn(frames).map(({ id }) => id)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(frames.at(-1)).toMatchObject({
      event: 'end',
      data: { reason: 'replay_complete', latestSeq: events.length },
    });
    expect(await stage.api.ok('GET', stateUrl)).toMatchObject({ seq: 9, state: { timeline: { latestSeq: 9 } } });
  });

  it('gives no link to what its own endpoint refuses', async () => {
    const third = await stage.api.ok<{ streamUrl: string }>('POST', `/runs/${done.runId}/replay`, { speed: 1 / 3 });
    const frames = await readFrames(at(third.streamUrl), { signal: AbortSignal.timeout(20_000) });
    expect(frames.at(-1)).toMatchObject({ event: 'end' });
    const beyond = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ fromSeq: 1_000 }) };
    expectError(await ask(at(`/runs/${done.runId}/replay`), beyond), 'RESOURCE_NOT_FOUND');
  });

  it('knows every state there was, and none beyond', async () => {
    const latest = await stage.api.state(done.runId);
    const { latestSeq } = latest.timeline;
    expect(await stage.api.ok('GET', `/runs/${done.runId}/replay/state`)).toEqual({ seq: latestSeq, state: latest });
    expect(await stage.api.ok('GET', `/runs/${done.runId}/replay/state?seq=0`)).toMatchObject({
      state: { run: { modeName: '' } },
    });
    expectError(await ask(at(`/runs/${done.runId}/replay/state?seq=${latestSeq + 1}`)), 'RESOURCE_NOT_FOUND');
  });
});

describe('export', () => {
  it('says when there is more than the limit', async () => {
    const bundle = await stage.api.ok<Record<string, unknown[]>>(
      'GET',
      `/runs/${done.runId}/export?eventLimit=3&includeRaw=true`,
    );
    expect(bundle['canonicalEvents']).toHaveLength(3);
    expect(bundle['rawEvents']).toHaveLength(3);
    expect([bundle['canonicalEventsTruncated'], bundle['rawEventsTruncated']]).toEqual([true, true]);
  });

  it('writes lines only for who accepts them, and never over an event’s type', async () => {
    const path = `/runs/${done.runId}/export?format=jsonl`;
    expect(JSON.parse((await ask(at(path), { headers: { accept: '*/*' } })).text)).toHaveProperty('canonicalEvents');
    const lines = (await ask(at(path), { headers: { accept: 'application/x-ndjson' } })).text.trim().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as { kind: string; event?: { type: string } });
    const events = await stage.api.events(done.runId);
    expect(parsed.filter(({ kind }) => kind === 'canonical_event').map(({ event }) => event)).toEqual(events);
  });
});

describe('figures of requests', () => {
  const answered = (route: string) =>
    stage.api.figure(`macp_http_request_duration_seconds_count\\{method="GET",route="${route}",status="200"\\}`);

  it('count an export that is streamed, and no stream that is open as long as its reader likes', async () => {
    const replayed = await readFrames(at(`/runs/${done.runId}/replay/stream`), { signal: AbortSignal.timeout(20_000) });
    expect(replayed.at(-1)).toMatchObject({ event: 'end' });
    expect((await ask(at(`/runs/${done.runId}/export/stream`))).status).toBe(200);
    const count = await until('the export is counted', async () => {
      const figure = await answered('/runs/:id/export/stream');
      return Number.isNaN(figure) ? undefined : figure;
    });
    expect(count).toBe(1);
    expect(await answered('/runs/:id/replay/stream')).toBeNaN();
  });

  it('do not count a stream that its reader left as one without an answer', async () => {
    const leave = new AbortController();
    const left = await fetch(at(`/runs/${done.runId}/stream?closeOnEnd=false`), { signal: leave.signal });
    expect(left.status).toBe(200);
    await until('it is open', async () => ((await stage.api.figure('macp_open_streams')) === 1 ? true : undefined));
    leave.abort();
    await until('it is closed', async () => ((await stage.api.figure('macp_open_streams')) === 0 ? true : undefined));
    const text = await (await fetch(at('/metrics'))).text();
    expect(text).toContain('route="/runs/:id/export/stream",status="200"');
    expect(text).not.toContain('status="499"');
  });

  it('tell where the process stands', async () => {
    const text = await (await fetch(at('/metrics'))).text();
    const figures = ['macp_database_up 1', 'macp_frames_unstored 0', 'macp_frames_unstored_age_seconds 0'];
    for (const figure of [...figures, 'macp_signals_held 0']) expect(text).toContain(`\n${figure}\n`);
    expect(text).toMatch(/^# TYPE macp_signals_dropped_total counter\nmacp_signals_dropped_total \d+$/m);
  });
});

describe('health', () => {
  it('shows a runtime that is away, and stays ready to queue runs', async () => {
    const lonely = await Stage.open(await startEmbedded());
    try {
      await lonely.runtime.kill();
      const health = await lonely.api.request('GET', '/runtime/health');
      expect(health).toMatchObject({ status: 200, body: { ok: false, runtimeKind: 'rust' } });
      const { status, body } = await lonely.api.request('GET', '/readyz');
      expect([status, body]).toMatchObject([200, { ok: true, database: 'ok', runtime: { ok: false } }]);
      expectError(await ask(`${lonely.controlPlane.url}/runtime/modes`), 'RUNTIME_UNAVAILABLE');
    } finally {
      await lonely.close();
    }
  });
});

describe('a path prefix', () => {
  it('stands before every route, and before the links that are given out', async () => {
    const prefixed = await Stage.open(await startEmbedded(), { RUNTIME_DEV_IDENTITY: 'true', PATH_PREFIX: '/macp/v1' });
    try {
      const { url, app, api } = prefixed.controlPlane;
      expect(url.endsWith('/macp/v1')).toBe(true);
      const run = await RecordedRun.create(app);
      const { streamUrl } = await api.ok<{ streamUrl: string }>('POST', `/runs/${run.id}/replay`);
      expect(streamUrl.startsWith(`/macp/v1/runs/${run.id}/replay/stream?`)).toBe(true);
      for (const path of ['/docs', '/docs/', '/docs/start.js', '/docs-json', '/healthz']) {
        expect([path, (await ask(`${url}${path}`)).status]).toEqual([path, 200]);
      }
      expectError(await ask(new URL('/healthz', url).href), 'ROUTE_NOT_FOUND');
      expectError(await ask(`${url}/nope`), 'ROUTE_NOT_FOUND');
      expectError(await ask(`${url}/healthz`, { method: 'PUT' }), 'METHOD_NOT_ALLOWED');
      const document = await api.ok<{ paths: object }>('GET', '/docs-json');
      expect(Object.keys(document.paths)).toContain('/macp/v1/runs');
    } finally {
      await prefixed.close();
    }
  });
});

describe('documents', () => {
  it('show requests that are valid', () => {
    for (const { value } of Object.values(EXECUTION_REQUEST_EXAMPLES)) {
      expect(executionRequest.safeParse(value).error?.issues ?? []).toEqual([]);
    }
  });

  it('show answers that have the documented shape', () => {
    // The keys of the examples are names of answers.
    for (const name of Object.keys(ANSWER_EXAMPLES) as ResponseName[]) expectShape(name, ANSWER_EXAMPLES[name]);
  });

  it('are as the code is: docs/openapi.json and docs/ERRORS.md (npm run openapi)', async () => {
    const served = await stage.api.ok('GET', '/docs-json');
    expect(JSON.parse(await readFile('docs/openapi.json', 'utf8'))).toEqual(served);
    expect(await readFile('docs/ERRORS.md', 'utf8')).toBe(errorsDocument());
  });

  it('can be read without the internet', async () => {
    const page = await ask(at('/docs'));
    expect(page.status).toBe(200);
    const links = [...page.text.matchAll(/(?:src|href|data-spec)="([^"]+)"/g)].map((match) => match[1]);
    expect(links).toHaveLength(4);
    for (const link of links.map(String)) {
      const target = await ask(new URL(link, at('/docs')).href);
      expect([link, target.status]).toEqual([link, 200]);
    }
    expect(page.text).not.toContain('://');
  });

  it('is OpenAPI 3.1 with one id per operation and only references that lead somewhere', async () => {
    const text = (await ask(at('/docs-json'))).text;
    const document = JSON.parse(text) as { openapi: string; components: Record<string, object> };
    expect(document.openapi).toBe('3.1.0');
    const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, kind, name] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)) {
      expect(document.components[kind ?? '']).toHaveProperty(name ?? '');
    }
    expect(text).not.toContain('x-nestjs_zod');
  });

  it('say of every change what a bad body is answered with, and of every type what it holds', async () => {
    const { paths, components } = await stage.api.ok<ApiDocument>('GET', '/docs-json');
    for (const [path, item] of Object.entries(paths)) {
      for (const [method, { responses }] of Object.entries(item)) {
        if (method !== 'get')
          expect(Object.keys(responses), `${method} ${path}`).toEqual(expect.arrayContaining(['413', '415']));
      }
    }
    const exported = paths['/runs/{id}/export']?.['get'];
    expect(Object.keys(exported?.responses['200']?.content ?? {})).toEqual([
      'application/json',
      'application/x-ndjson',
    ]);
    const schemaOf = (path: string, method: string, wanted: string) =>
      paths[path]?.[method]?.parameters.find(({ name }) => name === wanted)?.schema;
    const time = new RegExp(schemaOf('/runs', 'get', 'createdAfter')?.pattern ?? 'none');
    const times = ['2026-07-10', '2026-07-10T10:20:30.123+02:00', '2026-07-10T10:20:30', 'yesterday'];
    expect(times.map((text) => time.test(text))).toEqual([true, true, false, false]);
    expect(schemaOf('/runs', 'post', 'Idempotency-Key')).toMatchObject({ minLength: 1, maxLength: 255 });
    expect(new RegExp(schemaOf('/runs', 'post', 'Idempotency-Key')?.pattern ?? 'none').test('\u00e9')).toBe(false);
    expect(components.schemas['NewWebhookDto']?.properties['events']).toMatchObject({ uniqueItems: true });
  });
});

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties: Record<string, object> }>> };
}

interface ApiOperation {
  readonly parameters: readonly { readonly name: string; readonly schema: { readonly pattern?: string } }[];
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}
