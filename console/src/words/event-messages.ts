import { deedIn, messageName } from './deeds.js';
import { shortName } from './names.js';
import { excerpt, NAME_MAX, numberIn, textIn, textsIn, type Loose } from './read.js';

type Told = (who: string, data: Loose, id: string) => string;

/** What a proposal and its kin say, by message type: the thing is named as people would name it. */
const OFFERS: ReadonlyMap<string, Told> = new Map<string, Told>([
  ['Proposal', (who, data, id) => `${who} proposes ${labelOf(data, id)}`],
  [
    'CounterProposal',
    (who, data, id) => {
      const former = excerpt(textIn(data, 'supersedesProposalId'), NAME_MAX);
      return `${who} counter-offers ${labelOf(data, id)}${former === '' ? '' : ` in place of ${former}`}`;
    },
  ],
  [
    'ApprovalRequest',
    (who, data, id) => {
      const needed = numberIn(data, 'requiredApprovals');
      return `${who} asks for approval of ${labelOf(data, id)}${needed === undefined ? '' : `; ${needed} needed`}`;
    },
  ],
  [
    'TaskRequest',
    (who, data, id) => `${who} asks ${nameOf(data, 'requestedAssignee', 'the others')} to do ${labelOf(data, id)}`,
  ],
  [
    'HandoffOffer',
    (who, data, id) =>
      `${who} offers ${nameOf(data, 'targetParticipant', 'somebody')} to take over ${labelOf(data, id)}`,
  ],
  ['Contribute', (who, data) => `${who} contributes ${labelOf(data, 'nothing')}`],
]);

/** Answers whose words say what they are about already. */
const WITHOUT_OBJECT: ReadonlySet<string> = new Set([
  ...['TaskAccept', 'TaskReject', 'TaskUpdate', 'TaskComplete', 'TaskFail', 'HandoffContext', 'HandoffDecline'],
  ...['Withdraw', 'Evaluation', 'Objection', 'Abstain'],
]);

/** A sentence for a proposal, or for an answer to one. */
export function proposalSentence(data: Loose, who: string, proposalId: string): string {
  const messageType = textIn(data, 'messageType');
  const id = excerpt(proposalId, NAME_MAX);
  const offer = OFFERS.get(messageType);
  if (offer !== undefined) return `${offer(who, data, id)}${because(data)}`;
  const { words } = deedIn(data);
  return `${who} ${words}${id === '' ? '' : objectOf(messageType, textIn(data, 'vote'), id)}${because(data)}`;
}

function objectOf(messageType: string, vote: string, id: string): string {
  if (messageType === 'Vote' && vote.toUpperCase() === 'ABSTAIN') return ` on ${id}`;
  return WITHOUT_OBJECT.has(messageType) ? ` (${id})` : ` ${id}`;
}

/** A sentence for any message of a session, as it came over the stream. */
export function messageSentence(data: Loose, who: string): string {
  const to = textsIn(data, 'to').map((name) => excerpt(shortName(name), NAME_MAX));
  const addressed = to.length === 0 ? '' : ` to ${to.length > 3 ? `${to.length} participants` : to.join(', ')}`;
  const what = messageName(textIn(data, 'messageType'));
  const said = excerpt(textIn(data, 'value') || textIn(data, 'action'));
  return `Message from ${who}${addressed}: ${what}${said === '' ? '' : `, ${said}`}${because(data)}`;
}

function labelOf(data: Loose, id: string): string {
  const label = excerpt(textIn(data, 'value') || textIn(data, 'action'));
  return label === '' ? id || 'something' : `“${label}”`;
}

function nameOf(data: Loose, key: string, otherwise: string): string {
  const name = textIn(data, key);
  return name === '' ? otherwise : excerpt(shortName(name), NAME_MAX);
}

function because(data: Loose): string {
  const reason = textsIn(data, 'reasons').join('; ') || textIn(data, 'reason');
  return reason === '' ? '' : `: ${excerpt(reason)}`;
}
