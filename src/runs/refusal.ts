import { AppError } from '../errors/app-error.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import { isErrorCode, type ErrorCode } from '../errors/codes.js';
import type { RuntimeAck } from '../runtime/runtime-provider.interface.js';
import { isTransientRefusal } from './retry.js';

/** Registry codes that have a code of their own here; every other refusal is MESSAGE_REJECTED. */
const CODE_OF: Readonly<Record<string, ErrorCode>> = {
  FORBIDDEN: 'FORBIDDEN',
  POLICY_DENIED: 'POLICY_DENIED',
  SESSION_NOT_FOUND: 'SESSION_NOT_FOUND',
  SESSION_NOT_OPEN: 'SESSION_NOT_OPEN',
  SESSION_ALREADY_EXISTS: 'SESSION_ALREADY_EXISTS',
  UNKNOWN_POLICY_VERSION: 'UNKNOWN_POLICY_VERSION',
  MODE_NOT_SUPPORTED: 'MODE_NOT_SUPPORTED',
  PAYLOAD_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  RATE_LIMITED: 'RATE_LIMITED',
  // The runtime could not store the message: nothing that asking less often would help.
  INTERNAL_ERROR: 'RUNTIME_ERROR',
  // The runtime refused a token that we hold: the caller's own credentials are not at fault.
  UNAUTHENTICATED: 'RUNTIME_CREDENTIALS_REFUSED',
};

type Refusal = Pick<RuntimeAck, 'ok' | 'errorCode' | 'errorMessage' | 'reasons'>;

/** A refusal by the runtime as the error that answers the request which caused it. */
export function toAppError(ack: Refusal, sentence: string): AppError {
  const runtimeCode = ack.errorCode ?? 'UNKNOWN';
  return new AppError(CODE_OF[runtimeCode] ?? 'MESSAGE_REJECTED', `${sentence} (${runtimeCode}).`, {
    runtimeCode,
    runtimeMessage: ack.errorMessage ?? '',
    ...(isTransientRefusal(ack) ? { retryable: true } : {}),
    ...(ack.reasons.length > 0 ? { reasons: ack.reasons } : {}),
  });
}

/** The same from the outbox, which holds a registry code, or the code of the error that came instead of an answer. */
export function storedRefusal(
  { errorCode = 'UNKNOWN', errorMessage = '' }: OutboundMessage,
  sentence: string,
): AppError {
  const isOurs = isErrorCode(errorCode) && CODE_OF[errorCode] === undefined;
  if (isOurs) return new AppError(errorCode, errorMessage);
  return toAppError({ ok: false, errorCode, errorMessage, reasons: [] }, sentence);
}
