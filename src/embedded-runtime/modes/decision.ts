import type { JsonObject } from '../../contracts/json.js';
import {
  EvaluationPayloadSchema,
  ObjectionPayloadSchema,
  ProposalPayloadSchema,
  VotePayloadSchema,
} from '../../gen/macp/modes/decision/v1/decision_pb.js';
import { refuse } from '../errors.js';
import { denyDecision, type VoteChoice } from '../policies/evaluate.js';
import { bindRules, decisionRules, type BoundRules, type DecisionRules } from '../policies/rules.js';
import { isBlank } from '../text.js';
import { admit, byPolicy, defineMode, isMember, step } from './mode.js';

type Phase = 'Proposal' | 'Evaluation' | 'Voting' | 'Committed';

const RECOMMENDATIONS = new Set(['APPROVE', 'REVIEW', 'BLOCK', 'REJECT']);
const SEVERITIES = new Set(['low', 'medium', 'high', 'critical']);
const VOTES: Readonly<Record<VoteChoice, true>> = { APPROVE: true, REJECT: true, ABSTAIN: true };

interface Vote {
  readonly proposal_id: string;
  readonly vote: VoteChoice;
  readonly reason: string;
  readonly sender: string;
}

interface DecisionState {
  readonly bound: BoundRules<DecisionRules>;
  phase: Phase;
  readonly proposals: Map<string, JsonObject>;
  readonly evaluations: {
    proposal_id: string;
    recommendation: string;
    confidence: number;
    reason: string;
    sender: string;
  }[];
  readonly objections: { proposal_id: string; reason: string; severity: string; sender: string }[];
  /** proposal_id → sender → vote */
  readonly votes: Map<string, Map<string, Vote>>;
}

const INVALID = refuse('InvalidPayload');

function isVote(text: string): text is VoteChoice {
  return Object.hasOwn(VOTES, text);
}

/** One phase for the whole session: the first vote, on any proposal, closes proposals, evaluations and objections. */
export const decisionMode = defineMode<DecisionState>({
  begin: ({ participants, policy }) =>
    participants.length === 0
      ? undefined
      : {
          bound: bindRules(decisionRules, policy.rules),
          phase: 'Proposal',
          proposals: new Map(),
          evaluations: [],
          objections: [],
          votes: new Map(),
        },
  unknownType: 'Forbidden',
  mayCommit: byPolicy,
  steps: {
    Proposal: step(ProposalPayloadSchema, isMember, (state, payload, { sender }) => {
      const { proposalId, option, rationale } = payload;
      if (state.phase !== 'Proposal' && state.phase !== 'Evaluation') return INVALID;
      if (isBlank(proposalId) || isBlank(option) || state.proposals.has(proposalId)) return INVALID;
      return admit(() => {
        state.proposals.set(proposalId, { proposal_id: proposalId, option, rationale, sender });
        state.phase = 'Evaluation';
      });
    }),
    Evaluation: step(EvaluationPayloadSchema, isMember, (state, payload, { sender }) => {
      const { proposalId, confidence, reason } = payload;
      const recommendation = payload.recommendation.toUpperCase();
      if (state.phase !== 'Evaluation' || !state.proposals.has(proposalId)) return INVALID;
      // Written so that NaN fails.
      if (!RECOMMENDATIONS.has(recommendation) || !(confidence >= 0 && confidence <= 1)) return INVALID;
      return admit(() => {
        state.evaluations.push({ proposal_id: proposalId, recommendation, confidence, reason, sender });
      });
    }),
    Objection: step(ObjectionPayloadSchema, isMember, (state, payload, { sender }) => {
      const { proposalId, reason } = payload;
      const severity = payload.severity === '' ? 'medium' : payload.severity.toLowerCase();
      if (state.phase !== 'Evaluation' || !state.proposals.has(proposalId) || !SEVERITIES.has(severity)) return INVALID;
      return admit(() => {
        state.objections.push({ proposal_id: proposalId, reason, severity, sender });
      });
    }),
    Vote: step(VotePayloadSchema, isMember, (state, payload, { sender }) => {
      const { proposalId, reason } = payload;
      const vote = payload.vote.toUpperCase();
      if (state.phase !== 'Evaluation' && state.phase !== 'Voting') return INVALID;
      if (!state.proposals.has(proposalId) || !isVote(vote)) return INVALID;
      if (state.votes.get(proposalId)?.has(sender)) return INVALID;
      return admit(() => {
        const cast = state.votes.get(proposalId) ?? new Map<string, Vote>();
        cast.set(sender, { proposal_id: proposalId, vote, reason, sender });
        state.votes.set(proposalId, cast);
        state.phase = 'Voting';
      });
    }),
  },
  isReady: (state) => state.proposals.size > 0,
  denials: (state, commitment, { policy, participants }) =>
    denyDecision(state.bound, {
      schemaVersion: policy.schemaVersion,
      participants,
      votes: [...state.votes.values()].flatMap((cast) => [...cast.values()]),
      evaluations: state.evaluations,
      criticalObjections: state.objections.filter(({ severity }) => severity === 'critical').length,
      positive: commitment.outcomePositive,
    }),
  committed: (state) => {
    state.phase = 'Committed';
  },
  describe: (state) => ({
    phase: state.phase,
    proposals: Object.fromEntries(state.proposals),
    evaluations: state.evaluations.map((evaluation) => ({ ...evaluation })),
    objections: state.objections.map((objection) => ({ ...objection })),
    votes: Object.fromEntries(
      [...state.votes].map(([proposalId, cast]) => [
        proposalId,
        Object.fromEntries([...cast].map(([sender, vote]) => [sender, { ...vote }])),
      ]),
    ),
  }),
});
