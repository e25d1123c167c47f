import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AuditAction, AuditResource } from '../contracts/audit.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { IsoTime } from '../contracts/ids.js';
import type { JsonObject } from '../contracts/json.js';
import type { ParticipantMetrics } from '../contracts/metrics.js';
import type { Projection, ProjectionBook, RunStateView } from '../contracts/projection.js';
import type { BoundSession, RunStatus, RunSummary } from '../contracts/run.js';

/**
 * The tables as Drizzle reads them. Their SQL – indexes, checks, storage – is in `migrations/`; a test compares the two
 * column by column.
 */

/** A timestamptz(3); the drivers hand it over in our one time format already (see `values.ts`). */
const time = customType<{ data: IsoTime; driverData: IsoTime }>({ dataType: () => 'timestamp (3) with time zone' });
const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });

const runId = () =>
  uuid('run_id')
    .notNull()
    .references(() => runs.id, { onDelete: 'cascade' });

export const runs = pgTable('runs', {
  id: uuid('id').primaryKey(),
  status: text('status').$type<RunStatus>().notNull(),
  mode: text('mode').$type<'live' | 'sandbox'>().notNull(),
  executionMode: text('execution_mode').$type<'driver' | 'observer'>().notNull(),
  origin: text('origin').$type<'request' | 'discovery'>().notNull(),
  modeName: text('mode_name').notNull(),
  runtimeKind: text('runtime_kind').notNull(),
  runtimeVersion: text('runtime_version'),
  traceId: text('trace_id').notNull(),
  idempotencyKey: text('idempotency_key'),
  fingerprint: text('fingerprint').notNull(),
  tags: text('tags').array().notNull(),
  sourceKind: text('source_kind'),
  sourceRef: text('source_ref'),
  scenarioRef: text('scenario_ref'),
  environment: text('environment'),
  policyVersion: text('policy_version'),
  searchText: text('search_text').notNull(),
  request: jsonb('request').$type<ExecutionRequest>().notNull(),
  summary: jsonb('summary').$type<RunSummary>().notNull(),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  startedAt: time('started_at'),
  endedAt: time('ended_at'),
  archivedAt: time('archived_at'),
  lastSeq: integer('last_seq').notNull(),
  lastPosition: integer('last_position').notNull(),
  lastOrdinal: integer('last_ordinal').notNull(),
});

export const runScenarios = pgTable('run_scenarios', {
  scenarioRef: text('scenario_ref').primaryKey(),
});

export const runTags = pgTable('run_tags', {
  tag: text('tag').notNull(),
  runId: uuid('run_id').notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  status: text('status').$type<RunStatus>().notNull(),
  modeName: text('mode_name').notNull(),
  runtimeKind: text('runtime_kind').notNull(),
  environment: text('environment'),
  scenarioRef: text('scenario_ref'),
  tags: text('tags').array().notNull(),
});

export const runTexts = pgTable('run_texts', {
  runId: runId().primaryKey(),
  searchText: text('search_text').notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  archivedAt: time('archived_at'),
  status: text('status').$type<RunStatus>().notNull(),
  mode: text('mode').$type<'live' | 'sandbox'>().notNull(),
  modeName: text('mode_name').notNull(),
  runtimeKind: text('runtime_kind').notNull(),
  environment: text('environment'),
  scenarioRef: text('scenario_ref'),
  tags: text('tags').array().notNull(),
});

export const runtimeSessions = pgTable('runtime_sessions', {
  runId: runId().primaryKey(),
  sessionId: text('session_id').notNull().unique(),
  session: jsonb('session').$type<BoundSession>().notNull(),
});

export const runEventsRaw = pgTable(
  'run_events_raw',
  {
    // That the run exists is checked by a trigger, once per statement (ADR 11).
    runId: uuid('run_id').notNull(),
    /** The position; the architecture names the column. */
    seq: integer('seq').notNull(),
    kind: text('kind').notNull(),
    ordinal: integer('ordinal'),
    dedupeKey: bytes('dedupe_key'),
    receivedAt: time('received_at').notNull(),
    macpVersion: text('macp_version'),
    mode: text('mode'),
    messageType: text('message_type'),
    messageId: text('message_id'),
    sessionId: text('session_id'),
    sender: text('sender'),
    timestampUnixMs: bigint('timestamp_unix_ms', { mode: 'number' }),
    payload: bytes('payload'),
    info: jsonb('info').$type<JsonObject>(),
    parked: text('parked'),
  },
  (table) => [primaryKey({ columns: [table.runId, table.seq] })],
);

export const runEventsCanonical = pgTable(
  'run_events_canonical',
  {
    runId: uuid('run_id').notNull(),
    seq: integer('seq').notNull(),
    id: uuid('id').notNull(),
    ts: time('ts').notNull(),
    type: text('type').notNull(),
    schemaVersion: smallint('schema_version').notNull(),
    subjectKind: text('subject_kind').notNull(),
    subjectId: text('subject_id').notNull(),
    globalOrdinal: bigint('global_ordinal', { mode: 'number' }).notNull(),
    position: integer('position'),
    ordinal: integer('ordinal'),
    sourceKind: text('source_kind').notNull(),
    sourceName: text('source_name').notNull(),
    rawType: text('raw_type'),
    traceId: uuid('trace_id'),
    spanId: text('span_id'),
    parentSpanId: text('parent_span_id'),
    dataSeq: integer('data_seq'),
    payload: json('payload').$type<JsonObject>(),
    data: json('data').$type<JsonObject>(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.seq] })],
);

export const runProjections = pgTable('run_projections', {
  runId: runId().primaryKey(),
  projectionVersion: integer('projection_version').notNull(),
  seq: integer('seq').notNull(),
  run: json('run').$type<RunStateView['run']>().notNull(),
  participants: json('participants').$type<RunStateView['participants']>().notNull(),
  participantsTruncated: boolean('participants_truncated').notNull(),
  graph: json('graph').$type<RunStateView['graph']>().notNull(),
  decision: json('decision').$type<RunStateView['decision']>().notNull(),
  signals: json('signals').$type<RunStateView['signals']>().notNull(),
  progress: json('progress').$type<RunStateView['progress']>().notNull(),
  timeline: json('timeline').$type<RunStateView['timeline']>().notNull(),
  trace: json('trace').$type<RunStateView['trace']>().notNull(),
  outboundMessages: json('outbound_messages').$type<RunStateView['outboundMessages']>().notNull(),
  llm: json('llm').$type<RunStateView['llm']>().notNull(),
  policy: json('policy').$type<RunStateView['policy']>().notNull(),
  book: json('book').$type<ProjectionBook>().notNull(),
});

export const runProjectionCheckpoints = pgTable(
  'run_projection_checkpoints',
  {
    runId: runId(),
    seq: integer('seq').notNull(),
    projectionVersion: integer('projection_version').notNull(),
    projection: json('projection').$type<Projection>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.seq] })],
);

export const runArtifacts = pgTable(
  'run_artifacts',
  {
    id: uuid('id').notNull(),
    runId: runId(),
    kind: text('kind').notNull(),
    label: text('label').notNull(),
    uri: text('uri'),
    inline: jsonb('inline').$type<JsonObject>(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.id] })],
);

export const runMetrics = pgTable('run_metrics', {
  runId: runId().primaryKey(),
  eventCount: integer('event_count').notNull(),
  messageCount: integer('message_count').notNull(),
  sentCount: integer('sent_count').notNull(),
  sendFailedCount: integer('send_failed_count').notNull(),
  signalCount: integer('signal_count').notNull(),
  progressCount: integer('progress_count').notNull(),
  proposalCount: integer('proposal_count').notNull(),
  toolCallCount: integer('tool_call_count').notNull(),
  decisionCount: integer('decision_count').notNull(),
  llmCallCount: integer('llm_call_count').notNull(),
  promptTokens: doublePrecision('prompt_tokens').notNull(),
  completionTokens: doublePrecision('completion_tokens').notNull(),
  totalTokens: doublePrecision('total_tokens').notNull(),
  estimatedCostUsd: doublePrecision('estimated_cost_usd').notNull(),
  streamReconnectCount: integer('stream_reconnect_count').notNull(),
  historyGapCount: integer('history_gap_count').notNull(),
  parkedCount: integer('parked_count').notNull(),
  firstEventAt: time('first_event_at'),
  lastEventAt: time('last_event_at'),
  startedAt: time('started_at'),
  endedAt: time('ended_at'),
  durationMs: doublePrecision('duration_ms'),
  sessionState: text('session_state'),
  /** False until there is an outcome; a known outcome may be null (undecodable). */
  outcomeKnown: boolean('outcome_known').notNull(),
  outcomePositive: boolean('outcome_positive'),
  participants: jsonb('participants').$type<readonly ParticipantMetrics[]>().notNull(),
});

export const runOutboundMessages = pgTable(
  'run_outbound_messages',
  {
    runId: runId(),
    step: integer('step').notNull(),
    messageId: text('message_id').notNull(),
    purpose: text('purpose').notNull(),
    modeName: text('mode_name').notNull(),
    messageType: text('message_type').notNull(),
    sessionId: text('session_id').notNull(),
    sender: text('sender').notNull(),
    recipients: text('recipients').array().notNull(),
    payload: bytes('payload').notNull(),
    payloadEncoding: text('payload_encoding').notNull(),
    payloadTypeName: text('payload_type_name'),
    timestampUnixMs: bigint('timestamp_unix_ms', { mode: 'number' }).notNull(),
    status: text('status').notNull(),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    createdAt: time('created_at').notNull(),
    answeredAt: time('answered_at'),
  },
  (table) => [primaryKey({ columns: [table.runId, table.messageId] })],
);

/** Belongs to no run: it outlives what it names. */
export const auditEntries = pgTable('audit_entries', {
  id: uuid('id').primaryKey(),
  actor: text('actor').notNull(),
  actorType: text('actor_type').notNull(),
  action: text('action').$type<AuditAction>().notNull(),
  resource: text('resource').$type<AuditResource>().notNull(),
  resourceId: text('resource_id'),
  requestId: text('request_id').notNull(),
  createdAt: time('created_at').notNull(),
});

/** Belongs to no run. */
export const webhooks = pgTable('webhooks', {
  id: uuid('id').primaryKey(),
  url: text('url').notNull(),
  events: text('events').array().notNull(),
  secret: text('secret').notNull(),
  active: boolean('active').notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  /** Global ordinal of the last event that was delivered or passed over. */
  cursor: bigint('cursor', { mode: 'number' }).notNull(),
  succeeded: bigint('succeeded', { mode: 'number' }).notNull(),
  failed: bigint('failed', { mode: 'number' }).notNull(),
  lastDeliveredAt: time('last_delivered_at'),
  attempts: integer('attempts').notNull(),
  refusals: integer('refusals').notNull(),
  failingSince: time('failing_since'),
  nextAttemptAt: time('next_attempt_at'),
  lastError: text('last_error'),
  leaseHolder: uuid('lease_holder'),
  leaseUntil: time('lease_until'),
});
