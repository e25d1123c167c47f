import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openApiDocument } from './openapi.server.js';

/** Files of Swagger UI that the page needs, served from the installed package: the page works without the internet. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** The same for everybody, and in the repository anyway. */
const PUBLIC = { config: { access: 'public' } } as const;

const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'";

const START_SCRIPT = `SwaggerUIBundle({ url: document.currentScript.dataset.spec, dom_id: '#docs', deepLinking: true });`;

/** `GET /docs-json` (OpenAPI 3.1) and `GET /docs`, a page to read it. The document is made at the first request. */
export function installDocs(app: INestApplication, server: FastifyInstance, prefix: string): void {
  let document: string | undefined;
  server.get(`${prefix}/docs-json`, PUBLIC, (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(app));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  server.get(`${prefix}/docs`, PUBLIC, (request, reply) =>
    reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .type('text/html; charset=utf-8')
      .send(page(relativeBase(request))),
  );
  server.get(`${prefix}/docs/start.js`, PUBLIC, (_request, reply) =>
    send(reply, 'text/javascript; charset=utf-8', START_SCRIPT),
  );
  for (const [file, type] of Object.entries(ASSETS)) {
    server.get(`${prefix}/docs/${file}`, PUBLIC, async (_request, reply) => send(reply, type, await readAsset(file)));
  }
}

function send(reply: FastifyReply, type: string, body: Buffer | string): FastifyReply {
  return reply.header('cache-control', 'public, max-age=3600').type(type).send(body);
}

/** Relative to the page, so that a proxy may put any path before it. */
function relativeBase(request: FastifyRequest): string {
  return (request.url.split('?', 1)[0] ?? '').endsWith('/') ? '.' : './docs';
}

function page(base: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MACP Control Plane API</title>
<link rel="stylesheet" href="${base}/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="${base}/swagger-ui-bundle.js"></script>
<script src="${base}/start.js" data-spec="${base}/../docs-json"></script>
</body>
</html>
`;
}

/** Swagger UI is a dependency of @nestjs/swagger, so it is looked up from there. */
function readAsset(file: string): Promise<Buffer> {
  const fromHere = createRequire(import.meta.url);
  const fromSwagger = createRequire(fromHere.resolve('@nestjs/swagger'));
  return readFile(join(dirname(fromSwagger.resolve('swagger-ui-dist/package.json')), file));
}
