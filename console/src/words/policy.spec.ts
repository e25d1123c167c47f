import { describe, expect, it } from 'vitest';
import { governanceSentences, policySentences } from './policy.js';
import { stateOf } from './state.fixture.js';

const DECISION = 'macp.mode.decision.v1';
const INITIATOR = 'Only whoever opened the session may commit the decision.';

describe('a policy in words', () => {
  it('says the defaults of an empty one', () => {
    expect(policySentences({ mode: DECISION, rules: {} })).toEqual([
      INITIATOR,
      'Votes inform the decision; they do not bind it.',
    ]);
    expect(policySentences({ mode: '*', rules: {} })).toEqual([INITIATOR]);
    expect(policySentences({ mode: 'x.unknown', rules: {} })).toEqual([INITIATOR]);
  });

  it.each([
    [
      { algorithm: 'majority' },
      'Passes when at least half of the votes for and against are for it; abstentions do not count.',
    ],
    [
      { algorithm: 'supermajority', threshold: 0.5 },
      'Passes when at least two thirds of the votes for and against are for it; abstentions do not count.',
    ],
    [{ algorithm: 'unanimous' }, 'Passes when every participant votes for it and nobody against.'],
    [
      { algorithm: 'weighted', threshold: 0.6 },
      'Passes when at least 60 % of the weight of the votes for and against is for it.',
    ],
    [{ algorithm: 'plurality' }, 'Passes when more votes are for it than against; a tie does not pass.'],
    [{ algorithm: 'dice_roll' }, 'Counts votes by a rule called “dice roll”.'],
  ])('voting %j', (voting, sentence) => {
    expect(policySentences({ mode: DECISION, rules: { voting } })[1]).toBe(sentence);
  });

  it('says who may commit, turnout, vetoes and what comes first', () => {
    const rules = {
      voting: { quorum: { type: 'percentage', value: 60 } },
      objection_handling: { critical_severity_vetoes: true, veto_threshold: 2 },
      evaluation: { required_before_voting: true, minimum_confidence: 0.8 },
      commitment: { authority: 'designated_role', designated_roles: ['agent://judge'], require_vote_quorum: true },
    };
    expect(policySentences({ mode: DECISION, rules })).toEqual([
      'Only judge may commit the decision.',
      'Votes inform the decision; they do not bind it.',
      'At least 60 % of the participants must have voted.',
      '2 critical objections stop any decision.',
      'Somebody must have evaluated it first, being at least 80 % sure.',
    ]);
  });

  it.each([
    [
      'macp.mode.proposal.v1',
      { acceptance: { criterion: 'counterparty' }, counter_proposal: { max_rounds: 3 } },
      ['Agreed when everybody but the proposer accepts the same proposal.', 'At most 3 counter-offers.'],
    ],
    [
      'macp.mode.task.v1',
      { completion: { require_output: true } },
      ['A task that was turned down goes to nobody else.', 'It counts as done only with a result.'],
    ],
    [
      'macp.mode.handoff.v1',
      { acceptance: { implicit_accept_timeout_ms: 90_000 } },
      ['Silence for 1 min 30 s counts as taking over.'],
    ],
    [
      'macp.mode.quorum.v1',
      { threshold: { type: 'percentage', value: 50 } },
      ['Approved when 50 % of the participants approve.'],
    ],
    ['macp.mode.quorum.v1', {}, ['Approved when as many approve as the request asks for.']],
  ])('%s %j', (mode, rules, sentences) => {
    expect(policySentences({ mode, rules })).toEqual([INITIATOR, ...sentences]);
  });

  it('stands whatever was registered', () => {
    for (const rules of [
      { voting: 7, commitment: [], evaluation: null },
      { commitment: { designated_roles: 'x', authority: 4 } },
    ]) {
      expect(policySentences({ mode: DECISION, rules }).join(' ')).not.toMatch(/undefined|NaN|object/);
    }
  });

  it('says the same of a run’s governance', () => {
    const governance = {
      authority: 'any_participant' as const,
      designatedRoles: [],
      algorithm: 'majority',
      threshold: 0.5,
      requireVoteQuorum: true,
      quorumType: 'count',
      quorumValue: 2,
    };
    const policy = { ...stateOf(DECISION).policy, governance };
    expect(governanceSentences(stateOf(DECISION, { policy }))).toEqual([
      'Any participant may commit the decision.',
      'Passes when at least half of the votes for and against are for it; abstentions do not count.',
      'At least 2 participants must have voted.',
    ]);
    expect(governanceSentences(stateOf(DECISION))).toEqual([]);
  });
});
