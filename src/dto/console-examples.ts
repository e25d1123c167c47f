import type { ResponseName } from './responses.js';

/** Bodies and answers shown in the OpenAPI document. A test parses each of them, so none can go stale. */

const RUN_ID = '01981b5e-3c1e-7d5b-9a77-2f8a1c0b9d3e';
const OTHER_RUN_ID = '01981b5e-4a02-7b1c-8e4f-0d7c6b5a4938';
const WEBHOOK_ID = '01981b60-1f00-7aa0-b111-5c4d3e2f1a0b';
const NOON = '2026-07-10T12:00:00.000Z';

const policy = {
  policyId: 'policy.fraud.unanimous',
  mode: 'macp.mode.decision.v1',
  description: 'Everybody has to agree',
  rules: { voting: { algorithm: 'unanimous' }, commitment: { authority: 'initiator_only' } },
  schemaVersion: 1,
};

const webhook = {
  url: 'https://example.com/hooks/macp',
  events: ['run.completed', 'run.failed', 'signal.emitted'],
  active: true,
};

const storedWebhook = {
  id: WEBHOOK_ID,
  ...webhook,
  createdAt: NOON,
  updatedAt: NOON,
  deliveryStats: { total: 12, succeeded: 12, failed: 0, lastDeliveredAt: NOON },
  delivery: { state: 'waiting', attempts: 0 },
};

export const POLICY_EXAMPLES = { unanimous: { summary: 'A vote that needs everybody', value: policy } } as const;

export const WEBHOOK_EXAMPLES = {
  endOfRuns: { summary: 'Told of the ends of runs and of signals', value: { ...webhook, secret: 'change-me' } },
} as const;

export const WEBHOOK_CHANGE_EXAMPLES = {
  pause: { summary: 'Pause it', value: { active: false } },
} as const;

export const BATCH_EXAMPLES = { two: { summary: 'Two runs', value: { runIds: [RUN_ID, OTHER_RUN_ID] } } } as const;

export const COMPARE_EXAMPLES = {
  two: { summary: 'The second against the first', value: { leftRunId: RUN_ID, rightRunId: OTHER_RUN_ID } },
} as const;

export const CLONE_EXAMPLES = {
  same: { summary: 'The same again', value: {} },
  tagged: { summary: 'With other tags and another context', value: { tags: ['retry'], context: { amount: 250 } } },
} as const;

export const ARTIFACT_EXAMPLES = {
  spans: {
    summary: 'Spans of a trace',
    value: {
      kind: 'trace',
      label: 'risk agent',
      inline: { spans: [{ spanId: '00f067aa0ba902b7', operation: 'evaluate', durationMs: 180, status: 'ok' }] },
    },
  },
} as const;

const chart = { labels: ['2026-07-10T11:00:00.000Z', NOON], data: [3, 5] };
const counted = (labels: readonly string[], data: readonly number[]) => ({ labels, data });

/** One answer for each shape that the console's pages are made of. */
export const ANSWER_EXAMPLES: Partial<Record<ResponseName, unknown>> = {
  Policy: policy,
  PolicyList: [policy],
  RemovedPolicy: { ok: true, policyId: policy.policyId },
  Webhook: storedWebhook,
  WebhookList: [storedWebhook],
  BatchResult: {
    results: [
      { runId: RUN_ID, ok: true, id: RUN_ID, status: 'cancelled' },
      {
        runId: OTHER_RUN_ID,
        ok: false,
        error: { errorCode: 'INVALID_STATE_TRANSITION', message: 'A completed run cannot become cancelled.' },
      },
    ],
    succeeded: 1,
    failed: 1,
  },
  RunComparison: {
    left: { runId: RUN_ID, status: 'completed', modeName: policy.mode, action: 'approve', durationMs: 4_200 },
    right: { runId: OTHER_RUN_ID, status: 'completed', modeName: policy.mode, action: 'decline', durationMs: 5_100 },
    statusMatch: true,
    actionMatch: false,
    durationDeltaMs: 900,
    totalTokensDelta: 1_250,
    estimatedCostUsdDelta: 0.004,
    participantsDiff: { added: ['compliance'], removed: [], common: ['risk', 'fraud'] },
    signalsDiff: { added: ['escalated'], removed: [] },
  },
  DashboardOverview: {
    kpis: {
      totalRuns: 8,
      activeRuns: 1,
      suspendedRuns: 1,
      completedRuns: 4,
      declinedRuns: 1,
      failedRuns: 1,
      cancelledRuns: 1,
      successRate: 0.5,
      avgDurationMs: 4_650,
      totalSignals: 24,
      totalTokens: 18_400,
      totalCostUsd: 0.12,
      estimatedCostUsd: 0.12,
    },
    charts: {
      runVolume: chart,
      throughput: chart,
      queueDepth: chart,
      signalVolume: chart,
      cost: chart,
      latency: chart,
      latencyP50: chart,
      latencyP95: chart,
      latencyP99: chart,
      successRate: counted(chart.labels, [0.5, 0.75]),
      errorClasses: counted(['SESSION_EXPIRED'], [1]),
      decisionOutcome: counted(['positive', 'negative', 'none'], [3, 1, 0]),
      perScenario: counted(['fraud/high-value@1.0.0'], [8]),
    },
    recentRuns: [],
    runtimeHealth: { ok: true, runtimeKind: 'rust' },
    coverage: { runs: 8, complete: true, since: '2026-07-10T11:02:03.004Z' },
  },
  AgentMetricsList: [
    {
      participantId: 'risk',
      runs: 8,
      messages: 21,
      signals: 9,
      averageConfidence: 0.82,
      averageLatencyMs: 940,
      totalTokens: 9_100,
      estimatedCostUsd: 0.06,
    },
  ],
  AuditPage: {
    data: [
      {
        id: '01981b61-2f00-7aa0-b111-5c4d3e2f1a0b',
        actor: 'anonymous',
        actorType: 'anonymous',
        action: 'run.cancel',
        resource: 'run',
        resourceId: RUN_ID,
        requestId: '4bf92f3577b34da6a3ce929d0e0e4736',
        createdAt: NOON,
      },
    ],
    total: 1,
    totalIsExact: true,
    limit: 50,
    offset: 0,
  },
  CircuitHistory: {
    state: 'CLOSED',
    history: [
      { state: 'CLOSED', enteredAt: '2026-07-10T08:00:00.000Z', reason: 'started' },
      { state: 'OPEN', enteredAt: '2026-07-10T11:59:00.000Z', reason: 'GetSession ended with UNAVAILABLE' },
      { state: 'HALF_OPEN', enteredAt: '2026-07-10T11:59:02.000Z', reason: 'one call is let through' },
      { state: 'CLOSED', enteredAt: '2026-07-10T11:59:02.010Z', reason: 'the runtime answered' },
    ],
  },
  CircuitReset: { status: 'ok', kind: 'rust', state: 'CLOSED' },
  Artifact: {
    id: '01981b62-2f00-7aa0-b111-5c4d3e2f1a0b',
    kind: 'report',
    label: 'summary',
    uri: 'https://example.com/report',
    createdAt: NOON,
  },
};
