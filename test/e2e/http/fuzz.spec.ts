import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARTIFACT_EXAMPLES,
  BATCH_EXAMPLES,
  CLONE_EXAMPLES,
  COMPARE_EXAMPLES,
  POLICY_EXAMPLES,
  WEBHOOK_CHANGE_EXAMPLES,
  WEBHOOK_EXAMPLES,
} from '../../../src/dto/console-examples.js';
import { EXECUTION_REQUEST_EXAMPLES } from '../../../src/dto/examples.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, requestOf } from '../../support/stage.js';
import { ask, expectError, type RawAnswer } from './error-shape.js';
import { RecordedRun } from './recorded-run.js';

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 25);

interface Parameter {
  readonly name: string;
  readonly in: string;
}
interface Response {
  readonly content?: Readonly<Record<string, { readonly examples?: object }>>;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, Response>>;
}
interface Endpoint extends Operation {
  readonly method: string;
  readonly path: string;
}

/** Bodies that are right, or nearly so; what is changed in them is up to chance. */
const BODIES: Readonly<Record<string, unknown>> = {
  createRun: EXECUTION_REQUEST_EXAMPLES.decision.value,
  validateRun: EXECUTION_REQUEST_EXAMPLES.quorum.value,
  sendMessage: { from: 'agent://lead', to: [], messageType: 'Vote', payload: { proposalId: 'p1', vote: 'APPROVE' } },
  sendSignal: { from: 'agent://lead', signalType: 'ping', data: {}, confidence: 0.5, severity: 'low' },
  describeReplay: { mode: 'timed', speed: 1 },
  cloneRun: CLONE_EXAMPLES.tagged.value,
  createArtifact: ARTIFACT_EXAMPLES.spans.value,
  compareRuns: COMPARE_EXAMPLES.two.value,
  cancelRuns: BATCH_EXAMPLES.two.value,
  archiveRuns: BATCH_EXAMPLES.two.value,
  deleteRuns: BATCH_EXAMPLES.two.value,
  exportRuns: BATCH_EXAMPLES.two.value,
  registerPolicy: POLICY_EXAMPLES.unanimous.value,
  createWebhook: WEBHOOK_EXAMPLES.endOfRuns.value,
  updateWebhook: WEBHOOK_CHANGE_EXAMPLES.pause.value,
};

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom<unknown>(
    '',
    ' ',
    null,
    [],
    {},
    -1,
    0,
    1e308,
    Number.MAX_SAFE_INTEGER,
    '\u0000',
    '\ud800',
    'x'.repeat(3_000),
  ),
);
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.integer().map(String),
  fc.double().map(String),
  fc.constantFrom(
    '',
    '0',
    '1',
    '-1',
    '1e9',
    '9'.repeat(30),
    'true',
    'null',
    '%',
    '\u0000',
    '2026-01-01',
    'running',
    'x'.repeat(2_000),
  ),
);

/** The value with what lies at one random place of it replaced, or a field more. */
function mutated(value: unknown, place: number, by: unknown, name: string): unknown {
  const paths = pathsIn(value);
  const path = paths[place % paths.length] ?? [];
  const copy = structuredClone(value);
  if (path.length === 0) return by;
  let at = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const key = path.at(-1) ?? '';
  // JSON tells no fields of a list, and `length` is none that anything can be written to.
  const isObject = !Array.isArray(at);
  if (isObject && place % 5 === 0) at[name] = by;
  else if (isObject && place % 5 === 1) Reflect.deleteProperty(at, key);
  else at[key] = by;
  return copy;
}

function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsIn(item, [...path, key]))];
}

describe('whatever is sent', () => {
  let stage: Stage;
  let endpoints: readonly Endpoint[];

  beforeAll(async () => {
    stage = await Stage.open(await startEmbedded());
    const document = await stage.api.ok<{ paths: Record<string, Record<string, Operation>> }>('GET', '/docs-json');
    endpoints = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
    );
  });
  afterAll(() => stage.close());

  async function endedRun(): Promise<RecordedRun> {
    const run = await RecordedRun.create(stage.controlPlane.app);
    await run.append(3);
    await run.end();
    return run;
  }

  /** Streams go on for ever when they are asked for rightly: their head is enough. */
  async function send(endpoint: Endpoint, path: string, body: string | undefined): Promise<RawAnswer> {
    const url = `${stage.controlPlane.url}${path}`;
    if (!path.includes('/stream')) {
      const json = { 'content-type': 'application/json' };
      return ask(url, { method: endpoint.method, ...(body === undefined ? {} : { headers: json, body }) });
    }
    const leave = new AbortController();
    const response = await fetch(url, { signal: leave.signal });
    const text = response.status === 200 ? '' : await response.text();
    leave.abort();
    return { status: response.status, headers: response.headers, text };
  }

  function expectDocumented(endpoint: Endpoint, answer: RawAnswer): void {
    const documented = endpoint.responses[String(answer.status)];
    if (answer.status < 400) {
      expect([endpoint.operationId, Object.keys(endpoint.responses)]).toEqual([
        endpoint.operationId,
        expect.arrayContaining([String(answer.status)]),
      ]);
      return;
    }
    const code = expectError(answer);
    const codes = Object.keys(documented?.content?.['application/json']?.examples ?? {});
    // The path itself may be of no endpoint: an empty id, or one with a slash in it.
    if (code !== 'ROUTE_NOT_FOUND' && code !== 'METHOD_NOT_ALLOWED') {
      expect([endpoint.operationId, codes]).toEqual([endpoint.operationId, expect.arrayContaining([code])]);
    }
    expect([endpoint.operationId, answer.text, answer.status < 500]).toEqual([endpoint.operationId, answer.text, true]);
  }

  it('no endpoint fails: an answer of ours, or an error that the document names', { timeout: 240_000 }, async () => {
    expect(endpoints.length).toBeGreaterThan(20);
    for (const endpoint of endpoints) {
      const queries = (endpoint.parameters ?? [])
        .filter((parameter) => parameter.in === 'query')
        .map(({ name }) => name);
      const query = fc.dictionary(fc.constantFrom(...queries, 'other'), oddText, { maxKeys: 3 });
      const launched = await stage.api.launch(requestOf('decision'));
      await stage.api.untilStatus(launched.runId, 'running');
      // Its own for each endpoint too: one of them deletes it.
      const ended = await endedRun();
      const refs = [launched.runId, launched.sessionId, ended.id, '00000000-0000-7000-8000-000000000000'];
      const id = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...refs) }, { weight: 1, arbitrary: oddText });
      await fc.assert(
        fc.asyncProperty(
          id,
          query,
          fc.nat(),
          odd,
          fc.string({ maxLength: 10 }),
          async (ref, values, place, value, name) => {
            const search = new URLSearchParams(values).toString();
            const encoded = encodeURIComponent(ref.replace(/\p{Cs}/gu, '?'));
            const path = endpoint.path.replace(/\{\w+\}/, encoded) + (search === '' ? '' : `?${search}`);
            const base = BODIES[endpoint.operationId] ?? {};
            const body =
              endpoint.requestBody === undefined ? undefined : JSON.stringify(mutated(base, place, value, name));
            expectDocumented(endpoint, await send(endpoint, path, body));
          },
        ),
        { numRuns: ROUNDS },
      );
    }
  });

  it('what remains works: the process is alive and ready', async () => {
    expect(await stage.api.request('GET', '/readyz')).toMatchObject({ status: 200, body: { ok: true } });
  });
});
