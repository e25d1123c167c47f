import { describe, expect, it } from 'vitest';
import { governanceOf, resolvedPolicy } from './governance.js';

const NOBODY_SPECIAL = { authority: 'initiator_only', designatedRoles: [] };

describe('governance', () => {
  it('fills in the defaults of each mode', () => {
    expect(governanceOf('macp.mode.decision.v1', {})).toEqual({
      ...NOBODY_SPECIAL,
      algorithm: 'none',
      threshold: 0.5,
      quorumType: 'count',
      quorumValue: 0,
      requireVoteQuorum: false,
    });
    expect(governanceOf('macp.mode.proposal.v1', {})).toEqual({
      ...NOBODY_SPECIAL,
      criterion: 'all_parties',
      terminalOnAnyReject: false,
    });
    expect(governanceOf('macp.mode.quorum.v1', {})).toEqual({
      ...NOBODY_SPECIAL,
      quorumThresholdType: 'n_of_m',
      quorumThresholdValue: 0,
    });
    expect(governanceOf('macp.mode.task.v1', {})).toEqual(NOBODY_SPECIAL);
    expect(governanceOf('macp.mode.handoff.v1', {})).toEqual(NOBODY_SPECIAL);
  });

  it('reads the rules that are there', () => {
    const rules = {
      voting: { algorithm: 'supermajority', threshold: 0.75, quorum: { type: 'percentage', value: 60 } },
      commitment: { authority: 'designated_role', designated_roles: ['chair', 7, 'clerk'], require_vote_quorum: true },
    };
    expect(governanceOf('macp.mode.decision.v1', rules)).toEqual({
      authority: 'designated_role',
      designatedRoles: ['chair', 'clerk'],
      algorithm: 'supermajority',
      threshold: 0.75,
      quorumType: 'percentage',
      quorumValue: 60,
      requireVoteQuorum: true,
    });
    const proposal = { acceptance: { criterion: 'counterparty' }, rejection: { terminal_on_any_reject: true } };
    expect(governanceOf('macp.mode.proposal.v1', proposal)).toMatchObject({
      criterion: 'counterparty',
      terminalOnAnyReject: true,
    });
    const quorum = { threshold: { type: 'percentage', value: 66 } };
    expect(governanceOf('macp.mode.quorum.v1', quorum)).toMatchObject({
      quorumThresholdType: 'percentage',
      quorumThresholdValue: 66,
    });
  });

  it('takes rules of no known kind as their defaults', () => {
    const rules = { voting: 'majority', commitment: { authority: 'king', designated_roles: 'king' } };
    expect(governanceOf('macp.mode.decision.v1', rules)).toMatchObject({ ...NOBODY_SPECIAL, algorithm: 'none' });
    expect(governanceOf('macp.mode.decision.v1', { voting: { threshold: 7 } })).toMatchObject({ threshold: 1 });
  });

  it('leaves modes without policy evaluation to their initiator', () => {
    const rules = { commitment: { authority: 'any_participant' } };
    expect(governanceOf('ext.multi_round.v1', rules)).toEqual(NOBODY_SPECIAL);
    expect(governanceOf('acme.chat.v1', rules)).toEqual(NOBODY_SPECIAL);
  });
});

describe('a resolved policy', () => {
  it("governs by the session's mode when it is a policy for all", () => {
    const policy = { policyId: 'p', mode: '*', description: 'd\0', rules: {}, schemaVersion: 2 };
    const resolved = resolvedPolicy('macp.mode.quorum.v1', policy);
    expect(resolved).toMatchObject({ policyVersion: 'p', policyDescription: 'd\ufffd', mode: '*', schemaVersion: 2 });
    expect(resolved.governance).toHaveProperty('quorumThresholdType', 'n_of_m');
    expect(resolved).not.toHaveProperty('reasons');
  });
});
