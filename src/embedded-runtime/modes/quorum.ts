import {
  AbstainPayloadSchema,
  ApprovalRequestPayloadSchema,
  ApprovePayloadSchema,
  RejectPayloadSchema,
} from '../../gen/macp/modes/quorum/v1/quorum_pb.js';
import { refuse } from '../errors.js';
import { denyQuorum, policyApprovals } from '../policies/evaluate.js';
import { bindRules, quorumRules, type BoundRules, type QuorumRules } from '../policies/rules.js';
import { admit, byPolicy, defineMode, isInitiator, isMember, step, type Judgement, type ModeMessage } from './mode.js';

type Choice = 'Approve' | 'Reject' | 'Abstain';

interface Request {
  readonly request_id: string;
  readonly action: string;
  readonly summary: string;
  readonly details: Uint8Array;
  readonly required_approvals: number;
  readonly requested_by: string;
}

interface Ballot {
  readonly request_id: string;
  readonly choice: Choice;
  readonly sender: string;
  readonly reason: string;
}

interface QuorumState {
  readonly bound: BoundRules<QuorumRules>;
  request: Request | undefined;
  readonly ballots: Map<string, Ballot>;
  approvals: number;
}

const INVALID = refuse('InvalidPayload');
const THRESHOLD_TYPES = new Set(['n_of_m', 'percentage']);

/** A policy threshold that cannot be met, or of a kind that is not implemented, lets no request through. */
function isUsable(rules: QuorumRules, participants: number): boolean {
  if (rules.threshold.value === 0) return true;
  const needed = policyApprovals(rules, participants);
  return THRESHOLD_TYPES.has(rules.threshold.type) && needed !== undefined && needed <= participants;
}

/** One ballot of any kind per participant. */
function cast(
  state: QuorumState,
  choice: Choice,
  { requestId, reason }: { readonly requestId: string; readonly reason: string },
  { sender }: ModeMessage,
): Judgement {
  if (state.request?.request_id !== requestId || state.ballots.has(sender)) return INVALID;
  return admit(() => {
    state.ballots.set(sender, { request_id: requestId, choice, sender, reason });
    if (choice === 'Approve') state.approvals += 1;
  });
}

export const quorumMode = defineMode<QuorumState>({
  begin: ({ participants, policy }) =>
    participants.length === 0
      ? undefined
      : { bound: bindRules(quorumRules, policy.rules), request: undefined, ballots: new Map(), approvals: 0 },
  unknownType: 'InvalidPayload',
  mayCommit: byPolicy,
  steps: {
    ApprovalRequest: step(ApprovalRequestPayloadSchema, isInitiator, (state, payload, { sender }, { participants }) => {
      const { requestId, action, summary, details, requiredApprovals } = payload;
      if (state.request || requestId === '') return INVALID;
      if (requiredApprovals < 1 || requiredApprovals > participants.length) return INVALID;
      if (!isUsable(state.bound.rules, participants.length)) return INVALID;
      return admit(() => {
        state.request = {
          request_id: requestId,
          action,
          summary,
          details,
          required_approvals: requiredApprovals,
          requested_by: sender,
        };
      });
    }),
    Approve: step(ApprovePayloadSchema, isMember, (state, payload, message) =>
      cast(state, 'Approve', payload, message),
    ),
    Reject: step(RejectPayloadSchema, isMember, (state, payload, message) => cast(state, 'Reject', payload, message)),
    Abstain: step(AbstainPayloadSchema, isMember, (state, payload, message) =>
      cast(state, 'Abstain', payload, message),
    ),
  },
  isReady: ({ request, bound, ballots, approvals }, _commitment, { participants }) => {
    if (!request) return false;
    const needed = policyApprovals(bound.rules, participants.length) ?? request.required_approvals;
    // Ballots come from participants only, once each, so the rest have not voted yet.
    const open = participants.length - ballots.size;
    return approvals >= needed || approvals + open < needed;
  },
  denials: ({ bound, ballots, approvals }, commitment, { participants }) =>
    denyQuorum(bound, {
      participants: participants.length,
      approvals,
      ballots: ballots.size,
      positive: commitment.outcomePositive,
    }),
  committed: () => undefined,
  describe: ({ request, ballots }) => ({
    request: request ? { ...request, details: [...request.details] } : null,
    ballots: Object.fromEntries([...ballots].map(([sender, cast]) => [sender, { ...cast }])),
  }),
});
