import type { RunState } from '../api/types.js';
import { MODE } from './modes.js';
import { shortName } from './names.js';
import {
  excerpt,
  listWords,
  looseIn,
  NAME_MAX,
  numberIn,
  percentWords,
  thresholdWords,
  spaced,
  textIn,
  textsIn,
  type Loose,
} from './read.js';
import { spanWords } from './time.js';

/** Names listed in a sentence before the rest is counted. */
const NAMES_MAX = 5;

/** A policy’s rules as sentences, defaults included. Total: rules are whatever somebody registered. */
export function policySentences({ mode, rules }: { readonly mode: string; readonly rules: Loose }): readonly string[] {
  const commitment = looseIn(rules, 'commitment');
  const says = (known: string, section: string): boolean =>
    mode === known || (mode === '*' && Object.hasOwn(rules, section));
  return [
    authoritySentence(textIn(commitment, 'authority'), textsIn(commitment, 'designated_roles')),
    ...(says(MODE.decision, 'voting') ? decisionSentences(rules, commitment) : []),
    ...(says(MODE.proposal, 'counter_proposal') ? proposalSentences(rules) : []),
    ...(says(MODE.task, 'assignment') || says(MODE.task, 'completion') ? taskSentences(rules) : []),
    ...(mode === MODE.handoff ? [handoffSentence(looseIn(rules, 'acceptance'))] : []),
    ...(says(MODE.quorum, 'threshold') ? quorumSentences(rules) : []),
  ];
}

/** The same for the policy that governs a run, as its state tells it. */
export function governanceSentences({ run, policy }: RunState): readonly string[] {
  const { governance } = policy;
  if (governance === undefined) return [];
  const sentences = [authoritySentence(governance.authority, governance.designatedRoles)];
  if (run.modeName === MODE.decision) {
    sentences.push(
      votingSentence(governance.algorithm ?? 'none', governance.threshold),
      ...turnoutSentences(
        governance.requireVoteQuorum === true,
        governance.quorumType ?? '',
        governance.quorumValue ?? 0,
      ),
    );
  }
  if (run.modeName === MODE.proposal) {
    sentences.push(criterionSentence(governance.criterion ?? ''));
    if (governance.terminalOnAnyReject === true) sentences.push('One rejection ends the negotiation.');
  }
  if (run.modeName === MODE.quorum) {
    sentences.push(thresholdSentence(governance.quorumThresholdType ?? '', governance.quorumThresholdValue ?? 0));
  }
  return sentences;
}

function authoritySentence(authority: string, roles: readonly string[]): string {
  if (authority === 'any_participant') return 'Any participant may commit the decision.';
  if (authority !== 'designated_role') return 'Only whoever opened the session may commit the decision.';
  const names = roles.map((name) => excerpt(shortName(name), NAME_MAX));
  return names.length === 0
    ? 'Nobody is named who may commit.'
    : `Only ${listWords(names, NAMES_MAX)} may commit the decision.`;
}

function decisionSentences(rules: Loose, commitment: Loose): readonly string[] {
  const voting = looseIn(rules, 'voting');
  const quorum = looseIn(voting, 'quorum');
  const objections = looseIn(rules, 'objection_handling');
  const evaluation = looseIn(rules, 'evaluation');
  const sentences = [
    votingSentence(textIn(voting, 'algorithm') || 'none', numberIn(voting, 'threshold')),
    ...turnoutSentences(
      commitment['require_vote_quorum'] === true,
      textIn(quorum, 'type'),
      numberIn(quorum, 'value') ?? 0,
    ),
  ];
  if (objections['critical_severity_vetoes'] === true) sentences.push(vetoSentence(objections));
  if (evaluation['required_before_voting'] === true) sentences.push(evaluationSentence(evaluation));
  if (commitment['allow_decline_over_approval'] === true) {
    sentences.push('A decision against may be committed even when the votes are for it.');
  }
  return sentences;
}

/** The runtime’s own rules: a share is met when it is reached, and abstentions are in no denominator. */
function votingSentence(algorithm: string, threshold = 0.5): string {
  switch (algorithm) {
    case 'none':
      return 'Votes inform the decision; they do not bind it.';
    case 'majority':
      return `Passes when ${thresholdWords(threshold)} of the votes for and against are for it; abstentions do not count.`;
    case 'supermajority':
      return `Passes when ${thresholdWords(threshold > 0.5 ? threshold : 2 / 3)} of the votes for and against are for it; abstentions do not count.`;
    case 'weighted':
      return `Passes when ${thresholdWords(threshold)} of the weight of the votes for and against is for it.`;
    case 'unanimous':
      return 'Passes when every participant votes for it and nobody against.';
    case 'plurality':
      return 'Passes when more votes are for it than against; a tie does not pass.';
    default:
      return `Counts votes by a rule called “${excerpt(spaced(algorithm), NAME_MAX)}”.`;
  }
}

function turnoutSentences(isRequired: boolean, type: string, value: number): readonly string[] {
  if (!isRequired || value <= 0) return [];
  if (type === 'percentage') return [`At least ${value} % of the participants must have voted.`];
  return [`At least ${value} ${value === 1 ? 'participant' : 'participants'} must have voted.`];
}

function vetoSentence(objections: Loose): string {
  const count = Math.max(1, numberIn(objections, 'veto_threshold') ?? 1);
  const who = count === 1 ? 'One critical objection' : `${count} critical objections`;
  const action = textIn(objections, 'critical_objection_action');
  if (action === 'finalize_decline') return `${who} ${count === 1 ? 'makes' : 'make'} a decision for it impossible.`;
  return `${who} ${count === 1 ? 'stops' : 'stop'} any decision.`;
}

function evaluationSentence(evaluation: Loose): string {
  const confidence = numberIn(evaluation, 'minimum_confidence') ?? 0;
  return confidence > 0
    ? `Somebody must have evaluated it first, being at least ${percentWords(confidence)} sure.`
    : 'Somebody must have evaluated it first.';
}

function proposalSentences(rules: Loose): readonly string[] {
  const sentences = [criterionSentence(textIn(looseIn(rules, 'acceptance'), 'criterion'))];
  const rounds = numberIn(looseIn(rules, 'counter_proposal'), 'max_rounds') ?? 0;
  if (rounds > 0) sentences.push(`At most ${rounds} counter-offers.`);
  if (looseIn(rules, 'rejection')['terminal_on_any_reject'] === true)
    sentences.push('One rejection ends the negotiation.');
  return sentences;
}

function criterionSentence(criterion: string): string {
  if (criterion === 'counterparty') return 'Agreed when everybody but the proposer accepts the same proposal.';
  if (criterion === 'initiator') return 'Agreed when whoever opened the session accepts a proposal.';
  return 'Agreed when everybody accepts the same proposal, its proposer included.';
}

function taskSentences(rules: Loose): readonly string[] {
  const isReassigned = looseIn(rules, 'assignment')['allow_reassignment_on_reject'] === true;
  const needsOutput = looseIn(rules, 'completion')['require_output'] === true;
  return [
    isReassigned
      ? 'A task that was turned down may go to somebody else.'
      : 'A task that was turned down goes to nobody else.',
    ...(needsOutput ? ['It counts as done only with a result.'] : []),
  ];
}

function handoffSentence(acceptance: Loose): string {
  const ms = numberIn(acceptance, 'implicit_accept_timeout_ms') ?? 0;
  return ms > 0 ? `Silence for ${spanWords(ms)} counts as taking over.` : 'Only an answer counts as taking over.';
}

function quorumSentences(rules: Loose): readonly string[] {
  const threshold = looseIn(rules, 'threshold');
  return [thresholdSentence(textIn(threshold, 'type'), numberIn(threshold, 'value') ?? 0)];
}

function thresholdSentence(type: string, value: number): string {
  if (value <= 0) return 'Approved when as many approve as the request asks for.';
  if (type === 'percentage') return `Approved when ${value} % of the participants approve.`;
  return `Approved when ${Math.ceil(value)} approve.`;
}
