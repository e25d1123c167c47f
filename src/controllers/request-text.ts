import { AppError } from '../errors/app-error.js';

const TRACE_PARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const ZERO_TRACE_ID = '0'.repeat(32);
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The trace id of a W3C `traceparent` header; undefined when there is none or it is invalid. */
export function parseTraceParent(header: string | undefined): string | undefined {
  const traceId = TRACE_PARENT.exec(header ?? '')?.[1];
  return traceId === ZERO_TRACE_ID ? undefined : traceId;
}

/** A JSON body; undefined for an empty one, which public clients send with a JSON content type. Throws MALFORMED_JSON. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    const text = UTF8.decode(bytes);
    return text.trim() === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new AppError('MALFORMED_JSON', 'The body is not valid JSON in UTF-8.', undefined, { cause });
  }
}

/** True when every percent-escape in a URL is complete and the escapes are UTF-8. */
export function hasSoundEscapes(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
