import { z } from 'zod';

/**
 * What the public web console reads of a run's state (`/runs/:id/state` and the SSE `snapshot`), as a schema. It checks
 * almost nothing itself, so a field that is missing or of another type here is a blank page or a broken panel there.
 * Fields it does not read are free.
 */

const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const count = z.number().int().min(0);
const fraction = z.number().min(0).max(1);

/** Read through a list key, so it must be there and be the only one of its name. */
function keyedBy<T extends z.ZodType>(key: string, entry: T): z.ZodArray<T> {
  return z.array(entry).refine(
    (entries) => {
      const keys = entries.map((each) => (each as Readonly<Record<string, unknown>>)[key]);
      return new Set(keys).size === keys.length;
    },
    { message: `two entries with the same ${key}` },
  );
}

const run = z.looseObject({
  runId: z.string().min(1),
  status: z.string().min(1),
  modeName: z.string(),
  runtimeSessionId: z.string().optional(),
  contextId: z.string().optional(),
  extensionKeys: z.array(z.string()).optional(),
  startedAt: time.optional(),
  endedAt: time.optional(),
  traceId: z.string().optional(),
});

const participant = z.looseObject({
  participantId: z.string().min(1),
  status: z.enum(['idle', 'active', 'waiting', 'completed', 'failed', 'skipped']),
  role: z.string().optional(),
  latestActivityAt: time.optional(),
  latestSummary: z.string().optional(),
});

const graph = z.looseObject({
  nodes: keyedBy(
    'id',
    z.looseObject({
      id: z.string().min(1),
      kind: z.enum(['start', 'context', 'proposal', 'agent', 'participant', 'decision', 'output']),
      status: z.string().min(1),
    }),
  ),
  edges: z.array(z.looseObject({ from: z.string().min(1), to: z.string().min(1), kind: z.string().min(1), ts: time })),
});

const decision = z.looseObject({
  current: z
    .looseObject({
      action: z.string(),
      confidence: z.number().optional(),
      reasons: z.array(z.string()),
      finalized: z.boolean(),
      outcomePositive: z.boolean().nullable().optional(),
      proposalId: z.string().optional(),
      proposals: z.array(
        z.looseObject({
          participantId: z.string(),
          action: z.string(),
          confidence: z.number().optional(),
          reasons: z.array(z.string()),
          ts: time,
          vote: z.enum(['allow', 'deny']).optional(),
        }),
      ),
      resolvedAt: time.optional(),
      resolvedBy: z.string().optional(),
      prompt: z.string().optional(),
      supersedes: z.looseObject({ sessionId: z.string().min(1), commitmentHash: z.string().min(1) }).optional(),
    })
    .optional(),
});

const signal = z.looseObject({
  id: z.string(),
  name: z.string(),
  severity: z.string().optional(),
  sourceParticipantId: z.string().optional(),
  ts: time,
  confidence: z.number().optional(),
});

const progress = z.looseObject({
  participantId: z.string(),
  percentage: z.number().min(0).max(100).optional(),
  message: z.string().optional(),
  ts: time,
});

const policy = z.looseObject({
  policyVersion: z.string(),
  policyDescription: z.string().optional(),
  quorumStatus: z.enum(['pending', 'reached', 'failed']),
  outcomePositive: z.boolean().optional(),
  resolvedAt: time.optional(),
  commitmentEvaluations: z.array(
    z.looseObject({
      commitmentId: z.string(),
      decision: z.enum(['allow', 'deny']),
      reasons: z.array(z.string()),
      ts: time,
    }),
  ),
  expectedCommitments: keyedBy(
    'commitmentId',
    z.looseObject({
      commitmentId: z.string(),
      title: z.string().optional(),
      description: z.string().optional(),
      requiredRoles: z.array(z.string()).optional(),
    }),
  ),
  voteTally: z.array(
    z.looseObject({
      commitmentId: z.string(),
      allow: count,
      deny: count,
      threshold: fraction,
      quorum: z.looseObject({ required: z.number().min(0), cast: count }),
    }),
  ),
});

const state = z.looseObject({
  run,
  participants: keyedBy('participantId', participant),
  graph,
  decision,
  signals: z.looseObject({ signals: keyedBy('id', signal) }),
  progress: z.looseObject({ entries: z.array(progress) }),
  timeline: z.looseObject({ latestSeq: count, totalEvents: count, recent: z.array(z.unknown()) }),
  trace: z.looseObject({ traceId: z.string().optional(), spanCount: count, linkedArtifacts: z.array(z.string()) }),
  outboundMessages: z.looseObject({ total: count }),
  policy,
  llm: z.looseObject({
    calls: z.array(z.unknown()),
    totals: z.looseObject({
      callCount: count,
      totalTokens: count,
      promptTokens: count,
      completionTokens: count,
      estimatedCostUsd: z.number().min(0),
    }),
  }),
});

/** Everything about a run's state that the console could stumble over, as `path: what`; empty for a good one. */
export function consoleFaults(view: unknown): readonly string[] {
  const { error } = state.safeParse(view);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
