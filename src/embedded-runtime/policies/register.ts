import type { z } from 'zod';
import type { JsonObject } from '../../contracts/json.js';
import { MODE } from '../../contracts/modes.js';
import { isBlank } from '../text.js';
import { DEFAULT_POLICY_ID, STANDARD_PREFIX, type PolicyDefinition } from './definition.js';
import {
  decisionRules,
  handoffRules,
  proposalRules,
  quorumRules,
  taskRules,
  type CommitmentRules,
  type DecisionRules,
  type QuorumRules,
} from './rules.js';

// Names that the evaluator does not know may be registered: an unknown algorithm never passes, an unknown authority
// means the initiator. What is refused here is of the wrong type or out of range.

/** Undefined = nothing speaks against the value. */
type Fault = string | undefined;
type Check = (json: JsonObject) => Fault;

const MAJORITY_MIN = 0.5;
const PERCENT_MAX = 100;

function check<R extends CommitmentRules>(shape: z.ZodType<R>, more: (rules: R) => Fault = () => undefined): Check {
  return (json) => {
    const parsed = shape.safeParse(json);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return `rules.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not of the expected shape'}`;
    }
    return checkAuthority(parsed.data) ?? more(parsed.data);
  };
}

function checkAuthority({ commitment }: CommitmentRules): Fault {
  const isEmpty = commitment.designated_roles.length === 0;
  return commitment.authority === 'designated_role' && isEmpty ? 'designated_role needs designated_roles' : undefined;
}

function checkDecision({ voting, objection_handling, evaluation }: DecisionRules): Fault {
  const { algorithm, threshold, quorum } = voting;
  if (!(threshold > 0 && threshold <= 1)) return 'voting.threshold must lie above 0 and not above 1';
  if (algorithm === 'majority' && threshold < MAJORITY_MIN) return 'majority needs a threshold of 0.5 or more';
  if (algorithm === 'supermajority' && threshold <= MAJORITY_MIN) return 'supermajority needs a threshold above 0.5';
  const fault = checkWeights(voting);
  if (fault !== undefined) return fault;
  if (quorum.value < 0) return 'voting.quorum.value must not be negative';
  if (objection_handling.veto_threshold < 1) return 'objection_handling.veto_threshold must be 1 or more';
  const { minimum_confidence: confidence } = evaluation;
  return confidence >= 0 && confidence <= 1 ? undefined : 'evaluation.minimum_confidence must lie between 0 and 1';
}

function checkWeights({ algorithm, weights }: DecisionRules['voting']): Fault {
  if (weights === undefined) return algorithm === 'weighted' ? 'weighted needs voting.weights' : undefined;
  const values = Object.values(weights);
  if (values.length === 0) return 'voting.weights must not be empty';
  return values.every((weight) => weight > 0) ? undefined : 'voting.weights must be above 0';
}

function checkQuorum({ threshold }: QuorumRules): Fault {
  if (threshold.value < 0) return 'threshold.value must not be negative';
  const isExcessive = threshold.type === 'percentage' && threshold.value > PERCENT_MAX;
  return isExcessive ? 'threshold.value must not exceed 100 percent' : undefined;
}

const CHECKS: Readonly<Record<string, Check>> = {
  [MODE.decision]: check(decisionRules, checkDecision),
  [MODE.proposal]: check(proposalRules),
  [MODE.task]: check(taskRules),
  [MODE.handoff]: check(handoffRules),
  [MODE.quorum]: check(quorumRules, checkQuorum),
};

/** A policy for all modes must fit each of them; rules for an extension mode mean nothing to us and may be any object. */
function checksFor(mode: string): readonly Check[] {
  if (mode === '*') return Object.values(CHECKS);
  const own = Object.hasOwn(CHECKS, mode) ? CHECKS[mode] : undefined;
  return own ? [own] : [];
}

/** Why a policy cannot be registered, apart from its id being taken; undefined = it can. */
export function refuseDefinition({ policyId, mode, schemaVersion, rules }: PolicyDefinition): Fault {
  if (isBlank(policyId)) return 'policy_id must not be blank';
  if (policyId === DEFAULT_POLICY_ID) return `${DEFAULT_POLICY_ID} is built in`;
  if (policyId.startsWith(STANDARD_PREFIX)) return `the prefix ${STANDARD_PREFIX} is reserved`;
  if (schemaVersion === 0) return 'schema_version must be 1 or more';
  return checksFor(mode)
    .map((one) => one(rules))
    .find((fault) => fault !== undefined);
}
