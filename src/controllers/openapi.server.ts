import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { z } from 'zod';
import { packageVersion } from '../config/package-root.provider.js';
import { accessOf, type Access } from '../contracts/access.js';
import { ERROR_CODES } from '../errors/codes.js';
import { RESPONSES } from '../dto/responses.js';

const OPENAPI_VERSION = '3.1.0';

const DESCRIPTION = `Launch, follow, replay and steer runs of the Multi-Agent Coordination Protocol.

Every error has the shape \`Error\`; programs look at \`errorCode\`. Unknown fields and unknown query parameters are refused
with 400. Where the service is given API_KEYS, requests carry one (\`Authorization: Bearer …\`), and \`x-scope\` says which scope
its key needs: \`operate\` includes \`read\`, \`admin\` includes both. \`:id\` is a run id or a session id, everywhere. Times are UTC, ISO 8601 with three decimals.`;

/** The OpenAPI 3.1 document of all controllers of an application, with its keys in a fixed order. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion(OPENAPI_VERSION)
    .setTitle('MACP Control Plane')
    .setDescription(DESCRIPTION)
    .setVersion(packageVersion())
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'An API key. Needed where API_KEYS is set.' },
      'bearer',
    )
    .build();
  const scanned = SwaggerModule.createDocument(app, builder, { operationIdFactory: (_controller, method) => method });
  const document = cleanupOpenApiDoc(scanned);
  const paths = Object.entries(document.paths)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, item]) => [path, withAccess(item)] as const);
  const schemas = { ...document.components?.schemas, ...responseSchemas() };
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: { ...document.components, schemas, examples: errorExamples() },
  };
}

type PathItem = OpenAPIObject['paths'][string];

/** Each operation says which key it needs: what was declared, or what its method stands for. */
function withAccess(item: PathItem): PathItem {
  const operations = Object.entries(item).map(([method, operation]: [string, { 'x-scope'?: Access }]) => {
    const access = accessOf(operation['x-scope'], method);
    const security = access === 'public' ? [] : [{ bearer: [] }];
    return [method, { ...operation, 'x-scope': access, security }] as const;
  });
  return Object.fromEntries(operations);
}

/** One example per code; the endpoints refer to those they may answer. */
function errorExamples() {
  const entries = Object.entries(ERROR_CODES).map(([errorCode, { status: statusCode, meaning: message }]) => {
    return [errorCode, { summary: message, value: { statusCode, errorCode, message } }] as const;
  });
  return Object.fromEntries(entries);
}

type SchemaObject = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

/** Shapes that are part of others are referred to, not repeated. */
function responseSchemas(): Record<string, SchemaObject> {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(RESPONSES)) names.add(schema, { id });
  const { schemas } = z.toJSONSchema(names, { io: 'output', uri: (id) => `#/components/schemas/${id}` });
  const entries = Object.entries(schemas).map(([name, schema]) => {
    const { $schema: _dialect, $id: _id, id: _name, ...rest } = schema;
    // JSON Schema 2020-12 is the schema language of OpenAPI 3.1; the library's type still describes 3.0.
    return [name, rest as SchemaObject] as const;
  });
  return Object.fromEntries(entries);
}
