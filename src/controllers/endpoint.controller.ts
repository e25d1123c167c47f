import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiExtension, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { Access } from '../contracts/access.js';
import { ERROR_CODES, type ErrorCode } from '../errors/codes.js';
import { ANSWER_EXAMPLES } from '../dto/console-examples.js';
import type { ResponseName } from '../dto/responses.js';
import { Audited, type AuditSpec } from './audit.interceptor.js';

/** Answers that are not one JSON value. */
type TextAnswer = 'text/event-stream' | 'application/x-ndjson' | 'text/plain';

interface EndpointSpec {
  readonly summary: string;
  readonly description?: string;
  /** Success status, 200 unless said. */
  readonly status?: 200 | 201 | 202 | 204;
  /** What success looks like. Absent for 204. */
  readonly answer?: ResponseName | TextAnswer;
  /** What success looks like to who accepts this type. */
  readonly acceptable?: TextAnswer;
  /** What else success may look like. */
  readonly otherAnswers?: readonly {
    readonly status: number;
    readonly description: string;
    readonly answer?: ResponseName;
  }[];
  /** Besides those that every endpoint has. */
  readonly errors?: readonly ErrorCode[];
  /** The body that the endpoint takes. */
  readonly body?: Type;
  readonly bodyIsOptional?: true;
  readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
  /** The endpoint changes something, and each change is written down. */
  readonly audit?: AuditSpec;
  /** Who may call where API_KEYS is set. Unless said: GET needs `read`, every other method `operate`. */
  readonly access?: Access;
  readonly headers?: readonly HeaderSpec[];
}

/** A header that is read, as the schema of a text. */
interface HeaderSpec {
  readonly name: string;
  readonly description: string;
  readonly minLength?: number;
  readonly maxLength: number;
  readonly pattern?: string;
}

const EVERYWHERE: readonly ErrorCode[] = [
  'VALIDATION_ERROR',
  'MALFORMED_REQUEST',
  'CROSS_SITE_REFUSED',
  'HOST_REFUSED',
  'REQUEST_TIMEOUT',
  'URI_TOO_LONG',
  'HEADERS_TOO_LARGE',
  'INTERNAL_ERROR',
  'DATABASE_UNAVAILABLE',
];
const WITH_KEY: readonly ErrorCode[] = ['UNAUTHENTICATED', 'SCOPE_MISSING', 'RATE_LIMITED'];
const WITH_BODY: readonly ErrorCode[] = ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

/** Everything the OpenAPI document says about an endpoint beside its parameters; also sets the success status. */
export function Endpoint(spec: EndpointSpec): MethodDecorator {
  const status = spec.status ?? 200;
  const errors = [
    ...EVERYWHERE,
    ...(spec.access === 'public' ? [] : WITH_KEY),
    // Whoever changes something may be sent a body, also where none is taken.
    ...(spec.body === undefined && spec.audit === undefined ? [] : WITH_BODY),
    ...(spec.errors ?? []),
  ];
  return applyDecorators(
    HttpCode(status),
    ApiOperation({
      summary: spec.summary,
      ...(spec.description === undefined ? {} : { description: spec.description }),
    }),
    success(status, 'Success', spec.answer, spec.acceptable),
    ...errorResponses(errors),
    ...(spec.otherAnswers ?? []).map((other) => success(other.status, other.description, other.answer)),
    ...(spec.headers ?? []).map(({ name, description, ...schema }) =>
      ApiHeader({ name, description, required: false, schema: { type: 'string', ...schema } }),
    ),
    ...bodyOf(spec),
    ...(spec.access === undefined ? [] : [RouteConfig({ access: spec.access }), ApiExtension('x-scope', spec.access)]),
    ...(spec.audit === undefined ? [] : [Audited(spec.audit)]),
  );
}

function success(
  status: number,
  description: string,
  answer: EndpointSpec['answer'],
  acceptable?: TextAnswer,
): MethodDecorator {
  if (answer === undefined) return ApiResponse({ status, description });
  if (isText(answer)) return ApiResponse({ status, description, content: textContent(answer) });
  const schema = { $ref: `#/components/schemas/${answer}` };
  const example = ANSWER_EXAMPLES[answer];
  const content = example === undefined ? { schema } : { schema, example };
  const lines = acceptable === undefined ? {} : textContent(acceptable);
  return ApiResponse({ status, description, content: { 'application/json': content, ...lines } });
}

function textContent(type: TextAnswer) {
  return { [type]: { schema: { type: 'string' } } };
}

function isText(answer: ResponseName | TextAnswer): answer is TextAnswer {
  return answer.includes('/');
}

/** One response per status, with an example for each code it may carry. */
function errorResponses(codes: readonly ErrorCode[]): MethodDecorator[] {
  const statuses = [...new Set(codes.map((code) => ERROR_CODES[code].status))].sort((a, b) => a - b);
  return statuses.map((status) => {
    const here = [...new Set(codes)].filter((code) => ERROR_CODES[code].status === status);
    const content = {
      schema: { $ref: '#/components/schemas/Error' },
      examples: Object.fromEntries(here.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
    };
    return ApiResponse({ status, description: here.join(', '), content: { 'application/json': content } });
  });
}

function bodyOf({ body, bodyIsOptional, examples }: EndpointSpec): MethodDecorator[] {
  if (body === undefined) return [];
  const shown = examples === undefined ? {} : { examples: { ...examples } };
  return [ApiBody({ type: body, required: bodyIsOptional !== true, ...shown })];
}
