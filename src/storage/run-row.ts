import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { IsoTime, Ordinal, Position, RunId, Seq, SessionId } from '../contracts/ids.js';
import type { JsonObject, JsonValue } from '../contracts/json.js';
import type { BoundSession, ExecutionMode, Run, RunStatus, RunSummary } from '../contracts/run.js';
import type { RunRecord } from '../contracts/run-record.js';
import { shownRequest } from './shown-request.js';

/** Longest text in a column that lists filter by, in UTF-16 units: an index entry must not exceed a third of a page. */
export const FILTER_TEXT_UNITS_MAX = 256;

/** Everything a new run is made of. */
export interface RunSeed {
  readonly id: RunId;
  readonly sessionId: SessionId;
  readonly request: ExecutionRequest;
  /** Tells two requests under one idempotency key apart. */
  readonly fingerprint: string;
  readonly idempotencyKey?: string;
  readonly tags: readonly string[];
  readonly traceId: string;
  readonly executionMode: ExecutionMode;
  readonly origin: 'request' | 'discovery';
  /** Kind of the provider that was chosen. */
  readonly runtimeKind: string;
  readonly modeName: string;
  readonly createdAt: IsoTime;
}

/** A row of `runs` joined with its session. */
export interface RunRow {
  readonly id: string;
  readonly status: RunStatus;
  readonly mode: 'live' | 'sandbox';
  readonly executionMode: ExecutionMode;
  readonly modeName: string;
  readonly runtimeKind: string;
  readonly runtimeVersion: string | null;
  readonly traceId: string;
  readonly tags: readonly string[];
  readonly sourceKind: string | null;
  readonly sourceRef: string | null;
  readonly policyVersion: string | null;
  readonly request: ExecutionRequest;
  readonly summary: RunSummary;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly createdAt: IsoTime;
  readonly updatedAt: IsoTime;
  readonly startedAt: IsoTime | null;
  readonly endedAt: IsoTime | null;
  readonly archivedAt: IsoTime | null;
  readonly lastSeq: number;
  readonly lastPosition: number;
  readonly lastOrdinal: number;
  readonly sessionId: string;
  readonly session: BoundSession;
}

/** What lists filter by, taken out of a request. Absent is null. */
export interface RunFacets {
  readonly sourceKind: string | null;
  /** The scenario where no source is named: the console finds a run's predecessors by it. */
  readonly sourceRef: string | null;
  /** The label clients show: the scenario, else the source. */
  readonly scenarioRef: string | null;
  readonly environment: string | null;
  readonly policyVersion: string | null;
}

export function facetsOf(request: ExecutionRequest): RunFacets {
  const metadata = request.session.metadata ?? {};
  const scenarioRef = facet(metadata['scenarioRef']);
  const sourceRef = facet(metadata['sourceRef']) ?? scenarioRef;
  return {
    sourceKind: facet(metadata['sourceKind']),
    sourceRef,
    scenarioRef: scenarioRef ?? sourceRef,
    environment: facet(metadata['environment']),
    policyVersion: facet(request.session.policyVersion),
  };
}

/** One lower-case text of everything that `search` looks through. */
export function searchTextOf(seed: RunSeed, facets: RunFacets): string {
  const { scenarioRef, sourceRef, environment, policyVersion } = facets;
  const label = facet(seed.request.session.metadata?.['runLabel']);
  const parts = [seed.id, seed.sessionId, ...seed.tags, scenarioRef, sourceRef, environment, policyVersion, label];
  return [...new Set(parts)]
    .filter((part) => part !== null)
    .join('\n')
    .toLowerCase();
}

/** A session of which the log has told nothing yet. */
export function unboundSession(request: ExecutionRequest): BoundSession {
  return {
    bound: false,
    initiator: '',
    participants: [],
    seen: [],
    modeVersion: request.session.modeVersion,
    configurationVersion: request.session.configurationVersion,
    policyVersion: request.session.policyVersion ?? '',
    committed: false,
  };
}

/** A run before its first event. */
export function newRun(seed: RunSeed): Run {
  return {
    id: seed.id,
    status: 'queued',
    sessionId: seed.sessionId,
    request: seed.request,
    executionMode: seed.executionMode,
    modeName: seed.modeName,
    runtimeKind: seed.runtimeKind,
    traceId: seed.traceId,
    createdAt: seed.createdAt,
    summary: {},
    session: unboundSession(seed.request),
    ...NO_LOG,
  };
}

// Zero is "before the first", of each kind of number.
const NO_LOG = { lastSeq: 0 as Seq, lastPosition: 0 as Position, lastOrdinal: 0 as Ordinal };

/** Row → run. Ids and numbers were given by this service, so they are what their columns say. */
export function toRun(row: RunRow): Run {
  return {
    id: row.id as RunId,
    status: row.status,
    sessionId: row.sessionId as SessionId,
    request: row.request,
    executionMode: row.executionMode,
    modeName: row.modeName,
    runtimeKind: row.runtimeKind,
    traceId: row.traceId,
    createdAt: row.createdAt,
    ...(row.startedAt === null ? {} : { startedAt: row.startedAt }),
    ...(row.endedAt === null ? {} : { endedAt: row.endedAt }),
    ...(row.errorCode === null ? {} : { error: { code: row.errorCode, message: row.errorMessage ?? '' } }),
    summary: row.summary,
    session: row.session,
    lastSeq: row.lastSeq as Seq,
    lastPosition: row.lastPosition as Position,
    lastOrdinal: row.lastOrdinal as Ordinal,
  };
}

/** Row → what clients see, redacted. In lists `request` lacks its large parts (see `RunRepository.list`). */
export function toRunRecord(row: RunRow, redactPaths: readonly string[]): RunRecord {
  return {
    id: row.id as RunId,
    status: row.status,
    mode: row.mode,
    executionMode: row.executionMode,
    modeName: row.modeName,
    runtimeKind: row.runtimeKind,
    ...(row.runtimeVersion === null ? {} : { runtimeVersion: row.runtimeVersion }),
    sessionId: row.sessionId as SessionId,
    runtimeSessionId: row.sessionId as SessionId,
    traceId: row.traceId,
    tags: row.tags,
    ...(row.sourceRef === null ? {} : { source: { kind: row.sourceKind ?? 'scenario', ref: row.sourceRef } }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...(row.startedAt === null ? {} : { startedAt: row.startedAt }),
    ...(row.endedAt === null ? {} : { endedAt: row.endedAt }),
    archivedAt: row.archivedAt,
    ...(row.errorCode === null ? {} : { errorCode: row.errorCode, errorMessage: row.errorMessage ?? '' }),
    metadata: metadataOf(row, redactPaths),
  };
}

const SUMMARY_KEYS: Readonly<Record<keyof RunSummary, true>> = {
  durationMs: true,
  finalAction: true,
  committedAction: true,
  finalConfidence: true,
  outcomePositive: true,
  totalTokens: true,
  estimatedCostUsd: true,
  error: true,
};

/** What a record says of the run itself, also where there is nothing to say yet. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  ...Object.keys(SUMMARY_KEYS),
  'modeName',
  'policyVersion',
  'tags',
  'executionRequest',
]);

/** What a caller put under a name of ours is in `executionRequest` only, so that nobody takes it for the run's. */
function metadataOf(row: RunRow, redactPaths: readonly string[]): JsonObject {
  const request = shownRequest(row.request, redactPaths);
  const given = Object.entries(request.session.metadata ?? {});
  return {
    ...Object.fromEntries(given.filter(([key]) => !OWN_KEYS.has(key))),
    modeName: row.modeName,
    ...(row.policyVersion === null ? {} : { policyVersion: row.policyVersion }),
    tags: row.tags,
    // Contract shapes of plain data; their optional fields are absent, never undefined, in what was stored as JSON.
    executionRequest: request as object as JsonObject,
    ...(row.summary as object as JsonObject),
  };
}

/** A text worth filtering by: not blank, cut to what an index entry holds. */
export function facet(value: JsonValue | undefined): string | null {
  return typeof value !== 'string' || value.trim() === '' ? null : value.slice(0, FILTER_TEXT_UNITS_MAX);
}
