import { z } from 'zod';
import { EVENT_TYPES } from '../contracts/events.js';
import { RAW_KINDS } from '../contracts/raw-event.js';
import { RUN_STATUSES } from '../contracts/run.js';
import { SESSION_STATES } from '../contracts/session.js';
import { ERROR_CODES } from '../errors/codes.js';
import { consoleResponses } from './console-responses.js';
import { projectionSchemas } from './projection-responses.js';

const text = z.string();
const count = z.number().int().min(0);
const time = z.iso.datetime({ precision: 3 });
const object = z.record(text, z.unknown());
const status = z.enum(RUN_STATUSES);

const errorCodes = z.enum(Object.keys(ERROR_CODES));

const error = z.object({
  statusCode: z.number().int(),
  errorCode: errorCodes,
  message: text,
  details: object.optional(),
  traceId: text.optional(),
});

const launched = z.object({ runId: z.uuid(), sessionId: text, status, traceId: text });

const example = z.object({
  id: text,
  mode: text,
  title: text,
  description: text,
  request: z.record(text, z.unknown()).describe('A complete body for POST /runs (ExecutionRequestDto).'),
});

const validation = z.object({
  valid: z.boolean(),
  errors: z.array(text),
  warnings: z.array(text),
  runtime: z.object({ reachable: z.boolean(), supportedModes: z.array(text), capabilities: object.optional() }),
});

const run = z.object({
  id: z.uuid(),
  status,
  mode: z.enum(['live', 'sandbox']),
  executionMode: z.enum(['driver', 'observer']),
  modeName: text,
  runtimeKind: text,
  runtimeVersion: text.optional(),
  sessionId: text,
  runtimeSessionId: text,
  traceId: text,
  tags: z.array(text),
  source: z.object({ kind: text, ref: text }).optional(),
  createdAt: time,
  updatedAt: time.describe(
    'Moves when the status, the times, the policy version or the outcome change or the run is archived, not with events.',
  ),
  startedAt: time.optional(),
  endedAt: time.optional(),
  archivedAt: time.nullable(),
  errorCode: text.optional(),
  errorMessage: text.optional(),
  metadata: object,
});

const runPage = z.object({
  data: z.array(run),
  total: count,
  totalIsExact: z.boolean(),
  limit: count,
  offset: count,
  nextCursor: text.nullable(),
});

const event = z.object({
  id: z.uuid(),
  runId: z.uuid(),
  seq: z.number().int().min(1),
  ts: time,
  type: z.enum(EVENT_TYPES),
  schemaVersion: z.number().int(),
  subject: z.object({ kind: text, id: text }),
  source: z.object({
    kind: z.enum(['runtime', 'macp-control-plane', 'control-plane', 'replay']),
    name: text,
    rawType: text.optional(),
    position: count.nullable(),
    ordinal: count.nullable(),
  }),
  trace: z.object({ traceId: text, spanId: text.optional(), parentSpanId: text.optional() }).optional(),
  data: object,
});

const rawEvent = z.looseObject({
  runId: z.uuid(),
  position: count,
  kind: z.enum(RAW_KINDS),
  receivedAt: time,
  ordinal: count.nullable().optional(),
  envelope: object.optional(),
  info: object.optional(),
  parked: text.nullable().optional(),
});

const sessionList = z.object({
  data: z.array(
    z.object({
      sessionId: text,
      modeName: text,
      state: z.enum(SESSION_STATES),
      initiator: text,
      participants: count,
      policyVersion: text,
      startedAt: time.optional(),
      expiresAt: time.optional(),
    }),
  ),
  total: count,
});

const ack = z.object({
  ok: z.literal(true),
  duplicate: z.boolean(),
  sessionState: z.enum(SESSION_STATES),
  acceptedAt: time,
});

const message = z.object({
  messageId: text,
  step: count,
  kind: z.enum(['session-start', 'kickoff', 'message', 'signal']),
  messageType: text,
  modeName: text,
  sessionId: text,
  from: text,
  to: z.array(text),
  status: z.enum(['queued', 'accepted', 'rejected', 'unknown']),
  errorCode: text.optional(),
  errorMessage: text.optional(),
  payloadDescriptor: z.object({ encoding: text, typeName: text.optional(), byteLength: count }),
  createdAt: time,
  answeredAt: time.optional(),
});

const metrics = z.object({
  runId: z.uuid(),
  eventCount: count,
  messageCount: count,
  sentCount: count,
  sendFailedCount: count,
  signalCount: count,
  progressCount: count,
  proposalCount: count,
  toolCallCount: count,
  decisionCount: count,
  llmCallCount: count,
  promptTokens: z.number(),
  completionTokens: z.number(),
  totalTokens: z.number(),
  estimatedCostUsd: z.number(),
  streamReconnectCount: count,
  historyGapCount: count,
  parkedCount: count,
  firstEventAt: time.optional(),
  lastEventAt: time.optional(),
  startedAt: time.optional(),
  endedAt: time.optional(),
  durationMs: z.number().nullable(),
  sessionState: text.optional(),
  outcomePositive: z.boolean().nullable().optional(),
  participants: z.array(object),
});

const traces = z.object({
  runId: z.uuid(),
  traceId: text.optional(),
  spanCount: count,
  lastSpanId: text.optional(),
  linkedArtifacts: z.array(text),
  runStatus: status,
});

const artifact = z.object({
  id: text,
  kind: text,
  label: text,
  uri: text.optional(),
  inline: object.optional(),
  createdAt: time,
});

const replay = z.object({
  runId: z.uuid(),
  mode: z.enum(['instant', 'timed']),
  speed: z.number(),
  fromSeq: count,
  toSeq: count,
  latestSeq: count,
  streamUrl: text,
  stateUrl: text,
});

const replayState = z.object({ seq: count, state: projectionSchemas.state });

const rebuilt = z.object({
  runId: z.uuid(),
  latestSeq: count,
  projectionVersion: count,
  state: projectionSchemas.state,
});

const exported = z.object({
  exportedAt: time,
  run,
  session: z.object({ sessionId: text, state: text.optional() }),
  projection: projectionSchemas.state,
  metrics,
  artifacts: z.array(artifact),
  messages: z.array(message),
  canonicalEvents: z.array(event),
  canonicalEventsTruncated: z.boolean(),
  rawEvents: z.array(object),
  rawEventsTruncated: z.boolean(),
});

const manifest = z.object({
  agentId: text,
  title: text,
  description: text,
  supportedModes: z.array(text),
  metadata: z.record(text, text),
});

const modeDescription = z.object({
  mode: text,
  modeVersion: text,
  title: text,
  description: text,
  determinismClass: text,
  participantModel: text,
  messageTypes: z.array(text),
  terminalMessageTypes: z.array(text),
  schemaUris: z.record(text, text),
  extension: z.boolean(),
});

const runtimeHealth = z.object({
  ok: z.boolean(),
  runtimeKind: text,
  detail: text.optional(),
});

const readiness = z.object({
  ok: z.boolean(),
  database: z.enum(['ok', 'unreachable', 'unknown']),
  runtime: z.object({ ok: z.boolean(), detail: text.optional() }),
  streamConsumer: z.enum(['ok', 'reconnecting', 'stopping']),
  circuitBreaker: z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']),
  streams: z.object({ followed: z.int(), reconnecting: z.int() }),
  discovery: z.object({ waiting: z.int(), refused: z.int(), watching: z.boolean(), problem: text.optional() }),
  signals: z.object({ held: z.int(), dropped: z.int(), watching: z.boolean() }),
});

/** The shape of every answer, by its name in the OpenAPI document. */
export const RESPONSES = {
  Error: error,
  LaunchedRun: launched,
  ValidationResult: validation,
  ExampleList: z.array(example),
  Run: run,
  RunPage: runPage,
  RunState: projectionSchemas.state,
  Event: event,
  EventList: z.array(event),
  RawEventList: z.array(rawEvent),
  Message: message,
  MessageList: z.array(message),
  Sent: z.object({ messageId: text, ack }),
  Metrics: metrics,
  Traces: traces,
  Artifact: artifact,
  ArtifactList: z.array(artifact),
  ReplayDescriptor: replay,
  ReplayState: replayState,
  RebuiltProjection: rebuilt,
  ExportBundle: exported,
  Manifest: manifest,
  ModeList: z.array(modeDescription),
  RootList: z.array(z.object({ uri: text, name: text })),
  SessionList: sessionList,
  RuntimeHealth: runtimeHealth,
  Health: z.object({ ok: z.literal(true) }),
  Readiness: readiness,
  ...consoleResponses({ run, event, bundle: exported, errorCodes, runtimeHealth }),
} as const satisfies Record<string, z.ZodType>;

export type ResponseName = keyof typeof RESPONSES;
