import {
  AbstainPayloadSchema,
  ApprovalRequestPayloadSchema,
  ApprovePayloadSchema,
  RejectPayloadSchema,
} from '../../gen/macp/modes/quorum/v1/quorum_pb.js';
import { inTurn } from '../cast.js';
import type { CastingOf, Player, Tendency } from '../cast.js';
import { commit, heard, introduce, others, say, sessionOf } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

interface Ballot {
  readonly choice: 'Approve' | 'Reject' | 'Abstain';
  readonly reason: string;
}

/** In the order of the approvers. */
const BALLOTS: Record<Tendency, readonly [Ballot, ...Ballot[]]> = {
  agreeing: [
    { choice: 'Approve', reason: 'the migration is additive and was tried on a copy' },
    { choice: 'Approve', reason: 'the window is quiet and the on-call knows' },
    { choice: 'Abstain', reason: 'no personal data is touched; not ours to decide' },
  ],
  refusing: [
    { choice: 'Reject', reason: 'it was never tried on a copy' },
    { choice: 'Reject', reason: 'it falls into the busiest hour of the week' },
    { choice: 'Abstain', reason: 'no personal data is touched; not ours to decide' },
  ],
};

/** The requester's own ballot, cast when the others' leave the question open and it is a participant itself. */
const CASTING_BALLOT: Record<Tendency, Ballot> = {
  agreeing: { choice: 'Approve', reason: 'the last approval that is missing is mine' },
  refusing: { choice: 'Abstain', reason: 'I will not carry it alone' },
};

const BALLOT_TYPES = { Approve: ApprovePayloadSchema, Reject: RejectPayloadSchema, Abstain: AbstainPayloadSchema };

/** The requester asks for approval (as kickoff) and commits once everybody has answered. */
export const castQuorum: CastingOf<AgentScript> = ({ initiator, others: approvers }, tendency) => [
  { ...initiator, decide: (seen) => [introduce(seen, initiator.role), ...concluded(seen, tendency)] },
  ...approvers.map((player, index) => approver(player, inTurn(BALLOTS[tendency], index))),
];

function approver({ id, role }: Player, ballot: Ballot): AgentScript {
  return { id, role, decide: (seen) => [introduce(seen, role), ...cast(seen, ballot)] };
}

function cast(seen: Seen, { choice, reason }: Ballot): AgentMessage[] {
  const requestId = heard(seen, ApprovalRequestPayloadSchema)[0]?.body.requestId;
  return requestId ? [say('ballot', choice, BALLOT_TYPES[choice], { requestId, reason })] : [];
}

function concluded(seen: Seen, tendency: Tendency): AgentMessage[] {
  const request = heard(seen, ApprovalRequestPayloadSchema)[0]?.body;
  const approvals = heard(seen, ApprovePayloadSchema).map(({ sender }) => sender);
  const rest = [...heard(seen, RejectPayloadSchema), ...heard(seen, AbstainPayloadSchema)].map(({ sender }) => sender);
  const voters = new Set([...approvals, ...rest]);
  if (!request || !others(seen).every((id) => voters.has(id))) return [];
  const isOpen = approvals.length === request.requiredApprovals - 1;
  const hasBallot = sessionOf(seen)?.participants.includes(seen.self) && !voters.has(seen.self);
  if (isOpen && hasBallot) return cast(seen, CASTING_BALLOT[tendency]);
  const positive = approvals.length >= request.requiredApprovals;
  return commit(seen, {
    action: positive ? 'quorum.approved' : 'quorum.rejected',
    positive,
    scope: 'production',
    reason: `${approvals.length} of ${request.requiredApprovals} required approvals`,
  });
}
