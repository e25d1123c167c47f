import {
  EvaluationPayloadSchema,
  ObjectionPayloadSchema,
  ProposalPayloadSchema,
  VotePayloadSchema,
} from '../../gen/macp/modes/decision/v1/decision_pb.js';
import { commit, heard, introduce, others, say } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

interface Opinion {
  readonly id: string;
  readonly role: string;
  readonly recommendation: 'APPROVE' | 'REVIEW' | 'BLOCK' | 'REJECT';
  /** 0–1. */
  readonly confidence: number;
  readonly evaluation: string;
  readonly objection?: { readonly severity: 'low' | 'medium' | 'high' | 'critical'; readonly reason: string };
  readonly vote: 'APPROVE' | 'REJECT' | 'ABSTAIN';
  readonly because: string;
}

const OPINIONS: readonly Opinion[] = [
  {
    id: 'agent://alice',
    role: 'reliability',
    recommendation: 'APPROVE',
    confidence: 0.92,
    evaluation: 'error rate of the canary is flat over two hours',
    vote: 'APPROVE',
    because: 'the canary is healthy and the rollback is rehearsed',
  },
  {
    id: 'agent://bob',
    role: 'security',
    recommendation: 'REVIEW',
    confidence: 0.7,
    evaluation: 'one dependency was bumped without notes',
    objection: { severity: 'low', reason: 'release notes do not mention the TLS library update' },
    vote: 'APPROVE',
    because: 'the update fixes a known weakness; notes can follow',
  },
  {
    id: 'agent://carol',
    role: 'support',
    recommendation: 'REJECT',
    confidence: 0.55,
    evaluation: 'the help pages still describe v2.0',
    vote: 'REJECT',
    because: 'customers would read instructions that no longer fit',
  },
];

/** Proposes (as kickoff), then commits what the others voted. */
const lead: AgentScript = {
  id: 'agent://lead',
  role: 'release lead',
  decide: (seen) => [introduce(seen, 'release lead'), ...concluded(seen)],
};

export const decisionScript: readonly AgentScript[] = [lead, ...OPINIONS.map(reviewer)];

function reviewer(opinion: Opinion): AgentScript {
  return {
    id: opinion.id,
    role: opinion.role,
    decide: (seen) => [introduce(seen, opinion.role), ...assessed(seen, opinion), ...voted(seen, opinion)],
  };
}

function assessed(seen: Seen, opinion: Opinion): AgentMessage[] {
  const proposal = heard(seen, ProposalPayloadSchema)[0]?.body;
  if (!proposal) return [];
  const { proposalId } = proposal;
  const { objection, recommendation, confidence, evaluation: reason } = opinion;
  return [
    // The objection goes first: others vote once all have evaluated, and the first vote closes objections.
    ...(objection ? [say('objection', 'Objection', ObjectionPayloadSchema, { proposalId, ...objection })] : []),
    say('evaluation', 'Evaluation', EvaluationPayloadSchema, { proposalId, recommendation, confidence, reason }),
  ];
}

function voted(seen: Seen, opinion: Opinion): AgentMessage[] {
  const proposal = heard(seen, ProposalPayloadSchema)[0]?.body;
  const evaluators = new Set(heard(seen, EvaluationPayloadSchema).map(({ sender }) => sender));
  if (!proposal || !others(seen).every((id) => evaluators.has(id))) return [];
  const { vote, because: reason } = opinion;
  return [say('vote', 'Vote', VotePayloadSchema, { proposalId: proposal.proposalId, vote, reason })];
}

function concluded(seen: Seen): AgentMessage[] {
  const proposal = heard(seen, ProposalPayloadSchema)[0]?.body;
  const votes = new Map(heard(seen, VotePayloadSchema).map(({ sender, body }) => [sender, body.vote]));
  if (!proposal || !others(seen).every((id) => votes.has(id))) return [];
  const approvals = [...votes.values()].filter((vote) => vote === 'APPROVE').length;
  const rejections = [...votes.values()].filter((vote) => vote === 'REJECT').length;
  const positive = approvals > rejections;
  return commit(seen, {
    action: positive ? 'decision.selected' : 'decision.rejected',
    positive,
    scope: 'deployment',
    reason: `${proposal.option}: ${approvals} for, ${rejections} against`,
  });
}
