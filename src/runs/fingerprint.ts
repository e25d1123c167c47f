import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ExecutionRequest } from '../contracts/execution-request.js';

/**
 * SHA-256 (hex) over the canonical JSON of a request without its idempotency key: two requests that ask for the same
 * have the same fingerprint, whatever the order of their keys.
 */
export function fingerprintOf(request: ExecutionRequest): string {
  const { idempotencyKey: _key, ...execution } = request.execution;
  return createHash('sha256')
    .update(canonicalize({ ...request, execution }) ?? '')
    .digest('hex');
}
