interface ErrorDefinition {
  /** HTTP status. 4xx: the caller can do something. 5xx: we or the runtime must. */
  readonly status: number;
  /** What it means and what to do about it; published in docs/ERRORS.md. */
  readonly meaning: string;
}

/** Every error code a client can see. One table: the filter, the documentation and the OpenAPI document derive from it. */
export const ERROR_CODES = {
  VALIDATION_ERROR: {
    status: 400,
    meaning: 'The request does not have the documented shape; `details.issues` names each field.',
  },
  MALFORMED_JSON: { status: 400, meaning: 'The body is not valid JSON in UTF-8.' },
  MALFORMED_REQUEST: {
    status: 400,
    meaning: 'The request is not valid HTTP, or its URL holds a broken percent-escape.',
  },
  INVALID_PAYLOAD: {
    status: 400,
    meaning: 'A message payload does not fit its protobuf type; the message names the field.',
  },
  INVALID_SESSION_ID: {
    status: 400,
    meaning: 'A session id must be a lowercase UUID v4 or v7, or at least 22 characters of A-Z a-z 0-9 _ -.',
  },
  MODE_REPLAY_REFUSED: {
    status: 400,
    meaning: 'Replay is not a way to start a run: use POST /runs/:id/replay on an existing one.',
  },
  RUNTIME_KIND_UNKNOWN: { status: 400, meaning: 'No runtime provider is registered for this `runtime.kind`.' },
  MODE_NOT_SUPPORTED: { status: 400, meaning: 'The runtime does not know this mode.' },
  CREDENTIALS_MISSING: {
    status: 400,
    meaning:
      'The control plane holds no credentials for an identity that this call needs; `details` name the call, the identity, what it must be allowed, and the settings that would provide it.',
  },
  INVALID_POLICY_DEFINITION: {
    status: 400,
    meaning: 'The runtime does not register this policy; the message says why.',
  },
  UNKNOWN_POLICY_VERSION: { status: 400, meaning: 'The runtime does not know this policy version.' },
  SANDBOX_UNAVAILABLE: {
    status: 400,
    meaning: 'Sandbox runs need the embedded runtime, which is switched off here (EMBEDDED_RUNTIME=off).',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning: 'The service asks for an API key (API_KEYS), and the request carries none that it accepts.',
  },
  FORBIDDEN: {
    status: 403,
    meaning:
      'The identity used is not allowed to do this. When the runtime said so, `details` name the call, the identity under which it was made, and what it would need.',
  },
  SCOPE_MISSING: {
    status: 403,
    meaning:
      'The API key is accepted and does not reach so far: `details.needed` is the scope it would need, `details.scope` its own.',
  },
  CROSS_SITE_REFUSED: {
    status: 403,
    meaning:
      'A page of another site asked for a change in a browser. Pages of loopback names may, and those of hosts in ALLOWED_HOSTS.',
  },
  CANCEL_CALLBACK_BLOCKED: {
    status: 403,
    meaning:
      'The `cancelCallback` of the run may not be called from here: `details.refusal` says why. Its host must be listed in CANCEL_CALLBACK_HOSTS, and its network in CANCEL_CALLBACK_NETWORKS unless it is public.',
  },
  POLICY_DENIED: { status: 403, meaning: 'The bound policy denies the message; `details.reasons` says why.' },
  ROUTE_NOT_FOUND: { status: 404, meaning: 'There is no such endpoint.' },
  METHOD_NOT_ALLOWED: { status: 405, meaning: 'The endpoint exists, but not with this method.' },
  RUN_NOT_FOUND: { status: 404, meaning: 'There is no run with this run id or session id.' },
  SESSION_NOT_FOUND: { status: 404, meaning: 'The runtime does not know the session (any more).' },
  RESOURCE_NOT_FOUND: { status: 404, meaning: 'The named thing does not exist.' },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive completely in time.' },
  INVALID_STATE_TRANSITION: { status: 409, meaning: 'The run is not in a status that allows this.' },
  SESSION_NOT_OPEN: { status: 409, meaning: 'The session is finished or suspended and takes no messages.' },
  SESSION_ALREADY_EXISTS: { status: 409, meaning: 'A run with this session id exists already.' },
  CANCEL_REFUSED: {
    status: 409,
    meaning: 'The runtime did not cancel the session; `details.sessionState` says where it stands.',
  },
  CANCEL_NOT_DELEGATED: {
    status: 409,
    meaning:
      'Agents opened this session, and nothing lets the control plane end it: the request named no `session.metadata.cancelCallback`, or the session’s policy gives the control plane no authority; `details.attempts` says what was tried.',
  },
  MESSAGE_REJECTED: { status: 409, meaning: 'The runtime refused the message; `details.runtimeCode` is its code.' },
  CONFLICT: { status: 409, meaning: 'The request contradicts the present state.' },
  PRECONDITION_FAILED: {
    status: 412,
    meaning: 'A file of the console is not, or no longer, what `If-Match` or `If-Unmodified-Since` asks for.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: 'The body or a message payload exceeds the limit.' },
  URI_TOO_LONG: { status: 414, meaning: 'A path segment is longer than any id can be.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, meaning: 'Bodies must be application/json.' },
  HOST_REFUSED: {
    status: 421,
    meaning:
      'The `Host` of the request is none that the service answers to: loopback names, and those listed in ALLOWED_HOSTS.',
  },
  IDEMPOTENCY_KEY_REUSED: { status: 422, meaning: 'The idempotency key was used before with another request.' },
  RATE_LIMITED: { status: 429, meaning: 'Too many requests, here or at the runtime; try again later.' },
  SANDBOX_BUSY: {
    status: 429,
    meaning:
      'Scripted agents play as many runs as they may at once (SANDBOX_PLAYS_MAX); cancel one, or try again when one has ended.',
  },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The request headers exceed the limit.' },
  INTERNAL_ERROR: {
    status: 500,
    meaning: 'A defect of the control plane; the log has the details under the trace id.',
  },
  RUNTIME_UNIMPLEMENTED: { status: 501, meaning: 'This runtime does not offer the operation.' },
  RUNTIME_ERROR: { status: 502, meaning: "The runtime answered with an error that is not the caller's." },
  RUNTIME_CREDENTIALS_REFUSED: {
    status: 502,
    meaning: 'The runtime refused the credentials of the control plane; `details` name the call and the identity.',
  },
  AUTH_SERVICE_REFUSED: {
    status: 502,
    meaning: 'The auth service mints no token for this identity; `details.reason` is its word, where it gave one.',
  },
  CANCEL_CALLBACK_FAILED: {
    status: 502,
    meaning: 'The initiator could not be told to cancel: `details` has its HTTP status, or why there was no answer.',
  },
  RUNTIME_UNAVAILABLE: {
    status: 503,
    meaning:
      'The runtime cannot be reached; the request may be repeated. A message or signal that was stored is named by `details.messageId`, and is repeated with its `Idempotency-Key` only.',
  },
  AUTH_SERVICE_UNAVAILABLE: {
    status: 503,
    meaning: 'The auth service that mints tokens for the runtime cannot be reached; the request may be repeated.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    meaning:
      'The database cannot be reached, or did not finish in time, as the message says; the request may be repeated, unless `details.retryable` is false: then the runtime may have the message that `details.messageId` names.',
  },
  TOO_MANY_SUBSCRIBERS: {
    status: 503,
    meaning: 'The limit of open streams, or of long answers under way, is reached; see Retry-After.',
  },
  SHUTTING_DOWN: { status: 503, meaning: 'The process is stopping; ask another or try again shortly.' },
  CANCEL_UNCONFIRMED: {
    status: 504,
    meaning:
      'The initiator took the request to cancel, but the runtime has not said that the session is cancelled. The run goes on; it becomes `cancelled` if and when the runtime says so.',
  },
  RUNTIME_TIMEOUT: {
    status: 504,
    meaning:
      'The runtime did not answer in time; what it did is unknown. The request may be repeated; a message or signal, which `details.messageId` names, with its `Idempotency-Key` only.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERROR_CODES;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

/** Codes that only a run carries (`run.failed`, `error.code`); they never answer a request. */
export const RUN_FAILURE_CODES = {
  START_REJECTED: 'The runtime refused the SessionStart for good.',
  KICKOFF_REJECTED: 'The runtime refused a kickoff message for good.',
  START_DEADLINE_EXCEEDED:
    'The session could not be started before the deadline; the runtime was unreachable or overloaded.',
  SESSION_NOT_OPENED: 'No agent opened the session of this observed run before the deadline (RUN_OBSERVE_DEADLINE_MS).',
  SESSION_EXPIRED: 'The session reached its deadline without a Commitment.',
  SESSION_NOT_FOUND: 'The session was bound, and the runtime has since confirmed that it no longer exists.',
  RUNTIME_NOT_CONFIGURED:
    'It was given up by a cancel while its runtime is not configured here; what became of its session is unknown.',
  REQUEST_INVALID: 'The stored request cannot be executed any more (for example credentials that it needs are gone).',
  INTERNAL_ERROR: 'The run could not be carried on for a defect here or at the runtime; the log has the details.',
} as const;

export type RunFailureCode = keyof typeof RUN_FAILURE_CODES;
