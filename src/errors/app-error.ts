import type { JsonObject } from '../contracts/json.js';
import { ERROR_CODES, type ErrorCode } from './codes.js';

/** The only error that leaves this service: a code from the table, a sentence, details and its cause. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: JsonObject | undefined;

  constructor(code: ErrorCode, message: string, details?: JsonObject, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

export function noSuchRun(): AppError {
  return new AppError('RUN_NOT_FOUND', 'There is no run with this id.');
}

/** Whether that is what went wrong; anything else that was thrown has no code yet (`gate` gives it one). */
export function hasCode(error: unknown, code: ErrorCode): error is AppError {
  return error instanceof AppError && error.code === code;
}

/** The one shape of every error answer. */
export interface ErrorBody {
  readonly statusCode: number;
  readonly errorCode: ErrorCode;
  readonly message: string;
  readonly details?: JsonObject;
  readonly traceId?: string;
}
