import { excerpt, NAME_MAX, numberIn, percentWords, spaced, textIn, type Loose } from './read.js';
import type { Tone } from './status.js';

/** What somebody did with a message, as a colleague would say it. */
export interface Deed {
  /** Present tense, third person: `votes for`, `objects: low`. Empty never. */
  readonly words: string;
  readonly tone: Tone;
  /** What it counts as, where it counts. */
  readonly side?: 'for' | 'against' | 'neither';
}

/** What a deed is read from: an entry of the decision, or the flat fields of an event. */
export interface DeedSource {
  readonly messageType: string;
  readonly action?: string | undefined;
  readonly confidence?: number | undefined;
  readonly severity?: string | undefined;
}

const FOR = { tone: 'good', side: 'for' } as const;
const AGAINST = { tone: 'bad', side: 'against' } as const;
const NEITHER = { tone: 'neutral', side: 'neither' } as const;

const BALLOTS: ReadonlyMap<string, Deed> = new Map<string, Deed>([
  ['APPROVE', { words: 'votes for', ...FOR }],
  ['REJECT', { words: 'votes against', ...AGAINST }],
  ['ABSTAIN', { words: 'abstains', ...NEITHER }],
]);

const OPINIONS: ReadonlyMap<string, Deed> = new Map<string, Deed>([
  ['APPROVE', { words: 'finds it good', tone: 'good' }],
  ['REVIEW', { words: 'wants it reviewed', tone: 'warning' }],
  ['BLOCK', { words: 'would block it', tone: 'bad' }],
  ['REJECT', { words: 'finds it wrong', tone: 'bad' }],
]);

const FIXED: ReadonlyMap<string, Deed> = new Map<string, Deed>([
  ['SessionStart', { words: 'opens the session', tone: 'active' }],
  ['SessionCancel', { words: 'cancels the session', tone: 'neutral' }],
  ['SessionSuspend', { words: 'halts the session', tone: 'warning' }],
  ['SessionResume', { words: 'resumes the session', tone: 'active' }],
  ['Proposal', { words: 'proposes', tone: 'active' }],
  ['CounterProposal', { words: 'counter-offers', tone: 'active' }],
  ['Accept', { words: 'accepts', ...FOR }],
  ['Withdraw', { words: 'withdraws it', tone: 'neutral' }],
  ['Approve', { words: 'approves', ...FOR }],
  ['Reject', { words: 'rejects', ...AGAINST }],
  ['Abstain', { words: 'abstains', ...NEITHER }],
  ['ApprovalRequest', { words: 'asks for approval', tone: 'active' }],
  ['TaskRequest', { words: 'asks for it', tone: 'active' }],
  ['TaskAccept', { words: 'takes the task', ...FOR }],
  ['TaskReject', { words: 'turns the task down', ...AGAINST }],
  ['TaskUpdate', { words: 'reports progress', tone: 'active' }],
  ['TaskComplete', { words: 'completes the task', tone: 'good' }],
  ['TaskFail', { words: 'fails the task', tone: 'bad' }],
  ['HandoffOffer', { words: 'offers to hand over', tone: 'active' }],
  ['HandoffContext', { words: 'adds context', tone: 'neutral' }],
  ['HandoffAccept', { words: 'takes over', ...FOR }],
  ['HandoffDecline', { words: 'declines', ...AGAINST }],
  ['Contribute', { words: 'contributes', tone: 'active' }],
  ['Commitment', { words: 'commits', tone: 'active' }],
  ['Signal', { words: 'signals', tone: 'neutral' }],
  ['Progress', { words: 'reports progress', tone: 'active' }],
]);

/** Total: a message type nobody knows is said in its own words. */
export function deedOf(source: DeedSource): Deed {
  const { messageType, action = '', confidence, severity = '' } = source;
  if (messageType === 'Vote') return BALLOTS.get(action.toUpperCase()) ?? { words: 'votes', tone: 'neutral' };
  if (messageType === 'Evaluation') {
    const opinion = OPINIONS.get(action.toUpperCase()) ?? { words: 'evaluates it', tone: 'neutral' };
    return confidence === undefined
      ? opinion
      : { ...opinion, words: `${opinion.words}, ${percentWords(confidence)} sure` };
  }
  if (messageType === 'Objection') {
    const isGrave = severity === 'critical' || severity === 'high';
    return {
      words: severity === '' ? 'objects' : `objects: ${excerpt(severity, NAME_MAX)}`,
      tone: isGrave ? 'bad' : 'warning',
    };
  }
  return (
    FIXED.get(messageType) ?? {
      words: messageType === '' ? 'sends a message' : `sends “${messageName(messageType)}”`,
      tone: 'neutral',
    }
  );
}

/** The same for the data of an event. */
export function deedIn(data: Loose): Deed {
  return deedOf({
    messageType: textIn(data, 'messageType'),
    action: textIn(data, 'vote') || textIn(data, 'recommendation') || textIn(data, 'action'),
    confidence: numberIn(data, 'confidence'),
    severity: textIn(data, 'severity'),
  });
}

/** `Vote` → `vote`, `TaskRequest` → `task request`; what a message is called. */
export function messageName(messageType: string): string {
  return messageType.trim() === '' ? 'message' : excerpt(spaced(messageType), NAME_MAX);
}
