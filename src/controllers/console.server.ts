import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Nothing from elsewhere, nothing inline, and in nobody's frame. The console asks its own origin and no other. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** It shows nothing by itself, and asks for the key. */
const PUBLIC = { config: { access: 'public' } } as const;

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** These keep their names from build to build, so a browser asks each time whether they changed. */
const PLAIN_FILES = ['favicon.svg', 'theme.js'];
/** The build puts a hash of the content into the name of an asset: what stands under a name never changes. */
const FOREVER = 'public, max-age=31536000, immutable';
const ASSET_NAME = /^[\w-][\w.-]*$/;

const NOT_BUILT = `The console is not built. Run "npm run build" in the checkout of the control plane and load this page again.
The API works without it; it is described under docs.
`;

/** The console's page under `prefix`/, and its files beside it; `folder` is where the build puts them. Precompressed files are preferred. */
export function installConsole(server: FastifyInstance, prefix: string, folder: string): void {
  void server.register(fastifyStatic, {
    root: folder,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    suppressWarning: true,
  });
  server.get(prefix === '' ? '/' : prefix, PUBLIC, (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    if (!path.endsWith('/')) return reply.redirect(withSlash(request.url), 308);
    if (!existsSync(join(folder, 'index.html'))) {
      return reply.status(503).headers(HEADERS).type('text/plain; charset=utf-8').send(NOT_BUILT);
    }
    return sendFile(reply, 'index.html', 'no-cache');
  });
  for (const file of PLAIN_FILES) {
    server.get(`${prefix}/${file}`, PUBLIC, (_request, reply) => sendFile(reply, file, 'no-cache'));
  }
  server.get(`${prefix}/assets/:file`, PUBLIC, (request: FastifyRequest<{ Params: { file: string } }>, reply) => {
    const { file } = request.params;
    if (ASSET_NAME.test(file)) return sendFile(reply, `assets/${file}`, FOREVER);
    reply.callNotFound();
    return reply;
  });
}

function sendFile(reply: FastifyReply, file: string, caching: string): FastifyReply {
  // Of small files nobody needs a part.
  return reply.headers({ ...HEADERS, 'cache-control': caching }).sendFile(file, { acceptRanges: false });
}

/** Relative to the page: a proxy may have taken a path off the address. */
function withSlash(url: string): string {
  const [path = '', query] = url.split('?', 2);
  const last = path.slice(path.lastIndexOf('/') + 1);
  return `./${last}/${query === undefined ? '' : `?${query}`}`;
}
