import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Access } from '../../../src/contracts/access.js';
import type { AuditPage } from '../../../src/contracts/audit.js';
import type { Refusal } from '../../support/api.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { KEYS, KEYS_ENV, bearer } from '../../support/keys.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';

/** All that a key of scope `operate` is not enough for. */
const ADMIN = [
  'DELETE /runs/{id}',
  'DELETE /runtime/policies/{policyId}',
  'DELETE /webhooks/{id}',
  'GET /audit',
  'PATCH /webhooks/{id}',
  'POST /admin/circuit-breaker/reset',
  'POST /runs/batch/delete',
  'POST /runtime/policies',
  'POST /webhooks',
];
/** All that changes nothing although its method could. */
const READING_POSTS = [
  'POST /runs/batch/export',
  'POST /runs/compare',
  'POST /runs/validate',
  'POST /runs/{id}/replay',
];

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly access: Access;
}

let stage: Stage;
let operations: readonly Operation[];
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded(), { ...DEV_ENV, ...KEYS_ENV });
  type Document = { readonly paths: Record<string, Record<string, { readonly 'x-scope': Access }>> };
  const { paths } = await stage.api.ok<Document>('GET', '/docs-json');
  operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const name = `${method.toUpperCase()} ${path}`;
      return {
        name,
        method: method.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, 'none'),
        access: operation['x-scope'],
      };
    }),
  );
});
afterAll(() => stage.close());

const ask = (method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${stage.controlPlane.url}${path}`, {
    method,
    headers,
    signal: AbortSignal.timeout(10_000),
    redirect: 'manual',
  });
const codeOf = async (response: Response): Promise<string> => ((await response.json()) as Refusal).errorCode;

describe('with keys', () => {
  it('every endpoint needs one', async () => {
    expect(operations.length).toBeGreaterThan(40);
    for (const { name, method, path, access } of operations.filter(({ access }) => access !== 'public')) {
      const response = await ask(method, path);
      expect([name, access, response.status]).toEqual([name, expect.stringMatching(/read|operate|admin/), 401]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await codeOf(response)).toBe('UNAUTHENTICATED');
    }
  });

  it('every endpoint has its scope', () => {
    const named = (access: Access) => operations.filter((one) => one.access === access).map(({ name }) => name);
    expect(named('public').sort()).toEqual(['GET /healthz', 'GET /readyz']);
    expect(named('admin').sort()).toEqual(ADMIN);
    expect(
      named('read')
        .filter((name) => !name.startsWith('GET '))
        .sort(),
    ).toEqual(READING_POSTS);
    expect(named('operate').filter((name) => name.startsWith('GET '))).toEqual([]);
  });

  it('a key of a lower scope is refused, and says which it would need', async () => {
    for (const { method, path, access } of operations) {
      if (access === 'public') continue;
      for (const scope of SCOPES.slice(0, SCOPES.indexOf(access))) {
        const answer = await stage.api.request<Refusal>(method, path, undefined, bearer(KEYS[scope]));
        expect([path, answer.status, answer.body.errorCode]).toEqual([path, 403, 'SCOPE_MISSING']);
        expect(answer.body.details).toEqual({ needed: access, scope });
      }
    }
  });

  it.each(['/healthz', '/readyz', '/docs', '/docs-json', '/'])('%s is for everybody', async (path) => {
    expect([401, 403, 404]).not.toContain((await ask('GET', path)).status);
  });

  it.each(['/none', '/runs/a/b/c', '/assets', '/docs/none', '//runs', '/%72uns', '/RUNS'])(
    'nobody learns whether there is %s',
    async (path) => {
      expect(await codeOf(await ask('GET', path))).toBe('UNAUTHENTICATED');
      expect(await codeOf(await ask('PUT', path))).toBe('UNAUTHENTICATED');
    },
  );

  it('what is not there is not there for who has a key', async () => {
    expect((await ask('GET', '/none', bearer(KEYS.read))).status).toBe(404);
    expect((await ask('PUT', '/runs', bearer(KEYS.read))).status).toBe(405);
  });

  it('HEAD and streams are as GET; a preflight needs no key', async () => {
    const { runId } = await stage.api.ok<{ runId: string }>(
      'POST',
      '/runs',
      requestOf('decision'),
      bearer(KEYS.operate),
    );
    expect((await ask('HEAD', '/runs')).status).toBe(401);
    expect((await ask('HEAD', '/runs', bearer(KEYS.read))).status).toBe(200);
    expect((await ask('GET', `/runs/${runId}/stream`)).status).toBe(401);
    const stream = await ask('GET', `/runs/${runId}/stream`, bearer(KEYS.read));
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    await stream.body?.cancel();
    expect((await ask('OPTIONS', '/runs')).status).toBe(204);
  });

  it.each(['', 'Bearer', 'Basic YTpi', `Bearer ${KEYS.admin}x`, KEYS.admin, `Bearer ${KEYS.admin.slice(0, -1)}`])(
    'no key is: %s',
    async (authorization) => {
      const response = await ask('GET', '/runs', { authorization });
      expect(await codeOf(response)).toBe('UNAUTHENTICATED');
    },
  );

  it('refuses a body before it is read', async () => {
    const { hostname, port } = new URL(stage.controlPlane.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(
      `POST /runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900000000\r\n\r\n{`,
    );
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect(answer).toMatch(/connection: close/i);
  });

  it('the audit names the key, and nobody else', async () => {
    const requester = { requester: { actorId: 'somebody', actorType: 'user' as const } };
    const request = requestOf('decision', {}, { execution: requester });
    const { runId } = await stage.api.ok<{ runId: string }>('POST', '/runs', request, bearer(KEYS.operate));
    const page = await stage.api.ok<AuditPage>('GET', `/audit?resourceId=${runId}`, undefined, bearer(KEYS.admin));
    expect(page.data.map(({ actor, actorType }) => [actor, actorType])).toEqual([['operate-id', 'api-key']]);
  });
});
