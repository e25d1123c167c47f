import type { DecisionEntry, Participant, RunState, VoteTally } from '../api/types.js';

/** The state of a run in which nothing has happened, with some blocks replaced. For tests. */
export function stateOf(modeName: string, patch: Partial<RunState> = {}): RunState {
  return {
    run: { runId: 'run-1', status: 'running', modeName, runtimeKind: 'rust', initiator: 'agent://lead' },
    participants: [],
    graph: { nodes: [], edges: [] },
    decision: {},
    signals: { signals: [] },
    progress: { entries: [] },
    timeline: { latestSeq: 0, totalEvents: 0, recent: [] },
    trace: { spanCount: 0, linkedArtifacts: [] },
    outboundMessages: { total: 0, queued: 0, accepted: 0, rejected: 0 },
    llm: {
      calls: [],
      totals: { callCount: 0, promptTokens: 0, completionTokens: 0, totalTokens: 0, estimatedCostUsd: 0 },
    },
    policy: {
      policyVersion: 'policy.default',
      quorumStatus: 'pending',
      commitmentEvaluations: [],
      expectedCommitments: [],
      voteTally: [],
    },
    ...patch,
  };
}

const TS = '2026-01-01T00:00:00.000Z';

export function person(id: string, patch: Partial<Participant> = {}): Participant {
  return { participantId: id, declared: true, status: 'idle', messageCount: 0, ...patch };
}

export function entry(
  seq: number,
  participantId: string,
  messageType: string,
  proposalId: string,
  patch: Partial<DecisionEntry> = {},
): DecisionEntry {
  return {
    participantId,
    proposalId,
    messageType,
    action: messageType.toUpperCase(),
    reasons: [],
    ts: TS,
    seq,
    ...patch,
  };
}

/** Entries under a decision that forms, or the one that was made of them. */
export function deciding(
  proposals: readonly DecisionEntry[],
  patch: Partial<NonNullable<RunState['decision']['current']>> = {},
): RunState['decision'] {
  const proposalId = proposals.at(-1)?.proposalId;
  return {
    current: {
      action: '',
      reasons: [],
      finalized: false,
      proposals: [...proposals],
      ...(proposalId !== undefined && { proposalId }),
      ...patch,
    },
  };
}

export function tally(
  commitmentId: string,
  allow: number,
  deny: number,
  abstain: number,
  patch: Partial<VoteTally> = {},
): VoteTally {
  return {
    commitmentId,
    allow,
    deny,
    abstain,
    threshold: 0,
    quorum: { required: 0, cast: allow + deny + abstain },
    ...patch,
  };
}

export function edge(seq: number, from: string, to: string, kind: string): RunState['graph']['edges'][number] {
  return { from, to, kind, seq, ts: TS };
}
