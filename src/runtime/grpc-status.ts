import type { JsonObject } from '../contracts/json.js';
import { cut, storable } from '../contracts/text.js';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/codes.js';
import { HistoryUnavailableError } from './history.js';
import { isJsonObject, parsedJson, utf8Text } from './json-values.js';

/** What a failed call left behind. */
export interface RpcFailure {
  /** Numeric gRPC status. */
  readonly status: number;
  /** The server's sentence; shown, never judged by. */
  readonly text: string;
  /** `macp-error-code` of the trailers: a registry code (runtimes from 0.12 on). */
  readonly runtimeCode?: string | undefined;
  /** `macp-error-details-bin` of the trailers: UTF-8 JSON. */
  readonly errorDetails?: Uint8Array | undefined;
}

/** What the call was about: decides what a status without registry code means. */
export type RpcSubject = 'message' | 'session' | 'subscription' | 'resource';

interface StatusRow {
  readonly name: string;
  readonly code: ErrorCode;
  /** The same call may succeed later without any change by the caller. */
  readonly retryable: boolean;
}

/** Index = gRPC status number. */
const STATUS_ROWS: readonly StatusRow[] = [
  { name: 'OK', code: 'INTERNAL_ERROR', retryable: false },
  { name: 'CANCELLED', code: 'RUNTIME_UNAVAILABLE', retryable: true },
  { name: 'UNKNOWN', code: 'RUNTIME_ERROR', retryable: true },
  { name: 'INVALID_ARGUMENT', code: 'RUNTIME_ERROR', retryable: false },
  { name: 'DEADLINE_EXCEEDED', code: 'RUNTIME_TIMEOUT', retryable: true },
  { name: 'NOT_FOUND', code: 'RESOURCE_NOT_FOUND', retryable: false },
  { name: 'ALREADY_EXISTS', code: 'SESSION_ALREADY_EXISTS', retryable: false },
  { name: 'PERMISSION_DENIED', code: 'FORBIDDEN', retryable: false },
  { name: 'RESOURCE_EXHAUSTED', code: 'RATE_LIMITED', retryable: true },
  { name: 'FAILED_PRECONDITION', code: 'CONFLICT', retryable: false },
  { name: 'ABORTED', code: 'CONFLICT', retryable: true },
  { name: 'OUT_OF_RANGE', code: 'PAYLOAD_TOO_LARGE', retryable: false },
  { name: 'UNIMPLEMENTED', code: 'RUNTIME_UNIMPLEMENTED', retryable: false },
  { name: 'INTERNAL', code: 'RUNTIME_ERROR', retryable: true },
  { name: 'UNAVAILABLE', code: 'RUNTIME_UNAVAILABLE', retryable: true },
  { name: 'DATA_LOSS', code: 'RUNTIME_ERROR', retryable: false },
  { name: 'UNAUTHENTICATED', code: 'RUNTIME_CREDENTIALS_REFUSED', retryable: false },
];
/** Send tells its rate limit in the Ack, so this status can only come from the transport's limit of size. */
const MESSAGE_TOO_LARGE: StatusRow = { name: 'RESOURCE_EXHAUSTED', code: 'PAYLOAD_TOO_LARGE', retryable: false };
const UNKNOWN_ROW: StatusRow = { name: 'UNKNOWN', code: 'RUNTIME_ERROR', retryable: true };
const NOT_FOUND = 5;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;

/** Registry codes whose meaning is finer than the status they come with. */
const REGISTRY_CODES: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['SESSION_NOT_FOUND', 'SESSION_NOT_FOUND'],
  ['SESSION_NOT_OPEN', 'SESSION_NOT_OPEN'],
  ['SESSION_ALREADY_EXISTS', 'SESSION_ALREADY_EXISTS'],
  ['INVALID_SESSION_ID', 'INVALID_SESSION_ID'],
  ['MODE_NOT_SUPPORTED', 'MODE_NOT_SUPPORTED'],
  ['FORBIDDEN', 'FORBIDDEN'],
  ['UNAUTHENTICATED', 'RUNTIME_CREDENTIALS_REFUSED'],
  ['POLICY_DENIED', 'POLICY_DENIED'],
  ['UNKNOWN_POLICY_VERSION', 'UNKNOWN_POLICY_VERSION'],
  ['PAYLOAD_TOO_LARGE', 'PAYLOAD_TOO_LARGE'],
  ['RATE_LIMITED', 'RATE_LIMITED'],
  ['INVALID_ENVELOPE', 'MESSAGE_REJECTED'],
  ['UNSUPPORTED_PROTOCOL_VERSION', 'MESSAGE_REJECTED'],
]);
/** Registry code of a resume below the compacted history. */
const HISTORY_UNAVAILABLE = 'HISTORY_UNAVAILABLE';
/** Longest text of the server repeated in our message, in UTF-16 units. */
export const SERVER_TEXT_UNITS_MAX = 300;
/** Most reasons taken from a denial, and their length in UTF-16 units. */
const REASONS_MAX = 50;
const REASON_UNITS_MAX = 1000;

/**
 * The one gate from a failed call to an error: decided by status and registry code alone.
 * `details` has grpcStatus, retryable, and where known runtimeCode and reasons.
 */
export function toAppError(failure: RpcFailure, rpc: string, subject: RpcSubject, cause?: unknown): AppError {
  const row = rowOf(failure, subject);
  const said = failure.text === '' ? '' : `: ${cut(storable(failure.text), SERVER_TEXT_UNITS_MAX)}`;
  const message = `${rpc} ended with ${row.name}${said}`;
  const options = cause === undefined ? {} : { cause };
  const reasons = reasonsOf(failure.errorDetails);
  const details: JsonObject = {
    grpcStatus: row.name,
    retryable: row.retryable,
    ...(failure.runtimeCode === undefined ? {} : { runtimeCode: failure.runtimeCode }),
    ...(reasons.length === 0 ? {} : { reasons }),
  };
  if (isLostHistory(failure, subject)) {
    return new HistoryUnavailableError(message, lowestOrdinalIn(failure.errorDetails), details, options);
  }
  return new AppError(codeOf(failure, row, subject), message, details, options);
}

function rowOf(failure: RpcFailure, subject: RpcSubject): StatusRow {
  const isUncoded = failure.runtimeCode === undefined;
  if (subject === 'message' && failure.status === RESOURCE_EXHAUSTED && isUncoded) return MESSAGE_TOO_LARGE;
  return STATUS_ROWS[failure.status] ?? UNKNOWN_ROW;
}

function codeOf(failure: RpcFailure, row: StatusRow, subject: RpcSubject): ErrorCode {
  const named = failure.runtimeCode === undefined ? undefined : REGISTRY_CODES.get(failure.runtimeCode);
  if (named !== undefined) return named;
  if (failure.status === NOT_FOUND && subject !== 'resource') return 'SESSION_NOT_FOUND';
  return row.code;
}

/**
 * By its code where there is one. A runtime without codes has no other FAILED_PRECONDITION for a mere subscription
 * (its refusals of messages are told inline), so there the bare status says the same.
 */
function isLostHistory(failure: RpcFailure, subject: RpcSubject): boolean {
  if (failure.runtimeCode !== undefined) return failure.runtimeCode === HISTORY_UNAVAILABLE;
  return subject === 'subscription' && failure.status === FAILED_PRECONDITION;
}

function lowestOrdinalIn(details: Uint8Array | undefined): number | undefined {
  const lowest = detailsObject(details)?.['lowest_available_sequence'];
  return typeof lowest === 'number' && Number.isSafeInteger(lowest) && lowest >= 0 ? lowest : undefined;
}

/** The `reasons` of an error's details: strings only, bounded; [] when there are none. */
export function reasonsOf(details: Uint8Array | undefined): readonly string[] {
  const reasons = detailsObject(details)?.['reasons'];
  if (!Array.isArray(reasons)) return [];
  return reasons
    .filter((reason): reason is string => typeof reason === 'string')
    .slice(0, REASONS_MAX)
    .map((reason) => cut(storable(reason), REASON_UNITS_MAX));
}

function detailsObject(details: Uint8Array | undefined): JsonObject | undefined {
  if (details === undefined || details.byteLength === 0) return undefined;
  const text = utf8Text(details);
  const json = text === undefined ? undefined : parsedJson(text);
  return json !== undefined && isJsonObject(json.value) ? json.value : undefined;
}

/** Whether the same call may succeed later without any change. */
export function isRetryable(error: unknown): boolean {
  return error instanceof AppError && error.details?.['retryable'] === true;
}

/** gRPC's name of a numeric status. */
export function statusName(status: number): string {
  return (STATUS_ROWS[status] ?? UNKNOWN_ROW).name;
}
