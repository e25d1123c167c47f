import { Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import type { PolicyDescription, PolicyRegistration } from '../runtime/runtime-provider.interface.js';
import { RuntimeQueryService } from './runtime-query.service.js';

/** A policy as clients see it. */
export type PolicyView = Omit<PolicyDescription, 'registeredAtUnixMs'> & {
  /** Absent when the runtime does not tell. */
  readonly registeredAtUnixMs?: number;
};

/** The policies of a runtime. It keeps them; nothing of them is stored here. */
@Injectable()
export class PolicyService {
  constructor(private readonly runtime: RuntimeQueryService) {}

  async list(kind: string | undefined, mode: string | undefined): Promise<readonly PolicyView[]> {
    const policies = await this.runtime.read(kind, (provider, signal) => provider.listPolicies(mode ?? '', signal));
    return policies.map(toView);
  }

  /** Throws RESOURCE_NOT_FOUND. */
  async get(kind: string | undefined, policyId: string): Promise<PolicyView> {
    const policy = await this.runtime.read(kind, (provider, signal) => provider.findPolicy(policyId, signal));
    if (policy !== undefined) return toView(policy);
    throw new AppError('RESOURCE_NOT_FOUND', 'The runtime does not know this policy.', { policyId });
  }

  /** The policy as the runtime has it now; where it cannot be read, as it was registered. */
  async register(kind: string | undefined, policy: PolicyRegistration): Promise<PolicyView> {
    await this.runtime.read(kind, (provider, signal) => provider.registerPolicy(policy, signal));
    return this.get(kind, policy.policyId).catch(() => policy);
  }

  async unregister(
    kind: string | undefined,
    policyId: string,
  ): Promise<{ readonly ok: true; readonly policyId: string }> {
    await this.runtime.read(kind, (provider, signal) => provider.unregisterPolicy(policyId, signal));
    return { ok: true, policyId };
  }
}

/** Runtimes that do not tell when a policy was registered say 0, which a page would show as 1970. */
function toView({ registeredAtUnixMs, ...policy }: PolicyDescription): PolicyView {
  return registeredAtUnixMs > 0 ? { ...policy, registeredAtUnixMs } : policy;
}
