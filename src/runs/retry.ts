import type { RuntimeAck } from '../runtime/runtime-provider.interface.js';
import { AppError, hasCode } from '../errors/app-error.js';
import { isRetryable } from '../runtime/grpc-status.js';

/** First wait before a repetition, and the longest. Milliseconds. */
export const RETRY_DELAY_MS = 100;
export const RETRY_DELAY_MS_MAX = 5_000;

const TRANSIENT_ACKS: ReadonlySet<string> = new Set(['RATE_LIMITED', 'INTERNAL_ERROR']);

/** Whether the same call may succeed later: the runtime provider says so, or the database was away. */
export function isTransientError(error: unknown): boolean {
  return isRetryable(error) || hasCode(error, 'DATABASE_UNAVAILABLE');
}

/** Whether a call failed before anything was sent: no token was to be had, or the circuit keeps calls back. */
export function isUnsent(error: AppError): boolean {
  return error.code === 'AUTH_SERVICE_UNAVAILABLE' || error.details?.['circuit'] === 'OPEN';
}

/** Whether the same message may be accepted later. */
export function isTransientRefusal(ack: Pick<RuntimeAck, 'ok' | 'errorCode'>): boolean {
  return !ack.ok && TRANSIENT_ACKS.has(ack.errorCode ?? '');
}

/** Whether the runtime is well and takes no more of this sender for now. */
export function isAdmissionRefused({ ok, errorCode }: Pick<RuntimeAck, 'ok' | 'errorCode'>): boolean {
  return !ok && errorCode === 'RATE_LIMITED';
}

/** Doubling, capped, with up to 20 % taken off or added, so that many runs do not knock at once. `random` in [0, 1). */
export function retryDelayMs(attempt: number, random: number): number {
  const delay = Math.min(RETRY_DELAY_MS * 2 ** Math.min(attempt, 16), RETRY_DELAY_MS_MAX);
  return Math.round(delay * (0.8 + random * 0.4));
}
