import type { PayloadEnvelope } from '../contracts/envelope.js';
import type { ExecutionRequest, KickoffMessage, SessionSpec } from '../contracts/execution-request.js';
import type { JsonObject } from '../contracts/json.js';
import { cleanAt, REDACTED } from './clean-payload.js';

/** A stored request; lists read it without its kickoff. */
type StoredRequest = Omit<ExecutionRequest, 'kickoff'> & Partial<Pick<ExecutionRequest, 'kickoff'>>;

/**
 * A request as it is shown: the secrets of `session.metadata.cancelCallback`, its bearer and what an older request may
 * have put before the host of its URL, stay where they are stored. Whatever has the place of the callback without being
 * one is shown as it came. What goes to the runtime as a payload is redacted like the events that tell of it.
 */
export function shownRequest(request: StoredRequest, redactPaths: readonly string[]): StoredRequest {
  const shown = withoutCredentials(request);
  return redactPaths.length === 0 ? shown : redacted(shown, redactPaths);
}

function withoutCredentials(request: StoredRequest): StoredRequest {
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

function redacted(request: StoredRequest, redactPaths: readonly string[]): StoredRequest {
  const { kickoff } = request;
  return {
    ...request,
    session: { ...request.session, ...sessionPayload(request.session, redactPaths) },
    ...(kickoff === undefined ? {} : { kickoff: kickoff.map((message) => redactedMessage(message, redactPaths)) }),
  };
}

/** What of a session SessionStart carries, each at its path there. */
function sessionPayload(session: SessionSpec, redactPaths: readonly string[]): Partial<SessionSpec> {
  const { intent, context, contextEnvelope, extensions } = session;
  const contextPath = ['extensions', 'context'];
  const envelopes = Object.entries(extensions ?? {}).map(
    ([key, envelope]) => [key, redactedEnvelope(envelope, ['extensions', key], redactPaths)] as const,
  );
  return {
    ...(intent === undefined ? {} : { intent: shownIntent(intent, redactPaths) }),
    ...(context === undefined ? {} : { context: redactedObject(context, contextPath, redactPaths) ?? REDACTED }),
    ...(contextEnvelope === undefined
      ? {}
      : { contextEnvelope: redactedEnvelope(contextEnvelope, contextPath, redactPaths) }),
    ...(extensions === undefined ? {} : { extensions: Object.fromEntries(envelopes) }),
  };
}

/** A session's intent as the event of its SessionStart shows it. */
export function shownIntent(intent: string, redactPaths: readonly string[]): string {
  return cleanAt(['intent'], intent, redactPaths) === REDACTED ? REDACTED : intent;
}

/** The decoded payload of a SessionStart as its events may tell it: what it carries is withheld where the request's is. */
export function shownStart(payload: JsonObject, redactPaths: readonly string[]): JsonObject {
  const { extensions } = payload;
  if (redactPaths.length === 0 || !isObject(extensions)) return payload;
  const shown = Object.entries(extensions).map(([key, value]) => [key, isPathless(value) ? REDACTED : value] as const);
  return { ...payload, extensions: Object.fromEntries(shown) };
}

function redactedMessage(message: KickoffMessage, redactPaths: readonly string[]): KickoffMessage {
  const { payload, payloadEnvelope } = message;
  return {
    ...message,
    ...(payload === undefined ? {} : { payload: redactedObject(payload, [], redactPaths) }),
    ...(payloadEnvelope === undefined ? {} : { payloadEnvelope: redactedEnvelope(payloadEnvelope, [], redactPaths) }),
  };
}

/** What no path leads into is withheld, whatever it holds. */
function redactedEnvelope(
  envelope: PayloadEnvelope,
  path: readonly string[],
  redactPaths: readonly string[],
): PayloadEnvelope {
  switch (envelope.encoding) {
    case 'json':
      return {
        ...envelope,
        json: isPathless(envelope.json) ? REDACTED : cleanAt(path, envelope.json, redactPaths),
      };
    case 'text':
      return { ...envelope, text: REDACTED };
    case 'base64':
      return { ...envelope, base64: REDACTED };
    case 'proto': {
      const value = redactedObject(envelope.proto.value, path, redactPaths);
      return value === undefined
        ? { encoding: 'text', text: REDACTED }
        : { ...envelope, proto: { ...envelope.proto, value } };
    }
  }
}

/** A bare value, as text is decoded, a list with one in it, or `{ base64 }`, as bytes are. Positions are in no path. */
function isPathless(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.some(isPathless);
  return 'base64' in value && Object.keys(value).length === 1;
}

/** undefined: nothing of it is shown. */
function redactedObject(
  value: JsonObject | string,
  path: readonly string[],
  redactPaths: readonly string[],
): JsonObject | undefined {
  const clean = isObject(value) ? cleanAt(path, value, redactPaths) : undefined;
  return isObject(clean) ? clean : undefined;
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
