import { AppError } from '../errors/app-error.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import { IDEMPOTENCY_KEY_LENGTH_MAX } from './execution-request.dto.js';

/** Visible ASCII, as HTTP has it in a header value. */
const HEADER_TEXT = /^[\x20-\x7e]+$/;

/** The key of the body or of the `Idempotency-Key` header. Throws VALIDATION_ERROR when they contradict each other. */
export function oneIdempotencyKey(request: ExecutionRequest, header: string | undefined): { idempotencyKey?: string } {
  const inBody = request.execution.idempotencyKey;
  if (header === undefined) return inBody === undefined ? {} : { idempotencyKey: inBody };
  const inHeader = idempotencyKeyIn(header);
  if (inBody !== undefined && inBody !== header) throw refusal('must equal execution.idempotencyKey');
  return inHeader;
}

/** The key of the header, where there is one. Throws VALIDATION_ERROR for what cannot be one. */
export function idempotencyKeyIn(header: string | undefined): { idempotencyKey?: string } {
  if (header === undefined) return {};
  if (header.length > IDEMPOTENCY_KEY_LENGTH_MAX || !HEADER_TEXT.test(header)) {
    throw refusal(`must be 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters`);
  }
  return { idempotencyKey: header };
}

function refusal(message: string): AppError {
  const issues = [{ path: 'Idempotency-Key', message }];
  return new AppError('VALIDATION_ERROR', `Idempotency-Key: ${message}`, { issues });
}
