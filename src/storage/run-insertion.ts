import type { IsoTime } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import type { Write } from '../db/statement.js';
import { facet, facetsOf, searchTextOf, type RunSeed } from './run-row.js';

const COLUMNS = [
  'id',
  'fingerprint',
  'idempotency_key',
  'status',
  'mode',
  'execution_mode',
  'origin',
  'mode_name',
  'runtime_kind',
  'runtime_version',
  'trace_id',
  'tags',
  'source_kind',
  'source_ref',
  'scenario_ref',
  'environment',
  'policy_version',
  'search_text',
  'request',
  'summary',
  'error_code',
  'error_message',
  'created_at',
  'updated_at',
  'started_at',
  'ended_at',
  'last_seq',
  'last_position',
  'last_ordinal',
] as const;

const TEXT = `insert into runs (${COLUMNS.join(', ')}) values (${COLUMNS.map((_column, index) => `$${index + 1}`).join(', ')})
  on conflict (idempotency_key) where idempotency_key is not null do nothing`;

/** A new run's row, as its first events left it. It touches nothing when the idempotency key has made a run already. */
export function insertionOfRun(seed: RunSeed, run: Run, now: IsoTime): Write {
  const { request } = seed;
  const requested = facetsOf(request);
  const bound = run.session.bound ? facet(run.session.policyVersion) : null;
  const facets = { ...requested, policyVersion: bound ?? requested.policyVersion };
  const values: Readonly<Record<(typeof COLUMNS)[number], unknown>> = {
    id: seed.id,
    fingerprint: seed.fingerprint,
    idempotency_key: seed.idempotencyKey ?? null,
    status: run.status,
    mode: request.mode,
    execution_mode: seed.executionMode,
    origin: seed.origin,
    mode_name: seed.modeName,
    runtime_kind: seed.runtimeKind,
    runtime_version: request.runtime.version ?? null,
    trace_id: seed.traceId,
    tags: [...seed.tags],
    source_kind: facets.sourceKind,
    source_ref: facets.sourceRef,
    scenario_ref: facets.scenarioRef,
    environment: facets.environment,
    policy_version: facets.policyVersion,
    search_text: searchTextOf(seed, facets),
    request: JSON.stringify(request),
    summary: JSON.stringify(run.summary),
    error_code: run.error?.code ?? null,
    error_message: run.error?.message ?? null,
    created_at: seed.createdAt,
    // So far as clients see, a run that only waits has not changed since it was made.
    updated_at: run.status === 'queued' ? seed.createdAt : now,
    started_at: run.startedAt ?? null,
    ended_at: run.endedAt ?? null,
    last_seq: run.lastSeq,
    last_position: run.lastPosition,
    last_ordinal: run.lastOrdinal,
  };
  return { text: TEXT, values: COLUMNS.map((column) => values[column]) };
}
