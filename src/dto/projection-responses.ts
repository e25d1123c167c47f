import { z } from 'zod';
import { RUN_STATUSES } from '../contracts/run.js';
import type { RunStateView } from '../contracts/projection.js';

const text = z.string();
const texts = z.array(text);
const count = z.number().int().min(0);
const amount = z.number().min(0);
const time = z.iso.datetime({ precision: 3 });
const subject = z.object({ kind: text, id: text });
const participantStatus = z.enum(['idle', 'waiting', 'active', 'completed', 'failed', 'skipped']);

const run = z.object({
  runId: text,
  status: z.enum(RUN_STATUSES),
  modeName: text,
  modeVersion: text.optional(),
  configurationVersion: text.optional(),
  policyVersion: text.optional(),
  initiator: text.optional(),
  runtimeKind: text,
  runtimeSessionId: text.optional(),
  sessionState: text.optional(),
  startedAt: time.optional(),
  endedAt: time.optional(),
  expiresAt: time.optional(),
  contextId: text.optional(),
  extensionKeys: texts.optional(),
  intent: text.optional(),
  error: z.object({ code: text, message: text }).optional(),
  traceId: text.optional(),
});

const participant = z.object({
  participantId: text,
  role: text.optional(),
  framework: text.optional(),
  agentRef: text.optional(),
  declared: z.boolean(),
  status: participantStatus,
  latestActivityAt: time.optional(),
  latestSeq: count.optional(),
  latestSummary: text.optional(),
  messageCount: count,
});

const graph = z.object({
  nodes: z.array(
    z.object({
      id: text,
      kind: z.enum(['participant', 'start', 'proposal', 'decision', 'output']),
      status: participantStatus,
    }),
  ),
  edges: z.array(z.object({ from: text, to: text, kind: text, ts: time, seq: count })),
});

const supersedes = z.object({ sessionId: text, commitmentHash: text });

const decision = z.object({
  action: text,
  proposalId: text.optional(),
  confidence: z.number().optional(),
  reasons: texts,
  finalized: z.boolean(),
  outcomePositive: z.boolean().nullable().optional(),
  commitmentId: text.optional(),
  resolvedAt: time.optional(),
  resolvedBy: text.optional(),
  seq: count.optional(),
  supersedes: supersedes.optional(),
  prompt: text.optional(),
  proposals: z.array(
    z.object({
      participantId: text,
      proposalId: text,
      messageType: text,
      action: text,
      confidence: z.number().optional(),
      severity: text.optional(),
      reasons: texts,
      ts: time,
      seq: count,
      vote: z.enum(['allow', 'deny']).optional(),
    }),
  ),
});

const signal = z.object({
  id: text,
  name: text,
  severity: text.optional(),
  sourceParticipantId: text,
  ts: time,
  seq: count,
  confidence: z.number().optional(),
  payload: z.unknown().optional(),
  member: z.boolean(),
  acknowledgedAt: time.optional(),
  acknowledgedBy: text.optional(),
});

const progress = z.object({
  participantId: text,
  percentage: z.number().min(0).max(100).optional(),
  message: text,
  ts: time,
  seq: count,
});

const llm = z.object({
  calls: z.array(
    z.object({
      participantId: text,
      provider: text.optional(),
      model: text.optional(),
      promptTokens: amount,
      completionTokens: amount,
      totalTokens: amount,
      latencyMs: amount.optional(),
      estimatedCostUsd: amount.optional(),
      ts: time,
      seq: count,
      artifactId: text.optional(),
    }),
  ),
  totals: z.object({
    callCount: count,
    promptTokens: amount,
    completionTokens: amount,
    totalTokens: amount,
    estimatedCostUsd: amount,
  }),
});

const governance = z.object({
  authority: z.enum(['initiator_only', 'any_participant', 'designated_role']),
  designatedRoles: texts,
  algorithm: text.optional(),
  threshold: z.number().optional(),
  quorumType: text.optional(),
  quorumValue: z.number().optional(),
  requireVoteQuorum: z.boolean().optional(),
  criterion: text.optional(),
  terminalOnAnyReject: z.boolean().optional(),
  quorumThresholdType: text.optional(),
  quorumThresholdValue: z.number().optional(),
});

const policy = z.object({
  policyVersion: text,
  policyDescription: text.optional(),
  governance: governance.optional(),
  resolvedAt: time.optional(),
  outcomePositive: z.boolean().optional(),
  quorumStatus: z.enum(['pending', 'reached', 'failed']),
  commitmentEvaluations: z.array(
    z.object({ commitmentId: text, decision: z.enum(['allow', 'deny']), reasons: texts, ts: time, seq: count }),
  ),
  expectedCommitments: z.array(
    z.object({
      commitmentId: text,
      title: text,
      description: text.optional(),
      requiredRoles: texts.optional(),
      seq: count,
    }),
  ),
  voteTally: z.array(
    z.object({
      commitmentId: text,
      allow: count,
      deny: count,
      abstain: count,
      threshold: z.number().min(0).max(1),
      quorum: z.object({ required: count, cast: count }),
    }),
  ),
});

const state = z.object({
  run,
  participants: z.array(participant),
  participantsTruncated: z.literal(true).optional(),
  graph,
  decision: z.object({ current: decision.optional() }),
  signals: z.object({ signals: z.array(signal) }),
  progress: z.object({ entries: z.array(progress) }),
  timeline: z.object({
    latestSeq: count,
    totalEvents: count,
    recent: z.array(z.object({ id: text, seq: count, ts: time, type: text, subject })),
  }),
  trace: z.object({
    traceId: text.optional(),
    spanCount: count,
    lastSpanId: text.optional(),
    linkedArtifacts: texts,
  }),
  outboundMessages: z.object({ total: count, queued: count, accepted: count, rejected: count }),
  llm,
  policy,
});

/** Every block of the view must have its schema: a block added there does not compile until it is described here. */
type Blocks = keyof RunStateView;

export const projectionSchemas = {
  state,
  blocks: state.shape satisfies Record<Blocks, z.ZodType>,
} as const;
