import { AppError, type ErrorBody } from './app-error.js';
import type { ErrorCode } from './codes.js';

/** Statuses that the HTTP framework raises by itself. What is not listed is a defect of ours. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'MALFORMED_REQUEST',
  403: 'FORBIDDEN',
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
  503: 'SHUTTING_DOWN',
};

/** One sentence per framework error; the framework's own words may carry what the client sent, or our paths. */
const MESSAGE_OF_CODE: Partial<Record<ErrorCode, string>> = {
  MALFORMED_REQUEST: 'The request is not valid HTTP.',
  ROUTE_NOT_FOUND: 'There is no such endpoint.',
  PRECONDITION_FAILED: 'What the request asks for is not as it expects.',
  PAYLOAD_TOO_LARGE: 'The body exceeds the limit.',
  URI_TOO_LONG: 'A path segment is too long.',
  UNSUPPORTED_MEDIA_TYPE: 'Bodies must be application/json.',
  HEADERS_TOO_LARGE: 'The headers of the request exceed the limit.',
  REQUEST_TIMEOUT: 'The request did not arrive in time.',
};

/** Seconds after which a client may ask again, for the `Retry-After` header. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  RATE_LIMITED: 1,
  SANDBOX_BUSY: 5,
  RUNTIME_UNAVAILABLE: 5,
  AUTH_SERVICE_UNAVAILABLE: 5,
  DATABASE_UNAVAILABLE: 5,
  TOO_MANY_SUBSCRIBERS: 5,
  SHUTTING_DOWN: 5,
};

/** `details.retryAfterSeconds` where the time is known. undefined also where `details.retryable` says that the same request would do more than was asked for. */
export function retryAfterSeconds({ code, details }: Pick<AppError, 'code' | 'details'>): number | undefined {
  if (details?.['retryable'] === false) return undefined;
  const known = details?.['retryAfterSeconds'];
  return typeof known === 'number' ? known : RETRY_AFTER_SECONDS[code];
}

/** The one gate from anything thrown to an AppError. `status` is what the HTTP framework would have answered, if it threw. */
export function gate(error: unknown, status?: number): AppError {
  if (error instanceof AppError) return error;
  const code = status === undefined ? undefined : codeOfStatus(status);
  if (code !== undefined)
    return new AppError(code, MESSAGE_OF_CODE[code] ?? `HTTP ${status}`, undefined, { cause: error });
  return new AppError('INTERNAL_ERROR', 'Something went wrong here; the log has the details.', undefined, {
    cause: error,
  });
}

function codeOfStatus(status: number): ErrorCode | undefined {
  return CODE_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'MALFORMED_REQUEST' : undefined);
}

/** The one shape of every error answer. */
export function toErrorBody(error: AppError, traceId: string | undefined): ErrorBody {
  return {
    statusCode: error.status,
    errorCode: error.code,
    message: error.message,
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}
