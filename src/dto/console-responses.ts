import { z } from 'zod';
import { AUDIT_ACTIONS } from '../contracts/audit.js';
import { EVENT_TYPES } from '../contracts/events.js';
import { RUN_STATUSES } from '../contracts/run.js';

/** Shapes of answers that other shapes are part of; they come in so that each is described once. */
interface Parts {
  readonly run: z.ZodType;
  readonly event: z.ZodType;
  readonly bundle: z.ZodType;
  readonly errorCodes: z.ZodType;
  readonly runtimeHealth: z.ZodType;
}

const text = z.string();
const texts = z.array(text);
const count = z.number().int().min(0);
const amount = z.number().min(0);
const time = z.iso.datetime({ precision: 3 });
const fraction = z.number().min(0).max(1);
const status = z.enum(RUN_STATUSES);
const circuitState = z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']);

const policy = z.object({
  policyId: text,
  mode: text,
  description: text,
  rules: z.record(text, z.unknown()),
  schemaVersion: count,
  registeredAtUnixMs: count.optional(),
});

const webhook = z.object({
  id: z.uuid(),
  url: text,
  events: z.array(z.enum(EVENT_TYPES)),
  active: z.boolean(),
  createdAt: time,
  updatedAt: time,
  deliveryStats: z
    .object({ total: count, succeeded: count, failed: count, lastDeliveredAt: time.optional() })
    .describe('Events that were taken, and those that were passed over because they were refused too often.'),
  delivery: z.object({
    state: z
      .enum(['delivering', 'waiting', 'retrying', 'off', 'not_allowed'])
      .describe('waiting: for an event to tell. not_allowed: the configuration lets nothing be sent there.'),
    attempts: count.describe('Failures in a row since the last delivery.'),
    failingSince: time.optional(),
    nextAttemptAt: time.optional(),
    lastError: text.optional().describe('In our words; nothing of what the receiver answered but its status.'),
  }),
});

const auditEntry = z.object({
  id: z.uuid(),
  actor: text,
  actorType: text,
  action: z.enum(AUDIT_ACTIONS),
  resource: z.enum(['run', 'webhook', 'policy', 'circuit-breaker']),
  resourceId: text.optional(),
  requestId: text,
  createdAt: time,
});

const chart = z.object({ labels: texts, data: z.array(amount) });

const charts = z.object({
  runVolume: chart,
  throughput: chart,
  queueDepth: chart,
  signalVolume: chart,
  cost: chart,
  latency: chart,
  latencyP50: chart,
  latencyP95: chart,
  latencyP99: chart,
  successRate: chart,
  errorClasses: chart,
  decisionOutcome: chart,
  perScenario: chart,
});

const kpis = z.object({
  totalRuns: count,
  activeRuns: count,
  suspendedRuns: count,
  completedRuns: count,
  declinedRuns: count,
  failedRuns: count,
  cancelledRuns: count,
  successRate: fraction,
  avgDurationMs: amount.nullable(),
  totalSignals: count,
  totalTokens: amount,
  totalCostUsd: amount,
  estimatedCostUsd: amount,
});

const agentMetrics = z.object({
  participantId: text,
  runs: count,
  messages: count,
  signals: count,
  averageConfidence: z.number().nullable(),
  averageLatencyMs: amount.nullable(),
  totalTokens: amount,
  estimatedCostUsd: amount,
});

const brief = z.object({
  runId: z.uuid(),
  status,
  modeName: text,
  action: text.optional(),
  outcomePositive: z.boolean().nullable().optional(),
  durationMs: amount.optional(),
  confidence: z.number().optional(),
});

const comparison = z.object({
  left: brief,
  right: brief,
  statusMatch: z.boolean(),
  actionMatch: z.boolean(),
  durationDeltaMs: z.number().optional(),
  confidenceDelta: z.number().optional(),
  totalTokensDelta: z.number(),
  estimatedCostUsdDelta: z.number(),
  participantsDiff: z.object({ added: texts, removed: texts, common: texts }),
  signalsDiff: z.object({ added: texts, removed: texts }),
});

/** What the endpoints answer that are about more than one run, or about none. */
export function consoleResponses({ run, event, bundle, errorCodes, runtimeHealth }: Parts) {
  const refusal = z.object({ errorCode: errorCodes, message: text });
  const batchItem = z.object({
    runId: text,
    ok: z.boolean(),
    id: text.optional(),
    status: status.optional(),
    error: refusal.optional(),
  });
  return {
    EventPage: z.object({ data: z.array(event), nextCursor: count.nullable(), lastCursor: count }),
    BatchResult: z.object({ results: z.array(batchItem), succeeded: count, failed: count }),
    ExportBundleList: z.array(z.union([bundle, z.object({ runId: text, error: refusal })])),
    RunComparison: comparison,
    Policy: policy,
    PolicyList: z.array(policy),
    RemovedPolicy: z.object({ ok: z.literal(true), policyId: text }),
    DashboardOverview: z.object({
      kpis,
      charts,
      recentRuns: z.array(run),
      runtimeHealth,
      coverage: z.object({ runs: count, complete: z.boolean(), since: time.optional() }),
    }),
    AgentMetricsList: z.array(agentMetrics),
    AuditPage: z.object({
      data: z.array(auditEntry),
      total: count,
      totalIsExact: z.boolean(),
      limit: count,
      offset: count,
    }),
    Webhook: webhook,
    WebhookList: z.array(webhook),
    CircuitHistory: z.object({
      state: circuitState,
      history: z.array(z.object({ state: circuitState, enteredAt: time, reason: text })),
    }),
    CircuitReset: z.object({ status: z.literal('ok'), kind: text, state: circuitState }),
  } as const;
}
