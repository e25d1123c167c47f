import type { Governance } from '../contracts/events.js';
import type { BookProposal, PolicyBlock, Projection, VoteTallyRow } from '../contracts/projection.js';
import { countBallots } from './book.js';
import { MODE } from '../contracts/modes.js';

/** What the numbers explain: the rules of the session and who may vote. The runtime decides; these never do. */
export type QuorumStatus = PolicyBlock['quorumStatus'];

interface Rules {
  /** Fraction 0–1 of allowed ballots at which the mode calls a proposal taken. */
  threshold(proposal: BookProposal, projection: Projection): number;
  /** Heads. */
  required(proposal: BookProposal, projection: Projection): number;
  /** Heads that count towards `required`. */
  cast(proposal: BookProposal): number;
  /** Where the session stands while there is no Commitment. */
  quorumStatus(projection: Projection): QuorumStatus;
}

/** One row, or undefined in a mode where nobody votes. */
export function tallyRow(proposal: BookProposal, projection: Projection): VoteTallyRow | undefined {
  const rules = RULES.get(projection.book.modeName);
  if (rules === undefined) return undefined;
  const { allow, deny, abstain } = countBallots(proposal);
  return {
    commitmentId: proposal.id,
    allow,
    deny,
    abstain,
    threshold: Math.min(1, Math.max(0, rules.threshold(proposal, projection))),
    quorum: { required: rules.required(proposal, projection), cast: rules.cast(proposal) },
  };
}

export function quorumStatusOf(projection: Projection): QuorumStatus {
  return RULES.get(projection.book.modeName)?.quorumStatus(projection) ?? 'pending';
}

/**
 * Approvals that make `percent` of `heads`. Reckoned as the runtime does, or a quorum would look reached that it denies:
 * in floating point 56 / 100 × 25 is more than 14.
 */
function approvalsOf(heads: number, percent: number): number {
  return Math.ceil((percent / 100) * heads);
}

/** Voters that make `percent` of `heads`. The runtime compares percentages: 29 / 100 × 100 is less than 29. */
function votersOf(heads: number, percent: number): number {
  const voters = Math.ceil((percent * heads) / 100);
  return (voters / heads) * 100 < percent ? voters + 1 : voters;
}

function governanceOf(projection: Projection): Partial<Governance> {
  return projection.view.policy.governance ?? {};
}

const ALGORITHM_THRESHOLD: ReadonlyMap<string, (rule: number) => number> = new Map([
  ['majority', (rule) => rule],
  ['weighted', (rule) => rule],
  ['supermajority', (rule) => (rule > 0.5 ? rule : 2 / 3)],
  ['unanimous', () => 1],
  ['plurality', () => 0.5],
]);
/** The rule schema's own default, should the policy not say. */
const THRESHOLD_DEFAULT = 0.5;

function votersRequired(projection: Projection): number {
  const { requireVoteQuorum, quorumType, quorumValue = 0 } = governanceOf(projection);
  if (requireVoteQuorum !== true) return 0;
  return quorumType === 'percentage' ? votersOf(projection.book.declared, quorumValue) : quorumValue;
}

const DECISION: Rules = {
  threshold: (_proposal, projection) => {
    const { algorithm = 'none', threshold = THRESHOLD_DEFAULT } = governanceOf(projection);
    return ALGORITHM_THRESHOLD.get(algorithm)?.(threshold) ?? 0;
  },
  required: (_proposal, projection) => votersRequired(projection),
  cast: (proposal) => proposal.ballots.length,
  quorumStatus: (projection) => {
    const isAsked = governanceOf(projection).requireVoteQuorum === true && projection.book.proposals.length > 0;
    return isAsked && projection.book.voters.length >= votersRequired(projection) ? 'reached' : 'pending';
  },
};

function approvalsRequired(proposal: BookProposal, projection: Projection): number {
  const { quorumThresholdType, quorumThresholdValue = 0 } = governanceOf(projection);
  if (quorumThresholdValue <= 0) return Math.max(1, proposal.requiredApprovals ?? 0);
  const isPercentage = quorumThresholdType === 'percentage';
  const { declared } = projection.book;
  return Math.max(1, isPercentage ? approvalsOf(declared, quorumThresholdValue) : Math.ceil(quorumThresholdValue));
}

const QUORUM: Rules = {
  threshold: (proposal, projection) =>
    projection.book.declared === 0 ? 0 : approvalsRequired(proposal, projection) / projection.book.declared,
  required: approvalsRequired,
  cast: (proposal) => countBallots(proposal).allow,
  quorumStatus: (projection) => {
    // A session has one request.
    const request = projection.book.proposals.find((proposal) => proposal.live);
    if (request === undefined) return 'pending';
    const required = approvalsRequired(request, projection);
    const { allow } = countBallots(request);
    const { declared } = projection.book;
    if (allow >= required) return 'reached';
    // Without knowing who may vote nothing is out of reach.
    return declared > 0 && allow + declared - request.ballots.length < required ? 'failed' : 'pending';
  },
};

const CRITERION_HEADS: ReadonlyMap<string, (declared: number) => number> = new Map([
  ['counterparty', (declared) => Math.max(0, declared - 1)],
  ['initiator', () => 1],
]);

const PROPOSAL: Rules = {
  threshold: () => 1,
  required: (_proposal, projection) => {
    const { criterion = '' } = governanceOf(projection);
    const { declared } = projection.book;
    return CRITERION_HEADS.get(criterion)?.(declared) ?? declared;
  },
  cast: (proposal) => countBallots(proposal).allow,
  quorumStatus: (projection) => {
    if (projection.book.terminalRejects.length > 0) return 'failed';
    return isConverged(projection) ? 'reached' : 'pending';
  },
};

/** Whether a live proposal has the standing accepts that the criterion asks for. */
function isConverged(projection: Projection): boolean {
  const { book, view } = projection;
  const { criterion } = governanceOf(projection);
  if (criterion === 'initiator') {
    const accepted = book.accepts.find(([sender]) => sender === view.run.initiator)?.[1];
    return book.proposals.some((proposal) => proposal.live && proposal.id === accepted);
  }
  if (book.declared === 0 || book.accepts.length < book.declared - 1) return false;
  // One pass over the participants and one over the accepts: this runs with every message of a crowd.
  const declared = new Set(view.participants.filter((each) => each.declared).map((each) => each.participantId));
  const acceptedBy = new Map<string, Set<string>>(book.proposals.map(({ id }) => [id, new Set()]));
  for (const [sender, id] of book.accepts) if (declared.has(sender)) acceptedBy.get(id)?.add(sender);
  return book.proposals.some(({ id, live, by }) => {
    const accepting = acceptedBy.get(id) ?? new Set();
    // Under `counterparty` the proposer's own accept is neither asked for nor counted.
    const isSpared = criterion === 'counterparty' && declared.has(by);
    const counted = accepting.size - (isSpared && accepting.has(by) ? 1 : 0);
    return live && counted >= book.declared - (isSpared ? 1 : 0);
  });
}

const RULES: ReadonlyMap<string, Rules> = new Map([
  [MODE.decision, DECISION],
  [MODE.quorum, QUORUM],
  [MODE.proposal, PROPOSAL],
]);
