import { create } from '@bufbuild/protobuf';
import { cut, storable } from '../contracts/text.js';
import { AppError } from '../errors/app-error.js';
import * as core from '../gen/macp/v1/core_pb.js';
import * as policy from '../gen/macp/v1/policy_pb.js';
import type { RuntimeCalls } from './runtime-calls.client.js';
import type { PolicyDescription, PolicyRegistration } from './runtime-provider.interface.js';

/** Longest text of the runtime repeated in our message, in UTF-16 units. */
const REASON_UNITS_MAX = 300;
const RPC = core.MACPRuntimeService.method;

/**
 * Changes of a runtime's policy registry. The runtime refuses with a text and no code, so what a refusal means is found
 * out by asking whether the policy is there, and never by reading the text.
 */
export class RuntimePolicies {
  constructor(
    private readonly calls: RuntimeCalls,
    private readonly find: (policyId: string, signal?: AbortSignal) => Promise<PolicyDescription | undefined>,
  ) {}

  /** Throws CONFLICT when the id is taken, INVALID_POLICY_DEFINITION when the runtime does not want the policy. */
  async register(given: PolicyRegistration, signal?: AbortSignal): Promise<void> {
    const policyDescriptor = create(policy.PolicyDescriptorSchema, { ...given, rules: JSON.stringify(given.rules) });
    const request = create(policy.RegisterPolicyRequestSchema, { policyDescriptor });
    const { ok, error } = await this.calls.own(RPC.registerPolicy, request, signal);
    if (ok) return;
    const isTaken = (await this.find(given.policyId, signal)) !== undefined;
    const code = isTaken ? 'CONFLICT' : 'INVALID_POLICY_DEFINITION';
    throw new AppError(code, `The runtime did not register the policy: ${said(error)}`, { policyId: given.policyId });
  }

  /** Throws RESOURCE_NOT_FOUND for an unknown policy, CONFLICT for one that cannot be removed. */
  async unregister(policyId: string, signal?: AbortSignal): Promise<void> {
    const request = create(policy.UnregisterPolicyRequestSchema, { policyId });
    const { ok, error } = await this.calls.own(RPC.unregisterPolicy, request, signal);
    if (ok) return;
    const isThere = (await this.find(policyId, signal)) !== undefined;
    const code = isThere ? 'CONFLICT' : 'RESOURCE_NOT_FOUND';
    throw new AppError(code, `The runtime did not remove the policy: ${said(error)}`, { policyId });
  }
}

function said(error: string): string {
  return cut(storable(error), REASON_UNITS_MAX);
}
