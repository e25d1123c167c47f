import { BUILT_IN_POLICIES, type PolicyDefinition } from './policies/definition.js';
import { refuseDefinition } from './policies/register.js';

/** Policies beyond this number are refused. */
const POLICIES_MAX = 10_000;

/** All policies by id. Refusals are texts; nothing changes when one is given. */
export class PolicyRegistry {
  private readonly policies = new Map<string, PolicyDefinition>(
    BUILT_IN_POLICIES.map((policy) => [policy.policyId, policy]),
  );

  find(policyId: string): PolicyDefinition | undefined {
    return this.policies.get(policyId);
  }

  /** Sorted by id; with a mode, that mode's and the `*` policies. */
  list(mode = ''): PolicyDefinition[] {
    const all = [...this.policies.values()].sort((a, b) => (a.policyId < b.policyId ? -1 : 1));
    return mode === '' ? all : all.filter((policy) => policy.mode === mode || policy.mode === '*');
  }

  /** What was registered since the start. */
  dynamic(): PolicyDefinition[] {
    return this.list().filter(({ policyId }) => !isBuiltIn(policyId));
  }

  refuseRegistration(policy: PolicyDefinition): string | undefined {
    const fault = refuseDefinition(policy);
    if (fault !== undefined) return `INVALID_POLICY_DEFINITION: ${fault}`;
    if (this.policies.has(policy.policyId)) return `policy ${policy.policyId} is already registered`;
    return this.policies.size >= POLICIES_MAX ? `more than ${POLICIES_MAX} policies` : undefined;
  }

  register(policy: PolicyDefinition): void {
    this.policies.set(policy.policyId, policy);
  }

  refuseUnregistration(policyId: string): string | undefined {
    if (isBuiltIn(policyId)) return `policy ${policyId} is built in`;
    return this.policies.has(policyId) ? undefined : `policy ${policyId} is not registered`;
  }

  unregister(policyId: string): void {
    this.policies.delete(policyId);
  }
}

function isBuiltIn(policyId: string): boolean {
  return BUILT_IN_POLICIES.some((policy) => policy.policyId === policyId);
}
