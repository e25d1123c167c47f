import { delayMs, type Growth } from '../contracts/delay.js';
import type { RuntimeAck } from '../runtime/runtime-provider.interface.js';
import { AppError, hasCode } from '../errors/app-error.js';
import { isRetryable } from '../runtime/grpc-status.js';

/** How long what failed waits before it is tried again. */
const RETRY: Growth = { firstMs: 100, maxMs: 5_000 };

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

/** Milliseconds before the `attempt`th repetition (from 0); see `delayMs`. */
export function retryDelayMs(attempt: number, random: number): number {
  return delayMs(RETRY, attempt, random);
}
