import { z } from 'zod';
import { consoleFaults } from './console-shape.js';

/**
 * What the public web console reads of every answer, as schemas of its own: it checks almost nothing itself, so a field
 * that is missing or of another type here is a blank page, an error panel or an empty cell there. Fields that it does
 * not read are free. The state of a run is in `console-shape`.
 */

const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const count = z.number().int().min(0);
const amount = z.number().min(0);
const filled = z.string().min(1);
const texts = z.array(z.string());
const anObject = z.record(z.string(), z.unknown());

const metadata = z.looseObject({
  scenarioRef: z.string().optional(),
  environment: z.string().optional(),
  templateId: z.string().optional(),
  modeName: filled,
  finalAction: z.string().optional(),
  finalConfidence: z.number().optional(),
  totalTokens: amount.optional(),
  estimatedCostUsd: amount.optional(),
  durationMs: amount.optional(),
  error: z.string().optional(),
  policyHints: anObject.optional(),
  tags: texts,
  executionRequest: z.looseObject({ session: z.looseObject({ metadata: anObject.optional() }) }),
});

const run = z.looseObject({
  id: filled,
  status: z.enum(['queued', 'starting', 'binding_session', 'running', 'suspended', 'completed', 'failed', 'cancelled']),
  runtimeKind: filled,
  createdAt: time,
  startedAt: time.optional(),
  endedAt: time.optional(),
  archivedAt: time.nullable(),
  tags: texts,
  runtimeSessionId: filled,
  traceId: z.string().optional(),
  source: z.looseObject({ kind: filled, ref: filled }).optional(),
  metadata,
});

const event = z.looseObject({
  id: filled,
  runId: filled,
  seq: z.number().int().min(1),
  ts: time,
  type: filled,
  data: anObject,
  subject: z.looseObject({ kind: filled, id: z.string() }),
  source: z.looseObject({ kind: z.enum(['runtime', 'macp-control-plane', 'replay']), name: filled }),
  trace: z.looseObject({ traceId: filled }).optional(),
});

const metrics = z.looseObject({
  eventCount: count,
  toolCallCount: count,
  signalCount: count,
  messageCount: count,
  durationMs: amount.nullable().optional(),
  sessionState: z
    .enum([
      'SESSION_STATE_OPEN',
      'SESSION_STATE_RESOLVED',
      'SESSION_STATE_EXPIRED',
      'SESSION_STATE_SUSPENDED',
      'SESSION_STATE_CANCELLED',
    ])
    .optional(),
  totalTokens: amount,
  estimatedCostUsd: amount,
});

const artifact = z.looseObject({
  id: filled,
  kind: filled,
  label: filled,
  createdAt: time,
  uri: z.string().optional(),
  inline: anObject.optional(),
});

const runtimeHealth = z.looseObject({ ok: z.boolean(), runtimeKind: filled, detail: z.string().optional() });

const policy = z.looseObject({
  policyId: filled,
  mode: filled,
  description: z.string(),
  rules: anObject,
  schemaVersion: count,
  // A text is a blank page, and 0 is shown as 1970.
  registeredAtUnixMs: z.number().positive().optional(),
});

const webhook = z
  .looseObject({ id: filled, url: filled, events: texts, active: z.boolean(), createdAt: time })
  .refine((hook) => !('secret' in hook), 'shows the secret');

const chart = z
  .looseObject({ labels: texts, data: z.array(z.number()) })
  .refine(({ labels, data }) => labels.length === data.length, 'labels and data differ in length');

const charts = z.looseObject(
  Object.fromEntries(
    [
      ...['runVolume', 'latency', 'errorClasses', 'signalVolume', 'throughput', 'queueDepth', 'latencyP50'],
      ...['latencyP95', 'latencyP99', 'cost', 'successRate', 'decisionOutcome', 'perScenario'],
    ].map((name) => [name, chart]),
  ),
);

const kpis = z.looseObject({
  totalRuns: count,
  activeRuns: count,
  completedRuns: count,
  declinedRuns: count,
  failedRuns: count,
  cancelledRuns: count,
  suspendedRuns: count,
  successRate: z.number().min(0).max(1),
  avgDurationMs: amount.nullable(),
  totalSignals: count,
  totalTokens: amount,
  totalCostUsd: amount,
});

const state = z.unknown().superRefine((value, context) => {
  for (const fault of consoleFaults(value)) context.addIssue({ code: 'custom', message: fault });
});

const bundle = z.looseObject({
  run,
  session: anObject,
  projection: state,
  canonicalEvents: z.array(event),
  rawEvents: z.array(anObject),
  artifacts: z.array(artifact),
  metrics,
  exportedAt: time,
});

const circuitState = z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']);

export const CONSOLE_ANSWERS = {
  runPage: z.looseObject({ data: z.array(run), total: count }),
  run,
  state,
  event,
  events: z.array(event),
  eventPage: z.looseObject({ data: z.array(event), nextCursor: count.nullable() }),
  metrics,
  traces: z.looseObject({ traceId: z.string().optional(), spanCount: count, linkedArtifacts: texts }),
  artifacts: z.array(artifact),
  launched: z.looseObject({ runId: filled, sessionId: filled, status: filled, traceId: z.string().optional() }),
  validation: z.looseObject({
    valid: z.boolean(),
    errors: texts,
    warnings: texts,
    runtime: z.looseObject({ reachable: z.boolean(), supportedModes: texts }),
  }),
  comparison: z.looseObject({
    statusMatch: z.boolean(),
    durationDeltaMs: z.number().optional(),
    confidenceDelta: z.number().optional(),
    participantsDiff: z.looseObject({ added: texts, removed: texts, common: texts }),
    signalsDiff: z.looseObject({ added: texts, removed: texts }),
  }),
  batch: z.looseObject({ results: z.array(z.looseObject({ runId: filled, ok: z.boolean() })) }),
  bundle,
  bundles: z.array(bundle),
  overview: z.looseObject({ kpis, charts, recentRuns: z.array(run), runtimeHealth }),
  agents: z.array(
    z.looseObject({
      participantId: filled,
      runs: count,
      signals: count,
      messages: count,
      averageConfidence: z.number().nullable(),
      averageLatencyMs: amount.nullable().optional(),
    }),
  ),
  runtimeHealth,
  manifest: z.looseObject({ agentId: filled, supportedModes: texts }),
  modes: z
    .array(
      z.looseObject({ mode: filled, modeVersion: filled, messageTypes: texts.min(1), terminalMessageTypes: texts }),
    )
    .min(1),
  roots: z.array(z.looseObject({ uri: filled })),
  policies: z.array(policy),
  policy,
  audit: z.looseObject({
    data: z.array(
      z.looseObject({ actor: filled, actorType: filled, action: filled, resource: filled, createdAt: time }),
    ),
    total: count,
  }),
  webhooks: z.array(webhook),
  webhook,
  circuitHistory: z.looseObject({
    state: circuitState,
    history: z.array(z.looseObject({ state: circuitState, enteredAt: time, reason: z.string().optional() })).min(1),
  }),
  readiness: z.looseObject({
    ok: z.boolean(),
    database: z.string(),
    runtime: z.looseObject({ ok: z.boolean() }),
    streamConsumer: z.string(),
    circuitBreaker: circuitState,
  }),
  json: z.union([anObject, z.array(z.unknown())]),
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type ConsoleAnswer = keyof typeof CONSOLE_ANSWERS;

/** What the console would stumble over, as `path: what`; empty for a good answer. */
export function answerFaults(name: ConsoleAnswer, body: unknown): readonly string[] {
  const { error } = CONSOLE_ANSWERS[name].safeParse(body);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
