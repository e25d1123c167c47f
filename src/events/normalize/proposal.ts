import type { JsonObject } from '../../contracts/json.js';
import { firstText, textIn, textsIn, withoutBlanks } from './text.js';
import type { ModeTable } from './told.js';

/** `macp.mode.proposal.v1`. */
export const PROPOSAL: ModeTable = {
  Proposal: (payload) => ({ ...offer(payload), flat: { ...titles(payload), tags: textsIn(payload, 'tags') } }),
  CounterProposal: (payload) => ({
    ...offer(payload),
    flat: { ...titles(payload), supersedesProposalId: textIn(payload, 'supersedesProposalId') },
  }),
  Accept: (payload) => ({ ...answer(payload), action: 'ACCEPT', flat: {} }),
  Reject: (payload) => ({ ...answer(payload), action: 'REJECT', flat: { terminal: payload['terminal'] === true } }),
  Withdraw: (payload) => ({ ...answer(payload), action: 'WITHDRAW', flat: {} }),
};

function offer(payload: JsonObject) {
  const subjectId = textIn(payload, 'proposalId');
  const { title, summary } = titles(payload);
  return {
    type: 'proposal.created',
    subjectId,
    action: firstText(title, summary, subjectId),
    reasons: withoutBlanks([summary]),
  } as const;
}

function titles(payload: JsonObject) {
  return { title: textIn(payload, 'title'), summary: textIn(payload, 'summary') };
}

function answer(payload: JsonObject) {
  return { type: 'proposal.updated', subjectId: textIn(payload, 'proposalId') } as const;
}
