import type { CommitmentPayload, CommitmentRef } from '../gen/macp/v1/core_pb.js';
import { isBlank } from './text.js';

const NEGATIVE_SUFFIXES = ['rejected', 'failed', 'declined'] as const;
const POSITIVE_SUFFIXES = ['selected', 'accepted', 'completed', 'approved'] as const;
const HASH = /^sha256:[0-9a-f]{64}$/;

export interface CommitmentBinding {
  readonly modeVersion: string;
  readonly configurationVersion: string;
  readonly policy: { readonly policyId: string };
}

/** The checks that every mode has in common. */
export function checkCommitment(commitment: CommitmentPayload, binding: CommitmentBinding): boolean {
  const { commitmentId, action, authorityScope, reason, policyVersion, supersedes } = commitment;
  return (
    ![commitmentId, action, authorityScope, reason].some(isBlank) &&
    commitment.modeVersion === binding.modeVersion &&
    commitment.configurationVersion === binding.configurationVersion &&
    (policyVersion === '' || policyVersion === binding.policy.policyId) &&
    fitsAction(action, commitment.outcomePositive) &&
    (supersedes === undefined || isWellFormed(supersedes))
  );
}

function fitsAction(action: string, positive: boolean): boolean {
  if (NEGATIVE_SUFFIXES.some((suffix) => action.endsWith(suffix))) return !positive;
  if (POSITIVE_SUFFIXES.some((suffix) => action.endsWith(suffix))) return positive;
  return true;
}

function isWellFormed(ref: CommitmentRef): boolean {
  return !isBlank(ref.sessionId) && HASH.test(ref.commitmentHash);
}
