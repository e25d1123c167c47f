import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors/codes.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, requestOf } from '../../support/stage.js';
import { ask, expectError } from './error-shape.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const UNKNOWN = '00000000-0000-7000-8000-000000000000';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(() => stage.close());

const at = (path: string) => `${stage.controlPlane.url}${path}`;
const post = (path: string, body?: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = JSON_TYPE) =>
  ask(at(path), { method: 'POST', headers, ...(body === undefined ? {} : { body }) });

/** Bytes as they are, past every client's care; the answer as it comes until the server closes. */
function sendRaw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(stage.controlPlane.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

function parseRaw(answer: string): { status: number; text: string } {
  return { status: Number(answer.split(' ')[1]), text: answer.slice(answer.indexOf('\r\n\r\n') + 4) };
}

const request = requestOf('decision');
const withSession = (session: object) => JSON.stringify({ ...request, session: { ...request.session, ...session } });
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('errors', () => {
  it.each<[string, string, ErrorCode]>([
    ['GET', '/index.html', 'ROUTE_NOT_FOUND'],
    ['GET', '/nope', 'ROUTE_NOT_FOUND'],
    ['POST', '/runs/x/nope', 'ROUTE_NOT_FOUND'],
    ['OPTIONS', '/nope', 'ROUTE_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}`, 'RUN_NOT_FOUND'],
    ['GET', '/runs/no%20such%2Frun', 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/state`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/events`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/stream`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/metrics`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/traces`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/artifacts`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/messages`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/export`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/replay/state?seq=1`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/replay/stream`, 'RUN_NOT_FOUND'],
    ['POST', `/runs/${UNKNOWN}/replay`, 'RUN_NOT_FOUND'],
    ['POST', `/runs/${UNKNOWN}/cancel`, 'RUN_NOT_FOUND'],
    ['POST', `/runs/${UNKNOWN}/suspend`, 'RUN_NOT_FOUND'],
    ['POST', `/runs/${UNKNOWN}/resume`, 'RUN_NOT_FOUND'],
    ['POST', `/runs/${UNKNOWN}/projection/rebuild`, 'RUN_NOT_FOUND'],
    ['DELETE', `/runs/${UNKNOWN}`, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${'x'.repeat(257)}`, 'VALIDATION_ERROR'],
    ['GET', `/runs/${'x'.repeat(600)}`, 'URI_TOO_LONG'],
    ['GET', '/runs/p%x', 'MALFORMED_REQUEST'],
    ['GET', '/runs/%ff', 'MALFORMED_REQUEST'],
    ['GET', '/runs?search=%zz', 'MALFORMED_REQUEST'],
    ['GET', '/runs?search=%c3%28', 'MALFORMED_REQUEST'],
    ['GET', '/runs?search=%00', 'VALIDATION_ERROR'],
    ['GET', '/runs?limit=0', 'VALIDATION_ERROR'],
    ['GET', '/runs?limit=201', 'VALIDATION_ERROR'],
    ['GET', '/runs?limit=1e2', 'VALIDATION_ERROR'],
    ['GET', '/runs?limit=', 'VALIDATION_ERROR'],
    ['GET', '/runs?limit=1&limit=2', 'VALIDATION_ERROR'],
    ['GET', '/runs?status=done', 'VALIDATION_ERROR'],
    ['GET', '/runs?createdAfter=yesterday', 'VALIDATION_ERROR'],
    ['GET', '/runs?createdAfter=2026-02-31T00:00:00', 'VALIDATION_ERROR'],
    ['GET', '/runs?createdAfter=2026-02-31', 'VALIDATION_ERROR'],
    ['GET', '/runs?cursor=bad', 'VALIDATION_ERROR'],
    ['GET', `/runs?cursor=${btoa(`createdAt desc 2021-02-31T00:00:00.000Z ${UNKNOWN}`)}`, 'VALIDATION_ERROR'],
    ['GET', '/runs?pageSize=5', 'VALIDATION_ERROR'],
    ['GET', `/runs/${UNKNOWN}/state?seq=3`, 'VALIDATION_ERROR'],
    ['DELETE', `/runs/${UNKNOWN}?dryRun=true`, 'VALIDATION_ERROR'],
    ['POST', `/runs/${UNKNOWN}/cancel?reason=x`, 'VALIDATION_ERROR'],
    ['GET', `/runs?search=${'x'.repeat(2_000)}`, 'VALIDATION_ERROR'],
    ['GET', '/runtime/modes?kind=nope', 'RUNTIME_KIND_UNKNOWN'],
  ])('%s %s → %s', async (method, path, code) => {
    expectError(await ask(at(path), { method }), code);
  });

  it.each([
    ['DELETE', '/runs', 'GET, HEAD, OPTIONS, POST'],
    ['PUT', '/runs/x', 'DELETE, GET, HEAD, OPTIONS'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
    ['GET', '/runs/x/cancel', 'OPTIONS, POST'],
  ])('%s %s is not allowed, %s is', async (method, path, allowed) => {
    const answer = await ask(at(path), { method });
    expectError(answer, 'METHOD_NOT_ALLOWED');
    expect(answer.headers.get('allow')).toBe(allowed);
  });

  it('tells the methods of a path to OPTIONS', async () => {
    const answer = await ask(at('/runs'), { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
    const named = await ask(at('/runs/compare'), { method: 'OPTIONS' });
    expect(named.headers.get('allow')).toBe('OPTIONS, POST');
  });

  it('closes a stream’s connection when the client asks for that, and tells HEAD no length', async () => {
    const { runId } = await stage.api.launch(request);
    await stage.api.untilStatus(runId, 'running');
    await stage.api.command(runId, 'cancel');
    await stage.api.untilEnded(runId);
    for (const path of [
      `/runs/${runId}/stream?closeOnEnd=true&afterSeq=0`,
      `/runs/${runId}/replay/stream?mode=instant`,
    ]) {
      const answer = await sendRaw(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
      expect(answer).toContain('event: end');
      const head = await sendRaw(`HEAD ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
      expect(head).toContain('text/event-stream');
      expect(head.toLowerCase()).not.toContain('content-length');
    }
  });

  it.each<[string, () => string | Uint8Array<ArrayBuffer>, ErrorCode]>([
    ['no JSON', () => '{"a":', 'MALFORMED_JSON'],
    ['no UTF-8', () => new Uint8Array([0x7b, 0xff, 0x7d]), 'MALFORMED_JSON'],
    ['an array', () => '[]', 'VALIDATION_ERROR'],
    ['null', () => 'null', 'VALIDATION_ERROR'],
    ['nothing', () => '', 'VALIDATION_ERROR'],
    ['an unknown field', () => JSON.stringify({ ...request, scenario: 'x' }), 'VALIDATION_ERROR'],
    ['an unknown field inside', () => withSession({ scenario: 'x' }), 'VALIDATION_ERROR'],
    ['replay', () => JSON.stringify({ ...request, mode: 'replay' }), 'MODE_REPLAY_REFUSED'],
    ['a bad session id', () => withSession({ sessionId: 'short' }), 'INVALID_SESSION_ID'],
    [
      'a UUID in capitals',
      () => withSession({ sessionId: '6F1A52F0-3C1E-4D5B-9A77-2F8A1C0B9D3E' }),
      'INVALID_SESSION_ID',
    ],
    [
      'a UUID of version 1',
      () => withSession({ sessionId: '6f1a52f0-3c1e-1d5b-9a77-2f8a1c0b9d3e' }),
      'INVALID_SESSION_ID',
    ],
    ['no lifetime', () => withSession({ ttlMs: 0 }), 'VALIDATION_ERROR'],
    ['too long a lifetime', () => withSession({ ttlMs: 86_400_001 }), 'VALIDATION_ERROR'],
    ['nobody', () => withSession({ participants: [] }), 'VALIDATION_ERROR'],
    ['the same twice', () => withSession({ participants: [{ id: 'a' }, { id: 'a' }] }), 'VALIDATION_ERROR'],
    [
      'too many',
      () => withSession({ participants: Array.from({ length: 1_001 }, (_, i) => ({ id: `p${i}` })) }),
      'VALIDATION_ERROR',
    ],
    ['U+0000', () => withSession({ metadata: { a: '\u0000' } }), 'VALIDATION_ERROR'],
    ['U+0000 in a key', () => withSession({ metadata: { '\u0000': 1 } }), 'VALIDATION_ERROR'],
    ['a lone surrogate', () => withSession({ intent: 'x' }).replace('"x"', '"\\ud800"'), 'VALIDATION_ERROR'],
    [
      '__proto__',
      () => withSession({ metadata: {} }).replace('"metadata":{}', '"metadata":{"__proto__":1}'),
      'VALIDATION_ERROR',
    ],
    [
      'deep nesting',
      () => withSession({ metadata: {} }).replace('"metadata":{}', `"metadata":${nested(5_000)}`),
      'VALIDATION_ERROR',
    ],
    [
      'a number too large',
      () => withSession({ metadata: {} }).replace('"metadata":{}', '"metadata":{"a":1e400}'),
      'VALIDATION_ERROR',
    ],
    ['nesting without end', () => `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, 'VALIDATION_ERROR'],
    ['too long a name', () => withSession({ modeName: 'x'.repeat(257) }), 'VALIDATION_ERROR'],
    ['too long an intent', () => withSession({ intent: 'x'.repeat(5_000) }), 'VALIDATION_ERROR'],
    ['too large a body', () => withSession({ metadata: { a: 'x'.repeat(1_100_000) } }), 'PAYLOAD_TOO_LARGE'],
    ['an unknown runtime', () => JSON.stringify({ ...request, runtime: { kind: 'nope' } }), 'RUNTIME_KIND_UNKNOWN'],
  ])('POST /runs with %s', async (_name, body, code) => {
    expectError(await post('/runs', body()), code);
  });

  it('names every field that is wrong, and does not repeat what was sent', async () => {
    const body = {
      runtime: {},
      session: { ...request.session, ttlMs: 'x', participants: [{}] },
      extra: 'secret-value',
    };
    const answer = await post('/runs', JSON.stringify(body));
    const { details } = JSON.parse(answer.text) as { details: { issues: { path: string }[] } };
    expect(details.issues.map(({ path }) => path).sort()).toEqual([
      '',
      'runtime.kind',
      'session.participants.0.id',
      'session.ttlMs',
    ]);
    expect(answer.text).not.toContain('secret-value');
  });

  it('takes one idempotency key, in the body or in the header', async () => {
    const body = (idempotencyKey: string) => JSON.stringify({ ...request, execution: { idempotencyKey } });
    const keyed = (key: string) => ({ ...JSON_TYPE, 'idempotency-key': key });
    expectError(await post('/runs', body('a'), keyed('b')), 'VALIDATION_ERROR');
    expectError(await post('/runs', body('x'.repeat(256))), 'VALIDATION_ERROR');
    expectError(await post('/runs', JSON.stringify(request), keyed('x'.repeat(256))), 'VALIDATION_ERROR');
    expect((await post('/runs', body('same'), keyed('same'))).status).toBe(202);
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])('takes no body of type %s', async (type) => {
    expectError(await post('/runs', 'a=b', { 'content-type': type }), 'UNSUPPORTED_MEDIA_TYPE');
  });

  it.each([
    ['POST', `/runs/${UNKNOWN}/archive`],
    ['POST', '/admin/circuit-breaker/reset'],
    ['DELETE', `/runs/${UNKNOWN}`],
  ])('%s %s takes no body but an empty one', async (method, path) => {
    for (const body of ['{"dryRun":true}', '[1]', 'null', '7']) {
      expectError(await ask(at(path), { method, headers: JSON_TYPE, body }), 'VALIDATION_ERROR');
    }
    expect((await ask(at(path), { method, headers: JSON_TYPE, body: '{}' })).status).not.toBe(400);
  });

  it('answers probes and scrapers whatever they add', async () => {
    for (const path of ['/healthz?from=balancer', '/readyz?full', '/metrics?module=macp']) {
      expect([path, (await ask(at(path))).status]).toEqual([path, 200]);
    }
  });

  it('takes a JSON content type without a body, as proxies send it', async () => {
    const launched = await stage.api.launch(request);
    await stage.api.untilStatus(launched.runId, 'running');
    expect((await ask(at('/runs?limit=1'), { headers: JSON_TYPE })).status).toBe(200);
    expect((await post(`/runs/${launched.runId}/projection/rebuild`)).status).toBe(200);
    expect((await post(`/runs/${launched.runId}/replay`, '')).status).toBe(200);
    expectError(
      await ask(at(`/runs/${launched.runId}`), { method: 'DELETE', headers: JSON_TYPE }),
      'INVALID_STATE_TRANSITION',
    );
    expect((await post(`/runs/${launched.runId}/cancel`)).status).toBe(200);
    expect((await ask(at(`/runs/${launched.runId}`), { method: 'DELETE', headers: JSON_TYPE })).status).toBe(204);
    expectError(await ask(at(`/runs/${launched.runId}`)), 'RUN_NOT_FOUND');
  });

  it('takes BOM, charset and surrounding space', async () => {
    const body = `\ufeff ${JSON.stringify(request)} \n`;
    expect((await post('/runs/validate', body, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(
      200,
    );
  });

  it('repeats the caller’s trace id, and makes one otherwise', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    expect(JSON.parse((await ask(at('/nope'), { headers })).text)).toMatchObject({ traceId });
    const bad = await ask(at('/nope'), { headers: { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` } });
    expect((JSON.parse(bad.text) as { traceId: string }).traceId).not.toBe('0'.repeat(32));
  });

  it.each<[string, string, ErrorCode]>([
    ['what is no HTTP', 'hello\r\n\r\n', 'MALFORMED_REQUEST'],
    [
      'two lengths',
      'POST /runs HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      'MALFORMED_REQUEST',
    ],
    ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`, 'HEADERS_TOO_LARGE'],
    [
      'a name that is not ours',
      'GET /runs HTTP/1.1\r\nhost: evil.example:3001\r\nconnection: close\r\n\r\n',
      'HOST_REFUSED',
    ],
    [
      'a name that is not ours, for a page',
      'GET / HTTP/1.1\r\nhost: evil.example:3001\r\nconnection: close\r\n\r\n',
      'HOST_REFUSED',
    ],
    [
      'a change that a page of another site asks for',
      'POST /admin/circuit-breaker/reset HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\nsec-fetch-site: cross-site\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
      'CROSS_SITE_REFUSED',
    ],
    [
      'two hosts',
      'GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n',
      'MALFORMED_REQUEST',
    ],
    [
      'a host with more than a host in it',
      'GET /healthz HTTP/1.1\r\nhost: evil.example@localhost\r\nconnection: close\r\n\r\n',
      'MALFORMED_REQUEST',
    ],
    [
      'an expectation that nobody knows',
      'GET /nope HTTP/1.1\r\nhost: localhost\r\nexpect: wonders\r\nconnection: close\r\n\r\n',
      'ROUTE_NOT_FOUND',
    ],
    ['no host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 'MALFORMED_REQUEST'],
  ])('%s', async (_name, bytes, code) => {
    expectError(parseRaw(await sendRaw(bytes)), code);
  });

  it('answers requests with odd targets', async () => {
    for (const target of ['*', 'http://x/nope', '/../../etc/passwd', '/runs/..%2f..%2fetc', '//runs', '/runs;x=1']) {
      const answer = parseRaw(await sendRaw(`GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`));
      expect([target, answer.status]).toEqual([target, 404]);
      expectError(answer);
    }
  });
});
