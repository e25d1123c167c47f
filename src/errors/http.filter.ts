import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from './app-error.js';
import { gate, retryAfterSeconds, toErrorBody } from './gate.js';

/** Methods that the path of a request does have, when the router did not find the request's own. */
export type AllowedMethods = (url: string) => readonly string[];

/** The one way from anything thrown to an HTTP answer. 4xx is them, 5xx is us, and only 5xx is logged. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  constructor(private readonly allowedMethods: AllowedMethods) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const offered = request.is404 ? this.allowedMethods(request.url) : [];
    // A path that has the method and still found nothing is one of many files, and this one is not there.
    const allowed = offered.includes(request.method) ? [] : offered;
    const error = allowed.length > 0 ? methodNotAllowed(request.method, allowed) : gate(exception, statusOf(exception));
    if (error.status >= 500) this.log(error, request);
    if (reply.sent || reply.raw.headersSent) {
      // Too late for an answer: a cut connection is the only honest sign left.
      reply.raw.destroy();
      return;
    }
    if (allowed.length > 0) void reply.header('allow', allowed.join(', '));
    const retryAfter = retryAfterSeconds(error);
    if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
    void reply
      .status(error.status)
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(toErrorBody(error, request.id));
  }

  private log(error: AppError, request: FastifyRequest): void {
    const route = request.routeOptions.url ?? '(no route)';
    this.logger.error({ message: `${request.method} ${route} ${error.code} ${request.id}`, err: error });
  }
}

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  const status: unknown = exception instanceof Error ? Reflect.get(exception, 'statusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}

function methodNotAllowed(method: string, allowed: readonly string[]): AppError {
  return new AppError('METHOD_NOT_ALLOWED', `${method} is not offered here; ${allowed.join(', ')} is.`);
}
