import { AppError } from '../errors/app-error.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import { IDEMPOTENCY_KEY_LENGTH_MAX } from './execution-request.dto.js';

/** Visible ASCII, as HTTP has it in a header value. */
const HEADER_TEXT = /^[\x20-\x7e]+$/;

/** The header in the API's description; `description` says what the key stands for there. */
export function idempotencyKeyHeader(description: string) {
  const schema = { minLength: 1, maxLength: IDEMPOTENCY_KEY_LENGTH_MAX, pattern: HEADER_TEXT.source };
  return { name: 'Idempotency-Key', description, ...schema };
}

/** The key of the `Idempotency-Key` header. Throws VALIDATION_ERROR for one that is none. */
export function headerIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || (header.length <= IDEMPOTENCY_KEY_LENGTH_MAX && HEADER_TEXT.test(header))) return header;
  throw refusal(`must be 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters`);
}

/** The key of the body or of the header. Throws VALIDATION_ERROR also when they contradict each other. */
export function oneIdempotencyKey(request: ExecutionRequest, header: string | undefined): { idempotencyKey?: string } {
  const inHeader = headerIdempotencyKey(header);
  const inBody = request.execution.idempotencyKey;
  if (inHeader === undefined) return inBody === undefined ? {} : { idempotencyKey: inBody };
  if (inBody !== undefined && inBody !== inHeader) throw refusal('must equal execution.idempotencyKey');
  return { idempotencyKey: inHeader };
}

function refusal(message: string): AppError {
  const issues = [{ path: 'Idempotency-Key', message }];
  return new AppError('VALIDATION_ERROR', `Idempotency-Key: ${message}`, { issues });
}
