import {
  AbstainPayloadSchema,
  ApprovalRequestPayloadSchema,
  ApprovePayloadSchema,
  RejectPayloadSchema,
} from '../../gen/macp/modes/quorum/v1/quorum_pb.js';
import { commit, heard, introduce, others, say } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

interface Ballot {
  readonly id: string;
  readonly role: string;
  readonly choice: 'Approve' | 'Reject' | 'Abstain';
  readonly reason: string;
}

const BALLOTS: readonly Ballot[] = [
  {
    id: 'agent://dba',
    role: 'database',
    choice: 'Approve',
    reason: 'the migration is additive and was tried on a copy',
  },
  { id: 'agent://sre', role: 'operations', choice: 'Approve', reason: 'the window is quiet and the on-call knows' },
  { id: 'agent://legal', role: 'legal', choice: 'Abstain', reason: 'no personal data is touched; not ours to decide' },
];

const BALLOT_TYPES = { Approve: ApprovePayloadSchema, Reject: RejectPayloadSchema, Abstain: AbstainPayloadSchema };

/** Asks for approval (as kickoff) and commits once everybody has answered. */
const requester: AgentScript = {
  id: 'agent://requester',
  role: 'release',
  decide: (seen) => [introduce(seen, 'release'), ...concluded(seen)],
};

export const quorumScript: readonly AgentScript[] = [requester, ...BALLOTS.map(approver)];

function approver({ id, role, choice, reason }: Ballot): AgentScript {
  return {
    id,
    role,
    decide: (seen) => {
      const requestId = heard(seen, ApprovalRequestPayloadSchema)[0]?.body.requestId;
      const ballot = requestId ? [say('ballot', choice, BALLOT_TYPES[choice], { requestId, reason })] : [];
      return [introduce(seen, role), ...ballot];
    },
  };
}

function concluded(seen: Seen): AgentMessage[] {
  const request = heard(seen, ApprovalRequestPayloadSchema)[0]?.body;
  const approvals = heard(seen, ApprovePayloadSchema).map(({ sender }) => sender);
  const rest = [...heard(seen, RejectPayloadSchema), ...heard(seen, AbstainPayloadSchema)].map(({ sender }) => sender);
  const cast = new Set([...approvals, ...rest]);
  if (!request || !others(seen).every((id) => cast.has(id))) return [];
  const positive = approvals.length >= request.requiredApprovals;
  return commit(seen, {
    action: positive ? 'quorum.approved' : 'quorum.rejected',
    positive,
    scope: 'production',
    reason: `${approvals.length} of ${request.requiredApprovals} required approvals`,
  });
}
