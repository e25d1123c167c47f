import {
  EvaluationPayloadSchema,
  ObjectionPayloadSchema,
  ProposalPayloadSchema,
  VotePayloadSchema,
} from '../../gen/macp/modes/decision/v1/decision_pb.js';
import { inTurn } from '../cast.js';
import type { CastingOf, Player, Tendency } from '../cast.js';
import { commit, heard, introduce, others, say } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

interface Opinion {
  readonly recommendation: 'APPROVE' | 'REVIEW' | 'BLOCK' | 'REJECT';
  /** 0–1. */
  readonly confidence: number;
  readonly evaluation: string;
  readonly objection?: { readonly severity: 'low' | 'medium' | 'high' | 'critical'; readonly reason: string };
  readonly vote: 'APPROVE' | 'REJECT' | 'ABSTAIN';
  readonly because: string;
}

/** In the order of the reviewers. However many there are, those in favour are more, or those against at least as many. */
const OPINIONS: Record<Tendency, readonly [Opinion, ...Opinion[]]> = {
  agreeing: [
    {
      recommendation: 'APPROVE',
      confidence: 0.92,
      evaluation: 'error rate of the canary is flat over two hours',
      vote: 'APPROVE',
      because: 'the canary is healthy and the rollback is rehearsed',
    },
    {
      recommendation: 'REVIEW',
      confidence: 0.7,
      evaluation: 'one dependency was bumped without notes',
      objection: { severity: 'low', reason: 'release notes do not mention the TLS library update' },
      vote: 'APPROVE',
      because: 'the update fixes a known weakness; notes can follow',
    },
    {
      recommendation: 'REJECT',
      confidence: 0.55,
      evaluation: 'the help pages still describe v2.0',
      vote: 'REJECT',
      because: 'customers would read instructions that no longer fit',
    },
  ],
  refusing: [
    {
      recommendation: 'BLOCK',
      confidence: 0.88,
      evaluation: 'the error rate of the canary doubled within the last hour',
      objection: { severity: 'high', reason: 'nobody who has rehearsed the rollback is on call tonight' },
      vote: 'REJECT',
      because: 'a rollback at night would be improvised',
    },
    {
      recommendation: 'REVIEW',
      confidence: 0.6,
      evaluation: 'the scan of the new image is not finished',
      vote: 'REJECT',
      because: 'what was not scanned does not go out before a weekend',
    },
    {
      recommendation: 'APPROVE',
      confidence: 0.7,
      evaluation: 'the help pages are ready',
      vote: 'APPROVE',
      because: 'customers have asked for it for weeks',
    },
  ],
};

/** The lead proposes (as kickoff), then commits what the others voted. */
export const castDecision: CastingOf<AgentScript> = ({ initiator, others: reviewers }, tendency) => [
  { ...initiator, decide: (seen) => [introduce(seen, initiator.role), ...concluded(seen)] },
  ...reviewers.map((player, index) => reviewer(player, inTurn(OPINIONS[tendency], index))),
];

function reviewer({ id, role }: Player, opinion: Opinion): AgentScript {
  return {
    id,
    role,
    decide: (seen) => [introduce(seen, role), ...assessed(seen, opinion), ...voted(seen, opinion)],
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
