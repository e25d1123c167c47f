import {
  AcceptPayloadSchema,
  CounterProposalPayloadSchema,
  ProposalPayloadSchema,
  RejectPayloadSchema,
} from '../../gen/macp/modes/proposal/v1/proposal_pb.js';
import type { CastingOf, Tendency } from '../cast.js';
import { commit, heard, introduce, others, say, sessionOf } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

const COUNTER_ID = 'offer-2';

/**
 * The buyer makes the opening offer (as kickoff), answers the counter-offer and commits what came of it. The first of the
 * others answers the opening offer with one of its own; all of them stand by it.
 */
export const castProposal: CastingOf<AgentScript> = ({ initiator, others: sellers }, tendency) => [
  {
    ...initiator,
    decide: (seen) => [introduce(seen, initiator.role), ...answered(seen, tendency), ...concluded(seen)],
  },
  ...sellers.map(({ id, role }): AgentScript => ({
    id,
    role,
    decide: (seen) => [
      introduce(seen, role),
      ...countered(seen),
      ...accepted(seen, 'our own terms; they cover the support desk'),
    ],
  })),
];

function countered(seen: Seen): AgentMessage[] {
  const opening = heard(seen, ProposalPayloadSchema)[0]?.body;
  if (!opening || others(seen)[0] !== seen.self) return [];
  return [
    say('counter', 'CounterProposal', CounterProposalPayloadSchema, {
      proposalId: COUNTER_ID,
      supersedesProposalId: opening.proposalId,
      title: '12 months at 92 per seat, support included',
      summary: 'a little above the opening offer, with the support desk in it',
    }),
  ];
}

function answered(seen: Seen, tendency: Tendency): AgentMessage[] {
  if (tendency === 'agreeing') return accepted(seen, 'within budget once support is included');
  const counter = heard(seen, CounterProposalPayloadSchema)[0]?.body;
  if (!counter) return [];
  const { proposalId } = counter;
  const reason = 'above what the budget holds, and there is no more';
  return [say('reject', 'Reject', RejectPayloadSchema, { proposalId, terminal: true, reason })];
}

function accepted(seen: Seen, reason: string): AgentMessage[] {
  const counter = heard(seen, CounterProposalPayloadSchema)[0]?.body;
  if (!counter) return [];
  return [say('accept', 'Accept', AcceptPayloadSchema, { proposalId: counter.proposalId, reason })];
}

function concluded(seen: Seen): AgentMessage[] {
  const counter = heard(seen, CounterProposalPayloadSchema)[0]?.body;
  if (!counter) return [];
  const scope = 'procurement';
  const rejection = heard(seen, RejectPayloadSchema).find(({ body }) => body.terminal);
  if (rejection) {
    const reason = `${counter.title} – rejected: ${rejection.body.reason}`;
    return commit(seen, { action: 'proposal.rejected', positive: false, scope, reason });
  }
  const accepts = new Map(heard(seen, AcceptPayloadSchema).map(({ sender, body }) => [sender, body.proposalId]));
  const parties = sessionOf(seen)?.participants ?? [];
  if (!parties.every((id) => accepts.get(id) === counter.proposalId)) return [];
  const reason = `${parties.length === 2 ? 'both sides' : `all ${parties.length}`} accept: ${counter.title}`;
  return commit(seen, { action: 'proposal.accepted', positive: true, scope, reason });
}
