import type { JsonObject } from '../../src/contracts/json.js';
import { ProposalPayloadSchema, VotePayloadSchema } from '../../src/gen/macp/modes/decision/v1/decision_pb.js';
import { heard, say, type AgentScript } from '../../src/agents/seen.js';
import { scriptFor } from '../../src/agents/scripts.js';

const VOTERS = ['agent://alice', 'agent://bob', 'agent://carol'] as const;

/** The decision mode's cast in which everybody votes the same way; the lead commits what they voted. */
export function unanimous(vote: 'APPROVE' | 'REJECT'): readonly AgentScript[] {
  const lead = scriptFor('decision')[0]!;
  return [lead, ...VOTERS.map((id) => voter(id, vote))];
}

function voter(id: string, vote: string): AgentScript {
  return {
    id,
    role: 'voter',
    decide: (seen) =>
      heard(seen, ProposalPayloadSchema)
        .slice(0, 1)
        .map(({ body }) =>
          say('vote', 'Vote', VotePayloadSchema, { proposalId: body.proposalId, vote, reason: 'as asked' }),
        ),
  };
}

/** What the lead commits to, under the example's versions. */
export const COMMITMENT = {
  commitmentId: 'commitment-1',
  action: 'decision.selected',
  authorityScope: 'deployment',
  reason: 'agreed',
  outcomePositive: true,
  modeVersion: '1.0.0',
  policyVersion: 'policy.default',
  configurationVersion: 'config.default',
} as const;

/** A body for `POST /runs/:id/messages` by which the lead commits. */
export function commitment(policyVersion: string = COMMITMENT.policyVersion): JsonObject {
  return { from: 'agent://lead', messageType: 'Commitment', payload: { ...COMMITMENT, policyVersion } };
}

/** A body for `POST /runs/:id/messages` by which somebody evaluates the example's proposal. */
export function evaluation(from: string, reason = 'looked at it'): JsonObject {
  const payload = { proposalId: 'deploy-v2.1', recommendation: 'APPROVE', confidence: 0.75, reason };
  return { from, messageType: 'Evaluation', payload };
}

/** The same for a vote on it. */
export function vote(from: string, choice: 'APPROVE' | 'REJECT' | 'ABSTAIN'): JsonObject {
  return { from, messageType: 'Vote', payload: { proposalId: 'deploy-v2.1', vote: choice, reason: 'as asked' } };
}
