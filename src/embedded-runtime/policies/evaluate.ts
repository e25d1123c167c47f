import type { BoundRules, DecisionRules, ProposalRules, QuorumRules, TaskRules } from './rules.js';
import { faultOf } from './rules.js';

export type VoteChoice = 'APPROVE' | 'REJECT' | 'ABSTAIN';

/** What a decision session has gathered when somebody commits. */
export interface DecisionFacts {
  readonly schemaVersion: number;
  readonly participants: readonly string[];
  /** Every vote of every proposal: the tally is over all of them together. */
  readonly votes: readonly { readonly sender: string; readonly vote: VoteChoice }[];
  readonly evaluations: readonly { readonly recommendation: string; readonly confidence: number }[];
  readonly criticalObjections: number;
  readonly positive: boolean;
}

/** The evaluator knows these versions of the rule schema; under any other every Commitment is denied. */
const SCHEMA_VERSIONS = new Set([1, 2, 3]);
/** From this version on a positive Commitment needs decisive votes whenever an algorithm is set. */
const STRICT_TALLY_VERSION = 3;
const TWO_THIRDS = 2 / 3;

/** Why the policy denies a Commitment of a decision session; empty = it does not. All reasons are collected. */
export function denyDecision(bound: BoundRules<DecisionRules>, facts: DecisionFacts): readonly string[] {
  if (bound.fault !== undefined) return faultOf(bound);
  const { rules } = bound;
  return [
    ...denySchema(facts),
    ...denyEvaluation(rules, facts),
    ...denyObjections(rules, facts),
    ...denyTurnout(rules, facts),
    ...(isDeclineByObjection(rules, facts) ? [] : denyVotes(rules, facts)),
  ];
}

function denySchema({ schemaVersion }: DecisionFacts): string[] {
  return SCHEMA_VERSIONS.has(schemaVersion) ? [] : [`policy schema version ${schemaVersion} is not supported`];
}

function denyEvaluation({ evaluation }: DecisionRules, { evaluations }: DecisionFacts): string[] {
  if (!evaluation.required_before_voting) return [];
  const substantive = evaluations.filter(({ recommendation }) => recommendation !== 'REVIEW');
  if (substantive.length === 0) return ['no evaluation other than REVIEW was given'];
  const confident = substantive.some(({ confidence }) => confidence >= evaluation.minimum_confidence);
  return evaluation.minimum_confidence > 0 && !confident
    ? [`no evaluation reaches the confidence ${evaluation.minimum_confidence}`]
    : [];
}

function isVetoed({ objection_handling: rule }: DecisionRules, { criticalObjections }: DecisionFacts): boolean {
  return rule.critical_severity_vetoes && criticalObjections >= rule.veto_threshold;
}

function denyObjections(rules: DecisionRules, facts: DecisionFacts): string[] {
  if (!isVetoed(rules, facts)) return [];
  const count = `${facts.criticalObjections} critical objection(s)`;
  const action = rules.objection_handling.critical_objection_action;
  if (action === 'finalize_decline') return facts.positive ? [`${count} allow only a negative outcome`] : [];
  return action === 'hold' ? [`${count} hold the decision open`] : [`${count} veto the decision`];
}

/** A veto that finalises a decline settles the outcome, so the votes are no longer asked. */
function isDeclineByObjection(rules: DecisionRules, facts: DecisionFacts): boolean {
  const finalises = rules.objection_handling.critical_objection_action === 'finalize_decline';
  return finalises && !facts.positive && isVetoed(rules, facts);
}

function denyTurnout({ commitment, voting }: DecisionRules, { votes, participants }: DecisionFacts): string[] {
  if (!commitment.require_vote_quorum) return [];
  const voters = new Set(votes.map(({ sender }) => sender)).size;
  const { type, value } = voting.quorum;
  const turnout = type === 'percentage' ? (voters / participants.length) * 100 : voters;
  return turnout >= value ? [] : [`the vote quorum of ${value} (${type}) is not met by ${voters} voter(s)`];
}

interface Tally {
  readonly approve: number;
  readonly reject: number;
}

/** Decisive votes only. Each counts as one head, or by its sender's weight, where an unlisted sender has none. */
function tally({ voting }: DecisionRules, { votes }: DecisionFacts): Tally {
  const weights = voting.algorithm === 'weighted' ? new Map(Object.entries(voting.weights ?? {})) : undefined;
  const sum = (choice: VoteChoice): number =>
    votes.reduce((total, { sender, vote }) => {
      const weight = weights ? (weights.get(sender) ?? 0) : 1;
      return vote === choice ? total + weight : total;
    }, 0);
  return { approve: sum('APPROVE'), reject: sum('REJECT') };
}

const share = ({ approve, reject }: Tally): number => approve / (approve + reject);

/** When each algorithm is passed; an algorithm that is not here never is. */
const PASSES: Readonly<Record<string, (rules: DecisionRules, facts: DecisionFacts, count: Tally) => boolean>> = {
  majority: ({ voting }, _facts, count) => share(count) >= voting.threshold,
  supermajority: ({ voting }, _facts, count) =>
    share(count) >= (voting.threshold > 0.5 ? voting.threshold : TWO_THIRDS),
  unanimous: (_rules, { participants, votes }, count) => {
    const approvers = new Set(votes.filter(({ vote }) => vote === 'APPROVE').map(({ sender }) => sender));
    return count.reject === 0 && participants.every((participant) => approvers.has(participant));
  },
  weighted: ({ voting }, _facts, count) => share(count) >= voting.threshold,
  plurality: (_rules, _facts, count) => count.approve > count.reject,
};

function denyVotes(rules: DecisionRules, facts: DecisionFacts): string[] {
  const { algorithm } = rules.voting;
  if (algorithm === 'none') return [];
  const count = tally(rules, facts);
  if (count.approve + count.reject === 0) return denyEmptyTally(rules, facts);
  const pass = Object.hasOwn(PASSES, algorithm) ? PASSES[algorithm] : undefined;
  const passed = pass?.(rules, facts, count) ?? false;
  if (facts.positive) return passed ? [] : [`the votes do not pass by ${algorithm}`];
  if (passed) {
    const mayDecline = rules.commitment.allow_decline_over_approval && count.reject > 0;
    return mayDecline ? [] : ['the votes pass, so the outcome cannot be negative'];
  }
  return count.reject > 0 ? [] : ['a negative outcome needs at least one REJECT'];
}

function denyEmptyTally({ commitment }: DecisionRules, { positive, schemaVersion }: DecisionFacts): string[] {
  if (!positive) return ['a negative outcome needs at least one REJECT'];
  const strict = commitment.require_vote_quorum || schemaVersion >= STRICT_TALLY_VERSION;
  return strict ? ['no decisive vote was cast'] : [];
}

/** Proposal mode: the number of counter-proposals. */
export function denyProposal(bound: BoundRules<ProposalRules>, counters: number, positive: boolean): readonly string[] {
  const limit = bound.rules.counter_proposal.max_rounds;
  if (bound.fault !== undefined) return faultOf(bound);
  return positive && limit > 0 && counters > limit
    ? [`${counters} counter-proposals exceed the limit of ${limit}`]
    : [];
}

/** Task mode: whether a positive outcome has the output it needs. */
export function denyTask(bound: BoundRules<TaskRules>, hasOutput: boolean, positive: boolean): readonly string[] {
  if (bound.fault !== undefined) return faultOf(bound);
  return positive && bound.rules.completion.require_output && !hasOutput
    ? ['a positive outcome needs a completion with output']
    : [];
}

export interface QuorumFacts {
  readonly participants: number;
  readonly approvals: number;
  readonly ballots: number;
  readonly positive: boolean;
}

/** Approvals that a policy threshold asks for; undefined = the policy sets none. Rounded up, at least 1. */
export function policyApprovals({ threshold }: QuorumRules, participants: number): number | undefined {
  if (!(threshold.value > 0)) return undefined;
  const wanted = threshold.type === 'percentage' ? (threshold.value / 100) * participants : threshold.value;
  return Math.max(1, Math.ceil(wanted));
}

/** Quorum mode: a positive outcome needs the policy's threshold, a negative one at least one ballot. */
export function denyQuorum(bound: BoundRules<QuorumRules>, facts: QuorumFacts): readonly string[] {
  if (bound.fault !== undefined) return faultOf(bound);
  const needed = policyApprovals(bound.rules, facts.participants);
  if (facts.positive) {
    return needed !== undefined && facts.approvals < needed
      ? [`${facts.approvals} approval(s) do not reach the ${needed} that the policy asks for`]
      : [];
  }
  return facts.ballots === 0 ? ['a negative outcome needs at least one ballot'] : [];
}
