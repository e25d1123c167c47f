import {
  AcceptPayloadSchema,
  CounterProposalPayloadSchema,
  ProposalPayloadSchema,
  RejectPayloadSchema,
  WithdrawPayloadSchema,
} from '../../gen/macp/modes/proposal/v1/proposal_pb.js';
import { refuse } from '../errors.js';
import { denyProposal } from '../policies/evaluate.js';
import { bindRules, proposalRules, type BoundRules, type ProposalRules } from '../policies/rules.js';
import { isBlank } from '../text.js';
import { admit, byPolicy, defineMode, isMember, step, type Binding } from './mode.js';

type Phase = 'Negotiating' | 'Converged' | 'TerminalRejected' | 'Committed';

interface Offer {
  readonly proposal_id: string;
  readonly title: string;
  readonly summary: string;
  readonly details: Uint8Array;
  readonly tags: readonly string[];
  readonly proposer: string;
  readonly supersedes_proposal_id: string | null;
  disposition: 'Live' | 'Withdrawn';
}

interface Rejection {
  readonly proposal_id: string;
  readonly sender: string;
  readonly terminal: boolean;
  readonly reason: string;
}

interface ProposalState {
  readonly bound: BoundRules<ProposalRules>;
  phase: Phase;
  readonly proposals: Map<string, Offer>;
  /** Proposals that are live, counted so that no message has to walk over all of them. */
  live: number;
  counters: number;
  /** sender → the proposal accepted last */
  readonly accepts: Map<string, string>;
  readonly rejections: Rejection[];
  terminalRejections: Rejection[];
}

const INVALID = refuse('InvalidPayload');

function isLive(state: ProposalState, proposalId: string | undefined): boolean {
  return proposalId !== undefined && state.proposals.get(proposalId)?.disposition === 'Live';
}

/** Whether everybody but the proposer has this proposal as the latest accept. */
function meetsCounterparty(state: ProposalState, proposalId: string | undefined, { participants }: Binding): boolean {
  const offer = proposalId === undefined ? undefined : state.proposals.get(proposalId);
  return (
    offer?.disposition === 'Live' &&
    participants.every((party) => party === offer.proposer || state.accepts.get(party) === offer.proposal_id)
  );
}

/**
 * The criteria, each over the few proposals that can meet it: an accept is one per sender, so a proposal accepted by
 * all (or by all but one) is the accept of the first (or second) participant. The cost does not grow with the proposals.
 */
const CONVERGES: Readonly<Record<string, (state: ProposalState, binding: Binding) => boolean>> = {
  counterparty: (state, binding) => {
    // A lone participant has no counterparty, so any live proposal of its own will do.
    if (binding.participants.length === 1) return state.live > 0;
    return binding.participants
      .slice(0, 2)
      .some((party) => meetsCounterparty(state, state.accepts.get(party), binding));
  },
  initiator: (state, { initiator }) => isLive(state, state.accepts.get(initiator)),
};

function convergesForAll(state: ProposalState, { participants }: Binding): boolean {
  const [first] = participants;
  const candidate = first === undefined ? undefined : state.accepts.get(first);
  return isLive(state, candidate) && participants.every((party) => state.accepts.get(party) === candidate);
}

function phaseOf(state: ProposalState, binding: Binding): Phase {
  if (state.terminalRejections.length > 0) return 'TerminalRejected';
  const { criterion } = state.bound.rules.acceptance;
  const named = Object.hasOwn(CONVERGES, criterion) ? CONVERGES[criterion] : undefined;
  return (named ?? convergesForAll)(state, binding) ? 'Converged' : 'Negotiating';
}

function add(state: ProposalState, offer: Offer, binding: Binding): void {
  state.proposals.set(offer.proposal_id, offer);
  state.live += 1;
  if (offer.supersedes_proposal_id !== null) state.counters += 1;
  state.phase = phaseOf(state, binding);
}

function withdraw(state: ProposalState, offer: Offer, binding: Binding): void {
  offer.disposition = 'Withdrawn';
  state.live -= 1;
  for (const [sender, proposalId] of state.accepts) {
    if (proposalId === offer.proposal_id) state.accepts.delete(sender);
  }
  if (state.terminalRejections.length > 0) {
    state.terminalRejections = state.terminalRejections.filter((item) => item.proposal_id !== offer.proposal_id);
  }
  state.phase = phaseOf(state, binding);
}

/** The phase follows every message; convergence can be lost again. */
export const proposalMode = defineMode<ProposalState>({
  begin: ({ participants, policy }) =>
    participants.length === 0
      ? undefined
      : {
          bound: bindRules(proposalRules, policy.rules),
          phase: 'Negotiating',
          proposals: new Map(),
          live: 0,
          counters: 0,
          accepts: new Map(),
          rejections: [],
          terminalRejections: [],
        },
  unknownType: 'InvalidPayload',
  mayCommit: byPolicy,
  steps: {
    Proposal: step(ProposalPayloadSchema, isMember, (state, payload, { sender }, binding) => {
      const { proposalId, title, summary, details, tags } = payload;
      if (isBlank(proposalId) || state.proposals.has(proposalId)) return INVALID;
      const named = { proposal_id: proposalId, title, summary, details, tags, proposer: sender };
      return admit(() => add(state, { ...named, supersedes_proposal_id: null, disposition: 'Live' }, binding));
    }),
    CounterProposal: step(CounterProposalPayloadSchema, isMember, (state, payload, { sender }, binding) => {
      const { proposalId, supersedesProposalId, title, summary, details } = payload;
      if (isBlank(proposalId) || state.proposals.has(proposalId)) return INVALID;
      if (!state.proposals.has(supersedesProposalId)) return INVALID;
      const roundsMax = state.bound.rules.counter_proposal.max_rounds;
      if (roundsMax > 0 && state.counters >= roundsMax) return INVALID;
      const named = { proposal_id: proposalId, title, summary, details, tags: [], proposer: sender };
      const supersedes = { supersedes_proposal_id: supersedesProposalId };
      return admit(() => add(state, { ...named, ...supersedes, disposition: 'Live' }, binding));
    }),
    Accept: step(AcceptPayloadSchema, isMember, (state, { proposalId }, { sender }, binding) => {
      if (!isLive(state, proposalId)) return INVALID;
      return admit(() => {
        state.accepts.set(sender, proposalId);
        state.phase = phaseOf(state, binding);
      });
    }),
    Reject: step(RejectPayloadSchema, isMember, (state, { proposalId, terminal, reason }, { sender }, binding) => {
      if (!isLive(state, proposalId)) return INVALID;
      const ends = terminal || state.bound.rules.rejection.terminal_on_any_reject;
      return admit(() => {
        const rejection = { proposal_id: proposalId, sender, terminal: ends, reason };
        state.rejections.push(rejection);
        if (ends) state.terminalRejections.push(rejection);
        state.phase = phaseOf(state, binding);
      });
    }),
    Withdraw: step(WithdrawPayloadSchema, isMember, (state, { proposalId }, { sender }, binding) => {
      const offer = state.proposals.get(proposalId);
      if (!offer) return INVALID;
      if (offer.proposer !== sender) return refuse('Forbidden');
      if (offer.disposition !== 'Live') return INVALID;
      return admit(() => withdraw(state, offer, binding));
    }),
  },
  isReady: ({ phase }) => phase === 'Converged' || phase === 'TerminalRejected',
  denials: (state, commitment) => denyProposal(state.bound, state.counters, commitment.outcomePositive),
  committed: (state) => {
    state.phase = 'Committed';
  },
  describe: (state) => ({
    phase: state.phase,
    proposals: Object.fromEntries(
      [...state.proposals].map(([id, offer]) => [id, { ...offer, details: [...offer.details] }]),
    ),
    accepts: Object.fromEntries(state.accepts),
    rejections: state.rejections.map((rejection) => ({ ...rejection })),
    terminal_rejections: state.terminalRejections.map((rejection) => ({ ...rejection })),
  }),
});
