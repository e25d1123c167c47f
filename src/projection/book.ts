import type { EventOf } from '../contracts/events.js';
import type { Ballot, BookProposal, ProjectionBook } from '../contracts/projection.js';
import { BALLOTS_MAX, BOOK_PROPOSALS_MAX, LABEL_CHARS_MAX, VOTERS_MAX, WORD_CHARS_MAX } from './bounds.js';
import { MODE } from '../contracts/modes.js';
import { amountOf, flagOf, idOf, numberOf, textOf } from './read.js';
import { present } from './update.js';

export type ProposalEvent = EventOf<'proposal.created' | 'proposal.updated'>;

/** What stands in the book once a message has been entered. */
export interface Entered {
  readonly book: ProjectionBook;
  /** The ballot of this very message, if it is the one that now counts. */
  readonly cast?: Ballot;
}

/** What the rules read of a message about a proposal. */
interface Message {
  readonly sender: string;
  readonly vote: string;
  readonly confidence: number | undefined;
  /** For a rejection: it ends the negotiation, by its own word or by the policy's. */
  readonly terminal: boolean;
}

type Rule = (book: ProjectionBook, proposal: BookProposal, message: Message) => Entered;

/** Enters a message about a proposal: makes the proposal known, then applies the rule of its mode and type. */
export function enter(book: ProjectionBook, event: ProposalEvent, terminalOnAnyReject: boolean): Entered {
  const { data } = event;
  const modeName = textOf(data.modeName, WORD_CHARS_MAX) ?? book.modeName;
  const known = introduce(book.modeName === '' ? { ...book, modeName } : book, event);
  const rule = RULES.get(`${modeName} ${textOf(data.messageType, WORD_CHARS_MAX) ?? ''}`);
  const proposal = findProposal(known, proposalIdOf(event));
  // The runtime takes nothing on a withdrawn proposal.
  if (rule === undefined || !proposal?.live) return { book: known };
  return rule(known, proposal, {
    sender: idOf(data.sender),
    vote: (textOf(data.vote, WORD_CHARS_MAX) ?? '').toUpperCase(),
    confidence: numberOf(data.confidence),
    terminal: terminalOnAnyReject || flagOf(data['terminal']),
  });
}

export function proposalIdOf({ data, subject }: ProposalEvent): string {
  const id = idOf(data.proposalId);
  return id === '' ? idOf(subject.id) : id;
}

export function findProposal(book: ProjectionBook, id: string): BookProposal | undefined {
  return book.proposals.find((proposal) => proposal.id === id);
}

export function ballotOf(book: ProjectionBook, id: string, sender: string): Ballot | undefined {
  return findProposal(book, id)?.ballots.find(([voter]) => voter === sender)?.[1];
}

type Ballots = Readonly<Record<Ballot, number>>;

export function countBallots(proposal: BookProposal): Ballots {
  const counts = { allow: 0, deny: 0, abstain: 0 };
  for (const [, ballot] of proposal.ballots) counts[ballot] += 1;
  return counts;
}

/** The live proposal with the most allowed, then the fewest denied, then the highest seq. */
export function leadingProposal(book: ProjectionBook): BookProposal | undefined {
  let leading: { readonly proposal: BookProposal; readonly counts: Ballots } | undefined;
  for (const proposal of book.proposals) {
    if (!proposal.live) continue;
    const counts = countBallots(proposal);
    const lead =
      leading === undefined
        ? 1
        : counts.allow - leading.counts.allow ||
          leading.counts.deny - counts.deny ||
          proposal.seq - leading.proposal.seq;
    if (lead > 0) leading = { proposal, counts };
  }
  return leading?.proposal;
}

/** Makes the proposal of this message known. A contribution renews the label it goes by. */
function introduce(book: ProjectionBook, event: ProposalEvent): ProjectionBook {
  const id = proposalIdOf(event);
  const known = findProposal(book, id);
  const value = contributedValue(event);
  if (known === undefined) return add(book, newProposal(id, event, value));
  return value === undefined ? book : replace(book, { ...known, label: value, seq: event.seq });
}

function contributedValue({ data }: ProposalEvent): string | undefined {
  if (data.messageType !== 'Contribute') return undefined;
  return textOf(data['value'], LABEL_CHARS_MAX) ?? textOf(data.action, LABEL_CHARS_MAX);
}

function newProposal(id: string, event: ProposalEvent, value: string | undefined): BookProposal {
  const { data } = event;
  // A message about a proposal nobody heard of tells neither its label nor who made it.
  const isProposed = event.type === 'proposal.created';
  const label = isProposed ? textOf(data.action, LABEL_CHARS_MAX) : value;
  return present<BookProposal>({
    id,
    label: label ?? id,
    by: isProposed || value !== undefined ? idOf(data.sender) : '',
    seq: event.seq,
    live: true,
    requiredApprovals: isProposed ? amountOf(data['requiredApprovals']) : undefined,
    ballots: [],
    evaluations: [],
  });
}

function add(book: ProjectionBook, proposal: BookProposal): ProjectionBook {
  const roomy = book.proposals.length < BOOK_PROPOSALS_MAX ? book : forget(book, dispensable(book));
  return { ...roomy, proposals: [...roomy.proposals, proposal] };
}

/** Whom the book misses least: the oldest withdrawn proposal, else the oldest nobody has voted on, else the oldest. */
function dispensable(book: ProjectionBook): BookProposal | undefined {
  const { proposals } = book;
  return (
    proposals.find((proposal) => !proposal.live) ??
    proposals.find((proposal) => proposal.ballots.length === 0) ??
    proposals[0]
  );
}

function forget(book: ProjectionBook, forgotten: BookProposal | undefined): ProjectionBook {
  return {
    ...book,
    proposals: book.proposals.filter((proposal) => proposal !== forgotten),
    accepts: book.accepts.filter(([, id]) => id !== forgotten?.id),
    terminalRejects: book.terminalRejects.filter((id) => id !== forgotten?.id),
  };
}

function replace(book: ProjectionBook, proposal: BookProposal): ProjectionBook {
  return { ...book, proposals: book.proposals.map((other) => (other.id === proposal.id ? proposal : other)) };
}

/** The entry list with one key set; a new key beyond the limit is refused (undefined). */
function setEntry<V>(
  entries: readonly (readonly [string, V])[],
  key: string,
  value: V,
  countMax: number,
): readonly (readonly [string, V])[] | undefined {
  const index = entries.findIndex(([known]) => known === key);
  if (index >= 0) return entries.with(index, [key, value]);
  return entries.length < countMax ? [...entries, [key, value]] : undefined;
}

/** Sets the sender's ballot, replacing an earlier one. A ballot beyond the limit does not count. */
function cast(book: ProjectionBook, proposal: BookProposal, sender: string, ballot: Ballot): Entered {
  const ballots = setEntry(proposal.ballots, sender, ballot, BALLOTS_MAX);
  if (ballots === undefined) return { book };
  const isNew = book.voters.length < VOTERS_MAX && !book.voters.includes(sender);
  const voters = isNew ? [...book.voters, sender] : book.voters;
  return { book: { ...replace(book, { ...proposal, ballots }), voters }, cast: ballot };
}

/** Where the runtime refuses a second ballot: the first one of a sender counts. */
function castFirst(ballotIn: (message: Message) => Ballot | undefined): Rule {
  return (book, proposal, message) => {
    const ballot = ballotIn(message);
    const hasVoted = proposal.ballots.some(([voter]) => voter === message.sender);
    return ballot === undefined || hasVoted ? { book } : cast(book, proposal, message.sender, ballot);
  };
}

/** Where a sender may think again: the last ballot counts. */
function castLatest(ballot: Ballot): Rule {
  return (book, proposal, { sender }) => cast(book, proposal, sender, ballot);
}

const VOTES: ReadonlyMap<string, Ballot> = new Map([
  ['APPROVE', 'allow'],
  ['REJECT', 'deny'],
  ['ABSTAIN', 'abstain'],
]);

const evaluate: Rule = (book, proposal, { sender, confidence }) => {
  if (confidence === undefined) return { book };
  const evaluations = setEntry(proposal.evaluations, sender, confidence, BALLOTS_MAX);
  return { book: evaluations === undefined ? book : replace(book, { ...proposal, evaluations }) };
};

/** A sender stands behind one proposal at a time: accepting another takes the former acceptance back. */
const accept: Rule = (book, proposal, { sender }) => {
  const accepts = setEntry(book.accepts, sender, proposal.id, VOTERS_MAX);
  if (accepts === undefined) return { book };
  const former = book.proposals.map((other) => {
    const kept = other.ballots.filter(([voter, ballot]) => voter !== sender || ballot !== 'allow');
    return other.id === proposal.id || kept.length === other.ballots.length ? other : { ...other, ballots: kept };
  });
  const entered = cast({ ...book, proposals: former }, proposal, sender, 'allow');
  return { ...entered, book: { ...entered.book, accepts } };
};

const reject: Rule = (book, proposal, { sender, terminal }) => {
  const entered = cast(book, proposal, sender, 'deny');
  if (!terminal || book.terminalRejects.includes(proposal.id)) return entered;
  return { ...entered, book: { ...entered.book, terminalRejects: [...book.terminalRejects, proposal.id] } };
};

const withdraw: Rule = (book, proposal) => ({
  book: {
    ...replace(book, { ...proposal, live: false, ballots: [] }),
    accepts: book.accepts.filter(([, id]) => id !== proposal.id),
    terminalRejects: book.terminalRejects.filter((id) => id !== proposal.id),
  },
});

/** Every message that counts. What is not here (objections, updates, contexts, completions) is listed, not counted. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [`${MODE.decision} Vote`, castFirst(({ vote }) => VOTES.get(vote))],
  [`${MODE.decision} Evaluation`, evaluate],
  [`${MODE.quorum} Approve`, castFirst(() => 'allow')],
  [`${MODE.quorum} Reject`, castFirst(() => 'deny')],
  [`${MODE.quorum} Abstain`, castFirst(() => 'abstain')],
  [`${MODE.proposal} Accept`, accept],
  [`${MODE.proposal} Reject`, reject],
  [`${MODE.proposal} Withdraw`, withdraw],
  [`${MODE.handoff} HandoffAccept`, castLatest('allow')],
  [`${MODE.handoff} HandoffDecline`, castLatest('deny')],
  [`${MODE.task} TaskAccept`, castLatest('allow')],
  [`${MODE.task} TaskReject`, castLatest('deny')],
]);
