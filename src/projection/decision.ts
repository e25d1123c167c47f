import type { CurrentDecision, DecisionProposal, Projection } from '../contracts/projection.js';
import type { EventOf } from '../contracts/events.js';
import { ACTION_CHARS_MAX, DECISION_ENTRIES_MAX, LABEL_CHARS_MAX, REASON_CHARS_MAX, WORD_CHARS_MAX } from './bounds.js';
import type { Draft } from './draft.js';
import { ballotOf, enter, leadingProposal, proposalIdOf, type Entered, type ProposalEvent } from './book.js';
import { idOf, isRecord, numberOf, reasonsOf, textOf } from './read.js';
import { present, type Update } from './update.js';

/** Enters a message about a proposal into the book, and shows what now leads. */
export const weigh: Update<'proposal.created' | 'proposal.updated'> = (draft, event) => {
  const { view } = draft;
  const terminalOnAnyReject = view.policy.governance?.terminalOnAnyReject ?? false;
  const entered = enter(draft.book, event, terminalOnAnyReject);
  draft.book = entered.book;
  const former = view.decision.current;
  const proposals = relist(draft, event, entered);
  const current = former?.finalized
    ? { ...former, proposals }
    : leaning(draft, reasonsOf(event.data.reasons), proposals);
  view.decision = { current };
};

/** What the run leans to before the Commitment: an explanation, never a decision. */
function leaning(
  projection: Projection,
  reasons: readonly string[],
  proposals: readonly DecisionProposal[],
): CurrentDecision {
  const former = projection.view.decision.current;
  const leading = leadingProposal(projection.book);
  return present<CurrentDecision>({
    action: leading?.label ?? former?.action ?? '',
    proposalId: leading?.id ?? former?.proposalId,
    confidence: leading === undefined ? former?.confidence : meanConfidence(leading.evaluations),
    // When nothing leads any more, a withdrawal's own reasons are not those for what is still shown.
    reasons: leading !== undefined && reasons.length > 0 ? reasons : (former?.reasons ?? []),
    finalized: false,
    prompt: promptOf(projection),
    proposals,
  });
}

function promptOf({ book, view }: Projection): string | undefined {
  return book.decisionPrompt ?? view.run.intent;
}

function meanConfidence(evaluations: readonly (readonly [string, number])[]): number | undefined {
  const sum = evaluations.reduce((total, [, confidence]) => total + confidence, 0);
  return evaluations.length === 0 ? undefined : numberOf(sum / evaluations.length);
}

/** Messages about a proposal that say nothing about whether to take it. */
const UNLISTED: readonly unknown[] = ['TaskUpdate', 'HandoffContext'];

/** The entries with this message's own; `vote` stays only where the ballot still counts. */
function relist(draft: Draft, event: ProposalEvent, { book, cast }: Entered): readonly DecisionProposal[] {
  const entries = draft.view.decision.current?.proposals ?? [];
  const sender = idOf(event.data.sender);
  const proposalId = proposalIdOf(event);
  const recounted = (entry: DecisionProposal): DecisionProposal => {
    if (entry.vote === undefined) return entry;
    const isReplaced = cast !== undefined && entry.participantId === sender && entry.proposalId === proposalId;
    const counts = !isReplaced && ballotOf(book, entry.proposalId, entry.participantId) === entry.vote;
    return counts ? entry : present<DecisionProposal>({ ...entry, vote: undefined });
  };
  const kept = entries.some(({ vote }) => vote !== undefined) ? entries.map(recounted) : entries;
  if (UNLISTED.includes(event.data.messageType)) return kept;
  return draft.append(kept, entryOf(event, sender, proposalId, cast), DECISION_ENTRIES_MAX);
}

function entryOf(
  { data, ts, seq }: ProposalEvent,
  participantId: string,
  proposalId: string,
  cast: Entered['cast'],
): DecisionProposal {
  return present<DecisionProposal>({
    participantId,
    proposalId,
    messageType: textOf(data.messageType, WORD_CHARS_MAX) ?? '',
    action: textOf(data.action, LABEL_CHARS_MAX) ?? '',
    confidence: numberOf(data.confidence),
    severity: textOf(data.severity, WORD_CHARS_MAX),
    reasons: reasonsOf(data.reasons),
    ts,
    seq,
    vote: cast === 'abstain' ? undefined : cast,
  });
}

/** The first Commitment decides, once and for all. */
export const finalize: Update<'decision.finalized'> = (draft, event) => {
  const former = draft.view.decision.current;
  if (former?.finalized) return;
  const { data, ts, seq } = event;
  const current = present<CurrentDecision>({
    action: textOf(data.action, ACTION_CHARS_MAX) ?? '',
    proposalId: former?.proposalId,
    confidence: former?.confidence,
    reasons: reasonsOf([textOf(data.reason, REASON_CHARS_MAX)]),
    finalized: true,
    outcomePositive: outcomeOf(data.outcomePositive),
    commitmentId: commitmentIdOf(event),
    resolvedAt: ts,
    resolvedBy: idOf(data.sender),
    seq,
    supersedes: supersededBy(data.supersedes),
    prompt: former?.prompt ?? promptOf(draft),
    proposals: former?.proposals ?? [],
  });
  draft.view.decision = { current };
};

/** True or false as committed; null when it could not be read. */
export function outcomeOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function commitmentIdOf({ data, subject }: EventOf<'decision.finalized'>): string {
  const id = idOf(data.commitmentId);
  return id.trim() === '' ? idOf(subject.id) : id;
}

/** Both halves or nothing: half a reference leads nowhere. */
function supersededBy(value: unknown): CurrentDecision['supersedes'] {
  if (!isRecord(value)) return undefined;
  const sessionId = idOf(value['sessionId']);
  const commitmentHash = idOf(value['commitmentHash']);
  return sessionId.trim() === '' || commitmentHash.trim() === '' ? undefined : { sessionId, commitmentHash };
}
