import {
  AcceptPayloadSchema,
  CounterProposalPayloadSchema,
  ProposalPayloadSchema,
} from '../../gen/macp/modes/proposal/v1/proposal_pb.js';
import { commit, heard, introduce, say, sessionOf } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

const COUNTER_ID = 'offer-2';

/** Makes the opening offer (as kickoff), accepts the counter-offer and commits once both sides have accepted it. */
const buyer: AgentScript = {
  id: 'agent://buyer',
  role: 'procurement',
  decide: (seen) => [
    introduce(seen, 'procurement'),
    ...accepted(seen, 'within budget once support is included'),
    ...concluded(seen),
  ],
};

/** Answers the opening offer with one of its own and stands by it. */
const seller: AgentScript = {
  id: 'agent://seller',
  role: 'sales',
  decide: (seen) => [
    introduce(seen, 'sales'),
    ...countered(seen),
    ...accepted(seen, 'our own terms; they cover the support desk'),
  ],
};

export const proposalScript: readonly AgentScript[] = [buyer, seller];

function countered(seen: Seen): AgentMessage[] {
  const opening = heard(seen, ProposalPayloadSchema)[0]?.body;
  if (!opening) return [];
  return [
    say('counter', 'CounterProposal', CounterProposalPayloadSchema, {
      proposalId: COUNTER_ID,
      supersedesProposalId: opening.proposalId,
      title: '12 months at 92 per seat, support included',
      summary: 'a little above the opening offer, with the support desk in it',
    }),
  ];
}

function accepted(seen: Seen, reason: string): AgentMessage[] {
  const counter = heard(seen, CounterProposalPayloadSchema)[0]?.body;
  if (!counter) return [];
  return [say('accept', 'Accept', AcceptPayloadSchema, { proposalId: counter.proposalId, reason })];
}

function concluded(seen: Seen): AgentMessage[] {
  const counter = heard(seen, CounterProposalPayloadSchema)[0]?.body;
  const accepts = new Map(heard(seen, AcceptPayloadSchema).map(({ sender, body }) => [sender, body.proposalId]));
  const parties = sessionOf(seen)?.participants ?? [];
  if (!counter || !parties.every((id) => accepts.get(id) === counter.proposalId)) return [];
  return commit(seen, {
    action: 'proposal.accepted',
    positive: true,
    scope: 'procurement',
    reason: `both sides accept: ${counter.title}`,
  });
}
