import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/config/package-root.provider.js';
import { installConsole } from '../../../src/controllers/console.server.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { DEV_ENV, Stage } from '../../support/stage.js';
import { ask, expectError } from './error-shape.js';

const JAVASCRIPT = 'application/javascript; charset=utf-8';
const BUILT = join(packageRoot(), 'dist', 'console');

/** As the browser sends it, and past every client's care for the path. */
function get(url: string, path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asking = request({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    asking.on('error', reject);
    asking.end();
  });
}

describe('the files of the console', () => {
  let stage: Stage;
  let script: string;
  let style: string;
  beforeAll(async () => {
    if (!existsSync(BUILT)) throw new Error(`${BUILT} is missing: npm run build`);
    const assets = await readdir(join(BUILT, 'assets'));
    script = `/assets/${assets.find((name) => /^index-.*\.js$/.test(name))!}`;
    style = `/assets/${assets.find((name) => /^index-.*\.css$/.test(name))!}`;
    stage = await Stage.open(await startEmbedded());
  });
  afterAll(() => stage.close());
  const at = (path: string, headers?: Record<string, string>, method?: string) =>
    get(stage.controlPlane.url, path, headers, method);

  it('are one page, its script, its style and its icon', async () => {
    const types = await Promise.all(['/', script, style, '/favicon.svg', '/theme.js'].map((path) => at(path)));
    expect(types.map(({ status, headers }) => [status, headers['content-type']])).toEqual([
      [200, 'text/html; charset=utf-8'],
      [200, JAVASCRIPT],
      [200, 'text/css; charset=utf-8'],
      [200, 'image/svg+xml'],
      [200, JAVASCRIPT],
    ]);
    expect(types[0]!.text).toContain('<div id="console"></div>');
  });

  it('name each other relatively, so that any path may stand before them', async () => {
    const { text } = await at('/');
    const addresses = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(addresses.length).toBeGreaterThanOrEqual(4);
    for (const address of addresses) expect(address).toMatch(/^\.\//);
  });

  it('allow nothing from elsewhere and nothing inline', async () => {
    for (const path of ['/', script, style, '/favicon.svg', '/theme.js']) {
      const { headers } = await at(path);
      const policy = String(headers['content-security-policy']).split('; ');
      expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'"]));
      expect(policy).toEqual(
        expect.arrayContaining(["connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]),
      );
      expect(policy.join()).not.toMatch(/unsafe|data:|https?:|\*/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    }
    const { text } = await at('/');
    expect(text).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)/);
  });

  it('come as small as the browser can read them', async () => {
    const sizes: number[] = [];
    for (const [accepted, encoding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['identity', undefined],
    ] as const) {
      const { status, headers } = await at(script, { 'accept-encoding': accepted });
      expect([status, headers['content-encoding']]).toEqual([200, encoding]);
      expect(headers).toMatchObject({ 'content-type': JAVASCRIPT });
      expect(String(headers['vary']).toLowerCase()).toBe('accept-encoding');
      sizes.push(Number(headers['content-length']));
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(new Set(sizes).size).toBe(3);
    // fetch unpacks what it was sent.
    const unpacked = await (await fetch(`${stage.controlPlane.url}${script}`)).text();
    expect(Buffer.byteLength(unpacked)).toBe(sizes[2]);
  });

  it('are kept for ever when their names hold their content, and else asked for again', async () => {
    for (const path of [script, style]) {
      expect((await at(path)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
    for (const path of ['/', '/favicon.svg', '/theme.js']) {
      const { headers } = await at(path);
      expect(headers['cache-control']).toBe('no-cache');
      const again = await at(path, { 'if-none-match': String(headers['etag']) });
      expect([again.status, again.text]).toEqual([304, '']);
    }
  });

  it('answer HEAD without a body, OPTIONS with what is offered, and nothing else', async () => {
    for (const path of ['/', script, '/theme.js']) {
      const head = await at(path, {}, 'HEAD');
      const whole = await at(path);
      expect([head.status, head.text]).toEqual([200, '']);
      expect(head.headers['content-length']).toBe(whole.headers['content-length']);
      expect((await at(path, {}, 'OPTIONS')).headers['allow']).toBe('GET, HEAD, OPTIONS');
      const refused = await ask(`${stage.controlPlane.url}${path}`, { method: 'POST' });
      expectError(refused, 'METHOD_NOT_ALLOWED');
    }
  });

  it('come whole or not at all, and say which', async () => {
    for (const path of ['/', script, '/theme.js']) {
      const whole = await at(path, { range: 'bytes=99999999-' });
      expect([whole.status, whole.headers['accept-ranges']]).toEqual([200, undefined]);
      for (const unmet of [{ 'if-match': '"x"' }, { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:01 GMT' }]) {
        expectError(await at(path, unmet), 'PRECONDITION_FAILED');
      }
      expect((await at(path, { 'if-match': String((await at(path)).headers['etag']) })).status).toBe(200);
    }
  });

  it.each([
    '/assets/none.js',
    '/assets/',
    '/assets',
    '/index.html',
    '/favicon.ico',
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/..%5c..%5cpackage.json',
    '/../package.json',
    '/%2e%2e/package.json',
    '//etc/passwd',
    '/assets//etc/passwd',
    '/assets/.%2e/src/main.js',
  ])('do not include %s', async (path) => {
    const { status, headers, text } = await at(path);
    expect([status, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
    expect(JSON.parse(text)).toMatchObject({ statusCode: 404, errorCode: 'ROUTE_NOT_FOUND' });
    expect(headers['cache-control']).toBe('no-store');
  });

  it('leave the API beside them as it is', async () => {
    const { status, body } = await stage.api.request<{ data: unknown[] }>('GET', '/runs');
    expect([status, body.data]).toEqual([200, []]);
    expectError(await ask(`${stage.controlPlane.url}/nope`), 'ROUTE_NOT_FOUND');
    const { headers } = await at('/runs');
    expect(headers['content-security-policy']).toBeUndefined();
  });
});

describe('the console under a path prefix', () => {
  let stage: Stage;
  let origin: string;
  beforeAll(async () => {
    stage = await Stage.open(await startEmbedded(), { ...DEV_ENV, PATH_PREFIX: '/ops/macp' });
    origin = new URL(stage.controlPlane.url).origin;
  });
  afterAll(() => stage.close());

  it('is served there with its files, and nowhere else', async () => {
    expect(stage.controlPlane.url).toBe(`${origin}/ops/macp`);
    const { status, text } = await get(origin, '/ops/macp/');
    expect([status, text]).toEqual([200, expect.stringContaining('<div id="console"></div>')]);
    for (const [, address] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const { pathname } = new URL(address!, `${origin}/ops/macp/`);
      expect((await get(origin, pathname)).status).toBe(200);
    }
    for (const path of ['/', '/theme.js', '/ops/', '/ops']) expect((await get(origin, path)).status).toBe(404);
  });

  it('sends a browser that left out the last slash to where relative addresses hold', async () => {
    const { status, headers } = await get(origin, '/ops/macp?x=1');
    expect(status).toBe(308);
    expect(new URL(String(headers['location']), `${origin}/ops/macp?x=1`).href).toBe(`${origin}/ops/macp/?x=1`);
    // A proxy that put more before it, which nobody here knows of.
    const outside = 'https://example.org/behind/ops/macp';
    expect(new URL(String(headers['location']), outside).pathname).toBe('/behind/ops/macp/');
  });
});

describe('a console that was not built', () => {
  it('says what to do, and appears as soon as it is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'macp-console-'));
    const server = fastify();
    installConsole(server, '', join(folder, 'console'));
    try {
      const missing = await server.inject('/');
      expect([missing.statusCode, missing.headers['content-type']]).toEqual([503, 'text/plain; charset=utf-8']);
      expect(missing.body).toContain('npm run build');
      expect((await server.inject('/theme.js')).statusCode).toBe(404);
      await mkdir(join(folder, 'console'));
      await writeFile(join(folder, 'console', 'index.html'), 'built');
      const built = await server.inject('/');
      expect([built.statusCode, built.headers['content-type'], built.body]).toEqual([
        200,
        'text/html; charset=utf-8',
        'built',
      ]);
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  });
});
