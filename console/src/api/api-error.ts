import type { ErrorBody } from './types.js';

/** What a request ran into: an answer in the API’s error shape, or no answer at all (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    /** As in the API’s table of errors; OFFLINE when nothing answered, UNREADABLE when the answer was no JSON of ours. */
    readonly code: string,
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
    readonly traceId?: string,
  ) {
    super(message);
  }

  /** Nobody answered, or somebody in between did: asking again may help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export const OFFLINE = 'OFFLINE';
/** Somebody in between answered, with a page for signing in for example. */
export const UNREADABLE = 'UNREADABLE';

/** The error that an answer stands for; `body` is whatever was in it. */
export function errorOf(status: number, body: unknown): ApiError {
  if (isErrorBody(body)) return new ApiError(status, body.errorCode, body.message, body.details, body.traceId);
  return new ApiError(status, UNREADABLE, `The server answered ${status} in a form that is not the API’s.`);
}

/** Whatever was thrown while asking, as an ApiError; an abort stays what it is. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, OFFLINE, 'The control plane does not answer.');
}

function isErrorBody(body: unknown): body is ErrorBody {
  return (
    typeof body === 'object' &&
    body !== null &&
    'errorCode' in body &&
    typeof body.errorCode === 'string' &&
    'message' in body &&
    typeof body.message === 'string'
  );
}
