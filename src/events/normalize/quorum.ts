import { firstText, numberIn, optional, textIn } from './text.js';
import type { MessageRule, ModeTable } from './told.js';

/** `macp.mode.quorum.v1`. */
export const QUORUM: ModeTable = {
  ApprovalRequest: (payload) => {
    const requestId = textIn(payload, 'requestId');
    const summary = textIn(payload, 'summary');
    return {
      type: 'proposal.created',
      subjectId: requestId,
      action: firstText(textIn(payload, 'action'), summary, requestId),
      flat: { requestId, summary, ...optional('requiredApprovals', numberIn(payload, 'requiredApprovals')) },
    };
  },
  Approve: ballot('APPROVE'),
  Reject: ballot('REJECT'),
  Abstain: ballot('ABSTAIN'),
};

function ballot(vote: string): MessageRule {
  return (payload, sender) => {
    const requestId = textIn(payload, 'requestId');
    const flat = { requestId, vote, voterId: sender };
    return { type: 'proposal.updated', subjectId: requestId, action: vote, flat };
  };
}
