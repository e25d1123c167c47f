import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { CommitmentPayload } from '../gen/macp/v1/core_pb.js';

export const COMMITMENT_HASH_LABEL = 'macp-commitment-hash/1';

/** The canonical JSON (RFC 8785) over which a commitment is hashed: strings always present, `supersedes` only when set. */
export function canonicalCommitment(commitment: CommitmentPayload): string {
  const { supersedes } = commitment;
  const text = canonicalize({
    commitment_id: commitment.commitmentId,
    action: commitment.action,
    authority_scope: commitment.authorityScope,
    reason: commitment.reason,
    mode_version: commitment.modeVersion,
    policy_version: commitment.policyVersion,
    configuration_version: commitment.configurationVersion,
    outcome_positive: commitment.outcomePositive,
    ...(supersedes
      ? { supersedes: { session_id: supersedes.sessionId, commitment_hash: supersedes.commitmentHash } }
      : {}),
  });
  if (text === undefined) throw new Error('a commitment always has a canonical form');
  return text;
}

/** `sha256:` and 64 lowercase hex digits. */
export function commitmentHash(commitment: CommitmentPayload): string {
  const preimage = `${COMMITMENT_HASH_LABEL}:${canonicalCommitment(commitment)}`;
  return `sha256:${createHash('sha256').update(preimage, 'utf8').digest('hex')}`;
}
