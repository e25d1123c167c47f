import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { AppConfig } from '../config/config.js';
import { CLOCK } from '../config/clock.provider.js';
import { packageRoot } from '../config/package-root.provider.js';
import type { Clock } from '../contracts/time.js';
import { RequestValidationPipe } from '../dto/validation.pipe.js';
import { AppError } from '../errors/app-error.js';
import { gate, toErrorBody } from '../errors/gate.js';
import { HttpErrorFilter } from '../errors/http.filter.js';
import { authenticate } from './authentication.server.js';
import { countAnswers, cutUnreadAnswers } from './answers.server.js';
import { refusalOf } from './caller.js';
import { installConsole } from './console.server.js';
import { installDocs } from './docs.server.js';
import { ProcessMetricsService } from './process-metrics.service.js';
import { hasSoundEscapes, parseJsonBody, parseTraceParent } from './request-text.js';
import { RouteTable } from './routes.js';

/** Longer than any id, so that a long id is answered by our own rule (400) and not by the router's (414). */
const PATH_PARAM_LENGTH_MAX = 512;

/** A client may take this long to send a whole request. Open streams are answers and not limited by it. */
const REQUEST_MS_MAX = 60_000;

/** What goes wrong before there is a request, by the code of Node's HTTP parser; anything else is a Bad Request. */
const CLIENT_ERRORS: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};
const BAD_REQUEST = [400, 'Bad Request'] as const;

/** Options of the Fastify adapter; `configureHttp` completes them. */
export function fastifyOptions(config: AppConfig): FastifyHttpOptions<RawServerDefault> {
  return {
    bodyLimit: config.http.bodyBytesMax,
    requestTimeout: REQUEST_MS_MAX,
    routerOptions: { maxParamLength: PATH_PARAM_LENGTH_MAX, ignoreTrailingSlash: true },
    // Node would answer a request without Host by itself, and with no body; see refuseMalformed.
    http: { requireHostHeader: false },
    genReqId: requestId,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
    // While closing, requests on open connections are served as usual; Fastify's own 503 has another shape.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  };
}

/** Everything between the socket and the controllers. Call it before `app.init()` or `app.listen()`. */
export function configureHttp(app: NestFastifyApplication, config: AppConfig): void {
  const { allowedHosts, apiKeys, bodyBytesMax, pathPrefix } = config.http;
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  const routes = new RouteTable();
  server.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  const counts = app.get(ProcessMetricsService);
  countAnswers(server, counts);
  server.addHook('onRequest', refuseMalformed);
  if (allowedHosts !== undefined) {
    server.addHook('onRequest', ({ method, headers }, _reply, done) => {
      const { host, origin, 'sec-fetch-site': site } = headers;
      done(refusalOf({ method, host, origin, site }, allowedHosts));
    });
  }
  authenticate(server, { keys: apiKeys, bodyBytesMax, clock: app.get<Clock>(CLOCK), counts });
  cutUnreadAnswers(server, config.sse.stallMs);
  letGoOfSilentSockets(server);
  // Node would answer an expectation it does not know by itself, and with no body; it may be ignored (RFC 9110, 10.1.1).
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  server.removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', { bodyLimit: bodyBytesMax }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body));
    } catch (error) {
      done(gate(error));
    }
  });
  if (pathPrefix !== '') app.setGlobalPrefix(pathPrefix);
  app.useGlobalFilters(new HttpErrorFilter((url) => routes.methodsAt(url)));
  app.useGlobalPipes(new RequestValidationPipe());
  server.options('*', (request, reply) => answerOptions(routes.methodsAt(request.url), request, reply));
  installDocs(app, server, pathPrefix);
  installConsole(server, pathPrefix, join(packageRoot(), 'dist', 'console'));
}

/**
 * Node counts a connection that never asked anything as busy, and would wait for it while closing. Browsers open such
 * connections in advance.
 */
function letGoOfSilentSockets(server: FastifyInstance): void {
  const silent = new Set<Socket>();
  // One function for all sockets, and none on those that spoke: open streams are many.
  function forget(this: Socket): void {
    silent.delete(this);
  }
  server.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.on('close', forget);
  });
  server.server.on('request', ({ socket }: IncomingMessage) => {
    if (silent.delete(socket)) socket.off('close', forget);
  });
  server.addHook('preClose', (done) => {
    for (const socket of silent) socket.destroy();
    done();
  });
}

/** The caller's trace id if there is one, so that its trace and our log name the same request. */
function requestId(request: { headers: IncomingMessage['headers'] }): string {
  const header = request.headers['traceparent'];
  return parseTraceParent(typeof header === 'string' ? header : undefined) ?? randomBytes(16).toString('hex');
}

function refuseMalformed(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  if (!hasSoundEscapes(request.url)) {
    done(new AppError('MALFORMED_REQUEST', 'The URL holds a broken percent-escape.'));
  } else if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
    done(new AppError('MALFORMED_REQUEST', 'The Host header is missing.'));
  } else if (!isOneHost(request.raw.rawHeaders)) {
    done(new AppError('MALFORMED_REQUEST', 'There must be one Host header, with a host in it and nothing else.'));
  } else {
    done();
  }
}

/** Names and values in turns, as they came. Of several hosts a proxy may have judged another one than we would. */
function isOneHost(rawHeaders: readonly string[]): boolean {
  const hosts = rawHeaders.filter((_text, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'host');
  return hosts.length < 2 && hosts.every((host) => !/[@/?#\\\s]/.test(host));
}

function answerOptions(methods: readonly string[], request: FastifyRequest, reply: FastifyReply): void {
  if (methods.length === 0) {
    answer(reply, request, new AppError('ROUTE_NOT_FOUND', 'There is no such endpoint.'));
    return;
  }
  void reply.header('allow', methods.join(', ')).status(204).send();
}

function answerFrameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const status: unknown = Reflect.get(error, 'statusCode');
  answer(reply, request, gate(error, typeof status === 'number' ? status : undefined));
}

function answer(reply: FastifyReply, request: FastifyRequest, error: AppError): void {
  void reply.status(error.status).type('application/json; charset=utf-8').send(toErrorBody(error, request.id));
}

/** There is no request and no reply yet, so the answer is written onto the socket. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, reason] = CLIENT_ERRORS[error.code ?? ''] ?? BAD_REQUEST;
  const body = JSON.stringify(toErrorBody(gate(undefined, status), undefined));
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'content-type: application/json; charset=utf-8',
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy();
}
