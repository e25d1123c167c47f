import type { IsoTime, RunId, SessionId } from './ids.js';
import type { JsonObject } from './json.js';
import type { ExecutionMode, RunStatus } from './run.js';

/** A run as clients see it: in lists, alone, and as the answer of cancel, suspend and resume. */
export interface RunRecord {
  readonly id: RunId;
  readonly status: RunStatus;
  readonly mode: 'live' | 'sandbox';
  readonly executionMode: ExecutionMode;
  readonly modeName: string;
  readonly runtimeKind: string;
  readonly runtimeVersion?: string;
  readonly sessionId: SessionId;
  /** The public console's name for sessionId. */
  readonly runtimeSessionId: SessionId;
  readonly traceId: string;
  readonly tags: readonly string[];
  readonly source?: { readonly kind: string; readonly ref: string };
  readonly createdAt: IsoTime;
  readonly updatedAt: IsoTime;
  readonly startedAt?: IsoTime;
  readonly endedAt?: IsoTime;
  readonly archivedAt: IsoTime | null;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /**
   * Flattened for the console: the session's metadata keys (scenarioRef, sourceRef, environment, templateId, runLabel,
   * policyHints …), modeName, policyVersion, tags, `executionRequest`, and once finished the summary (durationMs,
   * finalAction, finalConfidence, outcomePositive, totalTokens, estimatedCostUsd, error). A key of ours is never the
   * caller's; what was sent under its name is in `executionRequest`.
   */
  readonly metadata: JsonObject;
}

export const RUN_SORT_FIELDS = ['createdAt', 'updatedAt'] as const;
export type RunSortField = (typeof RUN_SORT_FIELDS)[number];

/** All conditions hold together. Times are inclusive lower and exclusive upper bounds. */
export interface RunListFilter {
  readonly status?: readonly RunStatus[];
  readonly tags?: readonly string[];
  readonly modeName?: string;
  readonly runtimeKind?: string;
  readonly environment?: string;
  readonly scenarioRef?: string;
  readonly search?: string;
  readonly createdAfter?: IsoTime;
  readonly createdBefore?: IsoTime;
  readonly includeArchived: boolean;
  readonly includeSandbox: boolean;
  readonly sortBy: RunSortField;
  readonly sortOrder: 'asc' | 'desc';
  /** 1–200. */
  readonly limit: number;
  /** Keyset position from a former page; excludes offset. */
  readonly cursor?: string;
  /** The public console's form; at most 10 000. */
  readonly offset?: number;
}

export interface RunPage {
  readonly data: readonly RunRecord[];
  /** Exact up to a bound (see RUN_COUNT_MAX); `totalIsExact` false beyond it. */
  readonly total: number;
  readonly totalIsExact: boolean;
  readonly limit: number;
  readonly offset: number;
  readonly nextCursor: string | null;
}
