import type { JsonObject } from '../../contracts/json.js';
import { MODE } from '../../contracts/modes.js';

/** A policy as it is registered and bound. Two are the same if id, schema version and rules are. */
export interface PolicyDefinition {
  readonly policyId: string;
  /** `*` or a mode name. */
  readonly mode: string;
  readonly description: string;
  readonly rules: JsonObject;
  readonly schemaVersion: number;
}

export const DEFAULT_POLICY_ID = 'policy.default';
export const STANDARD_PREFIX = 'policy.std.';

const PERMISSIVE_RULES: JsonObject = {
  voting: { algorithm: 'none', quorum: { type: 'count', value: 0 } },
  objection_handling: { critical_severity_vetoes: false, veto_threshold: 1 },
  evaluation: { required_before_voting: false, minimum_confidence: 0 },
  commitment: { authority: 'initiator_only', designated_roles: [], require_vote_quorum: false },
};

function standard(name: string, description: string, voting: JsonObject): PolicyDefinition {
  return {
    policyId: `${STANDARD_PREFIX}${name}`,
    mode: MODE.decision,
    description,
    schemaVersion: 1,
    rules: { voting, commitment: { require_vote_quorum: true } },
  };
}

/** Registered from the start; they can be neither replaced nor unregistered. */
export const BUILT_IN_POLICIES: readonly PolicyDefinition[] = [
  {
    policyId: DEFAULT_POLICY_ID,
    mode: '*',
    description: 'No governance beyond the rules of the mode; the initiator commits.',
    schemaVersion: 1,
    rules: PERMISSIVE_RULES,
  },
  standard('majority', 'At least half of the decisive votes approve; one vote is enough to count.', {
    algorithm: 'majority',
    threshold: 0.5,
    quorum: { type: 'count', value: 1 },
  }),
  standard('supermajority', 'At least two thirds of the decisive votes approve, with two voters or more.', {
    algorithm: 'supermajority',
    threshold: 0.6666666666666666,
    quorum: { type: 'count', value: 2 },
  }),
  standard('unanimous', 'Every participant approves and nobody rejects.', {
    algorithm: 'unanimous',
    quorum: { type: 'count', value: 1 },
  }),
];
