import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JsonObject } from '../../contracts/json.js';
import { objectIn, textIn } from './text.js';

const LABEL = 'macp-commitment-hash/1';

/**
 * The hash by which a later session's Commitment refers to this one (RFC-MACP-0013): `sha256:` and 64 lowercase hex
 * digits. Takes a decoded CommitmentPayload (camelCase) exactly as it was sent: neither cut nor redacted.
 */
export function commitmentHash(payload: JsonObject): string {
  const preimage = `${LABEL}:${canonicalize(hashedFields(payload)) ?? ''}`;
  return `sha256:${createHash('sha256').update(preimage, 'utf8').digest('hex')}`;
}

/** Texts and the outcome are always present; `supersedes` only if the message has it. */
function hashedFields(payload: JsonObject): JsonObject {
  const supersedes = objectIn(payload, 'supersedes');
  return {
    commitment_id: textIn(payload, 'commitmentId'),
    action: textIn(payload, 'action'),
    authority_scope: textIn(payload, 'authorityScope'),
    reason: textIn(payload, 'reason'),
    mode_version: textIn(payload, 'modeVersion'),
    policy_version: textIn(payload, 'policyVersion'),
    configuration_version: textIn(payload, 'configurationVersion'),
    outcome_positive: payload['outcomePositive'] === true,
    ...(supersedes === undefined
      ? {}
      : {
          supersedes: {
            session_id: textIn(supersedes, 'sessionId'),
            commitment_hash: textIn(supersedes, 'commitmentHash'),
          },
        }),
  };
}
