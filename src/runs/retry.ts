import type { RuntimeAck } from '../runtime/runtime-provider.interface.js';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/codes.js';

/** First wait before a repetition, and the longest. Milliseconds. */
export const RETRY_DELAY_MS = 100;
export const RETRY_DELAY_MS_MAX = 5_000;

const TRANSIENT_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'RUNTIME_UNAVAILABLE',
  'RUNTIME_TIMEOUT',
  'RUNTIME_ERROR',
  'RATE_LIMITED',
  'DATABASE_UNAVAILABLE',
] satisfies ErrorCode[]);

const TRANSIENT_ACKS: ReadonlySet<string> = new Set(['RATE_LIMITED', 'INTERNAL_ERROR']);

/** Whether the same call may succeed later. */
export function isTransientError(error: unknown): boolean {
  return error instanceof AppError && TRANSIENT_ERRORS.has(error.code);
}

/** Whether the same message may be accepted later. */
export function isTransientRefusal(ack: RuntimeAck): boolean {
  return !ack.ok && TRANSIENT_ACKS.has(ack.errorCode ?? '');
}

/** Doubling, capped, with up to 20 % taken off or added, so that many runs do not knock at once. `random` in [0, 1). */
export function retryDelayMs(attempt: number, random: number): number {
  const delay = Math.min(RETRY_DELAY_MS * 2 ** Math.min(attempt, 16), RETRY_DELAY_MS_MAX);
  return Math.round(delay * (0.8 + random * 0.4));
}
