import { authorityOf, type Governance } from '../contracts/events.js';
import type { PolicyBlock, VoteTallyRow } from '../contracts/projection.js';
import {
  DESIGNATED_ROLES_MAX,
  EVALUATIONS_MAX,
  EXPECTED_COMMITMENTS_MAX,
  MESSAGE_CHARS_MAX,
  WORD_CHARS_MAX,
} from './bounds.js';
import type { Draft } from './draft.js';
import { findProposal, proposalIdOf, type ProposalEvent } from './book.js';
import { amountOf, idOf, idsOf, isRecord, reasonsOf, textOf } from './read.js';
import { quorumStatusOf, tallyRow } from './tally.js';
import { present, type Update } from './update.js';

type ExpectedCommitment = PolicyBlock['expectedCommitments'][number];

function amend({ view }: Draft, patch: Partial<PolicyBlock>): void {
  view.policy = { ...view.policy, ...patch };
}

export const bindPolicy: Update<'session.bound'> = (draft, { data }) => {
  const policyVersion = textOf(data.policyVersion, WORD_CHARS_MAX);
  if (policyVersion !== undefined) amend(draft, { policyVersion });
};

export const resolvePolicy: Update<'policy.resolved'> = (draft, { data }) => {
  const { policy } = draft.view;
  draft.view.policy = present<PolicyBlock>({
    ...policy,
    policyVersion: textOf(data.policyVersion, WORD_CHARS_MAX) ?? policy.policyVersion,
    policyDescription: textOf(data.policyDescription, MESSAGE_CHARS_MAX) ?? policy.policyDescription,
    governance: governanceIn(data.governance) ?? policy.governance,
  });
  recount(draft, policy.expectedCommitments);
};

function governanceIn(value: unknown): Governance | undefined {
  if (!isRecord(value)) return undefined;
  const word = (key: keyof Governance): string | undefined => textOf(value[key], WORD_CHARS_MAX);
  const flag = (key: keyof Governance): boolean | undefined =>
    typeof value[key] === 'boolean' ? value[key] : undefined;
  return present<Governance>({
    authority: authorityOf(value['authority']),
    designatedRoles: idsOf(value['designatedRoles']).slice(0, DESIGNATED_ROLES_MAX),
    algorithm: word('algorithm'),
    threshold: amountOf(value['threshold']),
    quorumType: word('quorumType'),
    quorumValue: amountOf(value['quorumValue']),
    requireVoteQuorum: flag('requireVoteQuorum'),
    criterion: word('criterion'),
    terminalOnAnyReject: flag('terminalOnAnyReject'),
    quorumThresholdType: word('quorumThresholdType'),
    quorumThresholdValue: amountOf(value['quorumThresholdValue']),
  });
}

/** Keeps one row per live proposal, newest last, and recounts. Runs after the book was written. */
export const expectCommitment: Update<'proposal.created' | 'proposal.updated'> = (draft, event) => {
  const rows = draft.view.policy.expectedCommitments;
  const id = proposalIdOf(event);
  const proposal = findProposal(draft.book, id);
  const isListed = rows.some((row) => row.commitmentId === id);
  if (!proposal?.live || isListed) recount(draft, rows);
  else recount(draft, [...rows, newRow(event, id, proposal.label)].slice(-EXPECTED_COMMITMENTS_MAX));
};

function newRow(event: ProposalEvent, commitmentId: string, title: string): ExpectedCommitment {
  // Only the proposal itself describes what would be committed; an answer's reasons speak about the answer.
  const description = event.type === 'proposal.created' ? reasonsOf(event.data.reasons)[0] : undefined;
  return present<ExpectedCommitment>({ commitmentId, title, description, seq: event.seq });
}

/** Brings rows, tally and quorum in line with book and policy. */
function recount(draft: Draft, rows: readonly ExpectedCommitment[]): void {
  const { policy, decision } = draft.view;
  const roles = policy.governance?.designatedRoles ?? [];
  const requiredRoles = roles.length > 0 ? roles : undefined;
  const expected: ExpectedCommitment[] = [];
  const tally: VoteTallyRow[] = [];
  for (const row of rows) {
    const proposal = findProposal(draft.book, row.commitmentId);
    if (!proposal?.live) continue;
    const isSame = row.title === proposal.label && row.requiredRoles === requiredRoles;
    expected.push(isSame ? row : present<ExpectedCommitment>({ ...row, title: proposal.label, requiredRoles }));
    const counted = tallyRow(proposal, draft);
    if (counted !== undefined) tally.push(counted);
  }
  // What the Commitment or the end of the run has settled is not reopened by a late message.
  const isSettled = draft.book.terminal || decision.current?.finalized === true;
  const counted = {
    expectedCommitments: unlessSame(policy.expectedCommitments, expected, Object.is),
    voteTally: unlessSame(policy.voteTally, tally, isSameTally),
    quorumStatus: isSettled ? policy.quorumStatus : quorumStatusOf(draft),
  };
  // Most messages change nothing here, and a block that is the same object is not written again.
  const isChanged =
    counted.expectedCommitments !== policy.expectedCommitments ||
    counted.voteTally !== policy.voteTally ||
    counted.quorumStatus !== policy.quorumStatus;
  if (isChanged) amend(draft, counted);
}

/** The former list, if it holds the same. */
function unlessSame<T>(former: readonly T[], now: readonly T[], isSame: (a: T, b: T) => boolean): readonly T[] {
  const areSame = former.length === now.length && now.every((item, place) => isSame(item, former[place] as T));
  return areSame ? former : now;
}

function isSameTally(a: VoteTallyRow, b: VoteTallyRow): boolean {
  return (
    a.commitmentId === b.commitmentId &&
    a.allow === b.allow &&
    a.deny === b.deny &&
    a.abstain === b.abstain &&
    a.threshold === b.threshold &&
    a.quorum.required === b.quorum.required &&
    a.quorum.cast === b.quorum.cast
  );
}

export const recordEvaluation: Update<'policy.commitment.evaluated'> = (draft, { data, subject, ts, seq }) => {
  const evaluation = {
    commitmentId: idOf(data.commitmentId) || idOf(subject.id),
    decision: data.decision === 'allow' ? 'allow' : 'deny',
    reasons: reasonsOf(data.reasons),
    ts,
    seq,
  } as const;
  listEvaluation(draft, evaluation);
};

function listEvaluation(draft: Draft, evaluation: PolicyBlock['commitmentEvaluations'][number]): void {
  const { commitmentEvaluations } = draft.view.policy;
  amend(draft, { commitmentEvaluations: draft.append(commitmentEvaluations, evaluation, EVALUATIONS_MAX) });
}

/** A denial of another message than a Commitment is in the timeline only. */
export const recordDenial: Update<'policy.denied'> = (draft, { data, ts, seq }) => {
  const commitmentId = idOf(data.commitmentId);
  if (commitmentId.trim() === '') return;
  listEvaluation(draft, { commitmentId, decision: 'deny', reasons: reasonsOf(data.reasons), ts, seq });
};

/** The first Commitment settles what was pending. Runs before the decision itself is finalized. */
export const settlePolicy: Update<'decision.finalized'> = ({ view }, { data, ts }) => {
  const { policy, decision } = view;
  if (decision.current?.finalized) return;
  const outcome: unknown = data.outcomePositive;
  const settled = outcome === true ? 'reached' : 'failed';
  view.policy = present<PolicyBlock>({
    ...policy,
    outcomePositive: typeof outcome === 'boolean' ? outcome : undefined,
    resolvedAt: ts,
    quorumStatus: policy.quorumStatus === 'pending' ? settled : policy.quorumStatus,
  });
};

/** A run that ends without a decision leaves no quorum pending. */
export const failQuorum: Update<'run.failed' | 'run.cancelled'> = (draft) => {
  const { book, view } = draft;
  if (!book.terminal && view.policy.quorumStatus === 'pending') amend(draft, { quorumStatus: 'failed' });
};
