import { authorityOf, type EventData, type Governance } from '../../contracts/events.js';
import type { JsonObject } from '../../contracts/json.js';
import { MODE } from '../../contracts/modes.js';
import { storable } from '../../contracts/text.js';
import { cleanPayload } from '../../storage/clean-payload.js';
import { isStandardMode } from './modes.js';
import { numberIn, objectIn, textIn, textsIn } from './text.js';

/** A policy as a runtime describes it. */
export interface PolicyRead {
  readonly policyId: string;
  readonly mode: string;
  readonly description: string;
  readonly rules: JsonObject;
  readonly schemaVersion: number;
}

const NOTHING: JsonObject = {};

/** What a mode's rules amount to once their defaults are filled in, besides who may commit. */
const RULES: ReadonlyMap<string, (rules: JsonObject) => Partial<Governance>> = new Map([
  [MODE.decision, decisionRules],
  [MODE.proposal, proposalRules],
  [MODE.quorum, quorumRules],
]);

/** The data of policy.resolved. `modeName` is the session's: a policy for `*` governs by the session's mode. */
export function resolvedPolicy(modeName: string, policy: PolicyRead): EventData['policy.resolved'] {
  const { payload: rules } = cleanPayload(policy.rules, []);
  return {
    policyVersion: storable(policy.policyId),
    policyDescription: storable(policy.description),
    mode: storable(policy.mode),
    schemaVersion: policy.schemaVersion,
    rules,
    governance: governanceOf(modeName, rules),
  };
}

/** Modes outside the standard five are not evaluated against a policy: their initiator commits. */
export function governanceOf(modeName: string, rules: JsonObject): Governance {
  if (!isStandardMode(modeName)) return { authority: 'initiator_only', designatedRoles: [] };
  const commitment = objectIn(rules, 'commitment') ?? NOTHING;
  return {
    authority: authorityOf(textIn(commitment, 'authority')),
    designatedRoles: textsIn(commitment, 'designated_roles'),
    ...RULES.get(modeName)?.(rules),
  };
}

function decisionRules(rules: JsonObject): Partial<Governance> {
  const voting = objectIn(rules, 'voting') ?? NOTHING;
  const quorum = objectIn(voting, 'quorum') ?? NOTHING;
  const commitment = objectIn(rules, 'commitment') ?? NOTHING;
  return {
    algorithm: textIn(voting, 'algorithm') || 'none',
    threshold: Math.min(1, Math.max(0, numberIn(voting, 'threshold') ?? 0.5)),
    quorumType: textIn(quorum, 'type') || 'count',
    quorumValue: atLeastZero(numberIn(quorum, 'value')),
    requireVoteQuorum: commitment['require_vote_quorum'] === true,
  };
}

function proposalRules(rules: JsonObject): Partial<Governance> {
  const acceptance = objectIn(rules, 'acceptance') ?? NOTHING;
  const rejection = objectIn(rules, 'rejection') ?? NOTHING;
  return {
    criterion: textIn(acceptance, 'criterion') || 'all_parties',
    terminalOnAnyReject: rejection['terminal_on_any_reject'] === true,
  };
}

function quorumRules(rules: JsonObject): Partial<Governance> {
  const threshold = objectIn(rules, 'threshold') ?? NOTHING;
  return {
    quorumThresholdType: textIn(threshold, 'type') || 'n_of_m',
    quorumThresholdValue: atLeastZero(numberIn(threshold, 'value')),
  };
}

function atLeastZero(value: number | undefined): number {
  return Math.max(0, value ?? 0);
}
