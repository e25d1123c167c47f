import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { JsonObject } from '../contracts/json.js';

const REDACTED = '[redacted]';

/**
 * A request as it is shown: its one secret, the bearer of `session.metadata.cancelCallback`, stays where it is stored.
 * Whatever has the place of the callback without being one is shown as it came.
 */
export function shownRequest(request: ExecutionRequest): ExecutionRequest {
  const { metadata } = request.session;
  const callback = metadata?.['cancelCallback'];
  if (!isObject(callback) || callback['bearer'] === undefined) return request;
  const cancelCallback = { ...callback, bearer: REDACTED };
  return { ...request, session: { ...request.session, metadata: { ...metadata, cancelCallback } } };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
