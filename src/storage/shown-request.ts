import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { JsonObject } from '../contracts/json.js';

const REDACTED = '[redacted]';

/**
 * A request as it is shown: the secrets of `session.metadata.cancelCallback`, its bearer and what an older request may
 * have put before the host of its URL, stay where they are stored. Whatever has the place of the callback without being
 * one is shown as it came.
 */
export function shownRequest(request: ExecutionRequest): ExecutionRequest {
  const { metadata } = request.session;
  const callback = metadata?.['cancelCallback'];
  if (!isObject(callback)) return request;
  const url = urlWithoutCredentials(callback['url']);
  const hidden = {
    ...(callback['bearer'] === undefined ? {} : { bearer: REDACTED }),
    ...(url === undefined ? {} : { url }),
  };
  if (Object.keys(hidden).length === 0) return request;
  const cancelCallback = { ...callback, ...hidden };
  return { ...request, session: { ...request.session, metadata: { ...metadata, cancelCallback } } };
}

/** undefined: there are none in it. */
function urlWithoutCredentials(text: unknown): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return undefined;
  url.username = '';
  url.password = '';
  return url.href;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
