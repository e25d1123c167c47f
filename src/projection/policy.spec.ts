import { describe, expect, it } from 'vitest';
import type { PolicyBlock } from '../contracts/projection.js';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const PEOPLE = ['alice', 'bob', 'carol', 'dave'];
type Fields = Readonly<Record<string, unknown>>;

const story = (mode: string, governance?: Fields): RunStory => new RunStory(mode, PEOPLE, 'alice').begin(governance);
const policy = (log: RunStory): PolicyBlock => log.view().policy;
const crowd = (heads: number): readonly string[] => Array.from({ length: heads }, (_, index) => `p${index}`);

describe('the block', () => {
  it('is there from the beginning', () => {
    expect(new RunStory(MODE.decision, [], '').view().policy).toEqual({
      policyVersion: '',
      quorumStatus: 'pending',
      commitmentEvaluations: [],
      expectedCommitments: [],
      voteTally: [],
    });
  });

  it('names the policy bound, and explains it once resolved', () => {
    expect(policy(story(MODE.decision)).policyVersion).toBe('policy.default');
    expect(
      policy(story(MODE.decision, { algorithm: 'majority', threshold: 0.5, junk: 1, quorumValue: 'x' })),
    ).toMatchObject({
      policyVersion: 'policy.test',
      policyDescription: 'for tests',
      governance: { authority: 'initiator_only', designatedRoles: [], algorithm: 'majority', threshold: 0.5 },
    });
  });

  it('lists evaluations and denials of Commitments', () => {
    const log = story(MODE.decision);
    log.add('policy.denied', { policyVersion: 'p', commitmentId: 'c1', decision: 'deny', reasons: ['no quorum'] });
    log.add('policy.denied', { policyVersion: 'p', messageType: 'Vote', decision: 'deny', reasons: [] });
    log.add('policy.commitment.evaluated', {
      commitmentId: 'c1',
      decision: 'allow',
      reasons: [],
      outcomePositive: true,
    });
    expect(policy(log).commitmentEvaluations.map(({ decision, reasons }) => [decision, reasons])).toEqual([
      ['deny', ['no quorum']],
      ['allow', []],
    ]);
    for (let index = 0; index < 60; index += 1) {
      log.add('policy.commitment.evaluated', { commitmentId: `c${index}`, decision: 'allow', reasons: [] });
    }
    expect(policy(log).commitmentEvaluations).toHaveLength(50);
  });
});

describe('expected commitments', () => {
  it('has one row per live proposal, with the roles that may commit', () => {
    const log = story(MODE.proposal, { authority: 'designated_role', designatedRoles: ['judge'] });
    log.propose('Proposal', 'alice', 'p1', 'one', { reasons: ['cheap'] }).propose('Proposal', 'bob', 'p2', 'two');
    expect(policy(log).expectedCommitments).toEqual([
      { commitmentId: 'p1', title: 'one', description: 'cheap', requiredRoles: ['judge'], seq: 11 },
      { commitmentId: 'p2', title: 'two', requiredRoles: ['judge'], seq: 13 },
    ]);
    log.answer('Withdraw', 'alice', 'p1', { reasons: ['wrong'] });
    expect(policy(log).expectedCommitments.map(({ commitmentId }) => commitmentId)).toEqual(['p2']);
    expect(policy(log).voteTally.map(({ commitmentId }) => commitmentId)).toEqual(['p2']);
  });

  it('follows the label of a contribution and the lateness of a policy', () => {
    const log = story(MODE.multiRound).answer('Contribute', 'bob', 'contribution:bob', { value: 'blue' });
    log.answer('Contribute', 'bob', 'contribution:bob', { value: 'green' });
    log.resolve({ designatedRoles: ['judge'] });
    expect(policy(log).expectedCommitments).toEqual([
      { commitmentId: 'contribution:bob', title: 'green', requiredRoles: ['judge'], seq: 10 },
    ]);
    expect(policy(log).voteTally).toEqual([]);
  });

  it('keeps the last 20, and an answer brings a row back', () => {
    const log = story(MODE.decision);
    for (let index = 0; index < 30; index += 1) log.propose('Proposal', 'alice', `p${index}`, `option ${index}`);
    expect(policy(log).expectedCommitments[0]?.commitmentId).toBe('p10');
    log.vote('bob', 'p0', 'APPROVE');
    expect(policy(log).expectedCommitments).toHaveLength(20);
    expect(policy(log).expectedCommitments.at(-1)).toEqual({
      commitmentId: 'p0',
      title: 'option 0',
      seq: log.events.at(-1)?.seq,
    });
    expect(policy(log).voteTally.at(-1)).toMatchObject({ commitmentId: 'p0', allow: 1 });
  });

  it('loses no row over a message about a withdrawn proposal', () => {
    const log = story(MODE.proposal);
    for (let index = 0; index < 21; index += 1) log.propose('Proposal', 'alice', `p${index}`, 'x');
    log.answer('Withdraw', 'alice', 'p0').answer('Reject', 'bob', 'p0');
    expect(policy(log).expectedCommitments).toHaveLength(20);
  });
});

describe('decision tally', () => {
  it.each<[Fields | undefined, number]>([
    [undefined, 0],
    [{ algorithm: 'none' }, 0],
    [{ algorithm: 'dice', threshold: 0.7 }, 0],
    [{ algorithm: 'majority', threshold: 0.6 }, 0.6],
    [{ algorithm: 'majority' }, 0.5],
    [{ algorithm: 'weighted', threshold: 0.4 }, 0.4],
    [{ algorithm: 'supermajority', threshold: 0.75 }, 0.75],
    [{ algorithm: 'supermajority', threshold: 0.5 }, 2 / 3],
    [{ algorithm: 'unanimous', threshold: 0.1 }, 1],
    [{ algorithm: 'plurality', threshold: 0.9 }, 0.5],
    [{ algorithm: 'majority', threshold: 66 }, 1],
  ])('policy %j has threshold %j', (governance, threshold) => {
    const log = story(MODE.decision, governance).propose('Proposal', 'alice', 'p1', 'go');
    expect(policy(log).voteTally[0]?.threshold).toBe(threshold);
  });

  it.each<[Fields, number]>([
    [{ quorumType: 'count', quorumValue: 2 }, 0],
    [{ requireVoteQuorum: true, quorumType: 'count', quorumValue: 2 }, 2],
    [{ requireVoteQuorum: true, quorumType: 'n_of_m', quorumValue: 3 }, 3],
    [{ requireVoteQuorum: true, quorumType: 'percentage', quorumValue: 55 }, 3],
    [{ requireVoteQuorum: true, quorumType: 'percentage', quorumValue: 50 }, 2],
    [{ requireVoteQuorum: true }, 0],
  ])('policy %j requires %i', (governance, required) => {
    const log = story(MODE.decision, governance).propose('Proposal', 'alice', 'p1', 'go');
    expect(policy(log).voteTally[0]?.quorum).toEqual({ required, cast: 0 });
  });

  it.each([
    [55, 55],
    [29, 30],
  ])('takes %i percent of a hundred heads for %i voters, as the runtime does', (quorumValue, required) => {
    const governance = { requireVoteQuorum: true, quorumType: 'percentage', quorumValue };
    const log = new RunStory(MODE.decision, crowd(100), 'p0').begin(governance).propose('Proposal', 'p0', 'x', 'go');
    expect(policy(log).voteTally[0]?.quorum.required).toBe(required);
  });

  it('counts heads per proposal, and voters of all proposals for the quorum', () => {
    const log = story(MODE.decision, { requireVoteQuorum: true, quorumType: 'count', quorumValue: 3 });
    log.propose('Proposal', 'alice', 'p1', 'one').propose('Proposal', 'bob', 'p2', 'two');
    log.vote('alice', 'p1', 'APPROVE').vote('bob', 'p1', 'ABSTAIN').vote('alice', 'p2', 'REJECT');
    expect(policy(log).voteTally).toMatchObject([
      { commitmentId: 'p1', allow: 1, deny: 0, abstain: 1, quorum: { required: 3, cast: 2 } },
      { commitmentId: 'p2', allow: 0, deny: 1, abstain: 0, quorum: { required: 3, cast: 1 } },
    ]);
    expect(policy(log).quorumStatus).toBe('pending');
    expect(policy(log.vote('carol', 'p2', 'ABSTAIN')).quorumStatus).toBe('reached');
  });

  it('takes no quorum for reached before there is anything to vote on, though none is needed', () => {
    const log = story(MODE.decision, { requireVoteQuorum: true, quorumType: 'count', quorumValue: 0 });
    expect(policy(log).quorumStatus).toBe('pending');
    expect(policy(log.propose('Proposal', 'alice', 'p', 'x')).quorumStatus).toBe('reached');
  });
});

describe('quorum tally', () => {
  it('gives nothing up while it is not known who may vote', () => {
    const log = new RunStory(MODE.quorum, [], '').add('run.created', { modeName: MODE.quorum });
    log.propose('ApprovalRequest', 'alice', 'r', 'deploy', { requiredApprovals: 2 });
    expect(policy(log).quorumStatus).toBe('pending');
  });

  const ask = (governance: Fields | undefined, requiredApprovals: number): RunStory =>
    story(MODE.quorum, governance).propose('ApprovalRequest', 'alice', 'r1', 'deploy', { requiredApprovals });

  it.each<[Fields | undefined, number, number]>([
    [undefined, 3, 3],
    [undefined, 0, 1],
    [{ quorumThresholdType: 'n_of_m', quorumThresholdValue: 0 }, 3, 3],
    [{ quorumThresholdType: 'n_of_m', quorumThresholdValue: 2 }, 3, 2],
    [{ quorumThresholdType: 'percentage', quorumThresholdValue: 60 }, 1, 3],
    [{ quorumThresholdType: 'whatever', quorumThresholdValue: 1.5 }, 1, 2],
  ])('policy %j and a request for %i require %i', (governance, asked, required) => {
    expect(policy(ask(governance, asked)).voteTally[0]).toMatchObject({
      threshold: required / 4,
      quorum: { required, cast: 0 },
    });
  });

  it.each([
    [52, 13],
    [56, 15],
  ])('takes %i percent of 25 heads for %i approvals, as the runtime does', (quorumThresholdValue, required) => {
    const governance = { quorumThresholdType: 'percentage', quorumThresholdValue };
    const log = new RunStory(MODE.quorum, crowd(25), 'p0').begin(governance);
    log.propose('ApprovalRequest', 'p0', 'r1', 'deploy', { requiredApprovals: 1 });
    expect(policy(log).voteTally[0]?.quorum.required).toBe(required);
  });

  it('is reached by approvals, abstainers not counted', () => {
    const log = ask(undefined, 2).answer('Approve', 'bob', 'r1').answer('Abstain', 'carol', 'r1');
    expect(policy(log)).toMatchObject({ quorumStatus: 'pending', voteTally: [{ quorum: { required: 2, cast: 1 } }] });
    expect(policy(log.answer('Approve', 'dave', 'r1')).quorumStatus).toBe('reached');
  });

  it('fails once it is out of reach', () => {
    const log = ask(undefined, 3).answer('Reject', 'bob', 'r1');
    expect(policy(log).quorumStatus).toBe('pending');
    expect(policy(log.answer('Abstain', 'carol', 'r1')).quorumStatus).toBe('failed');
  });
});

describe('proposal tally', () => {
  it.each<[Fields | undefined, number]>([
    [undefined, 4],
    [{ criterion: 'all_parties' }, 4],
    [{ criterion: 'counterparty' }, 3],
    [{ criterion: 'initiator' }, 1],
  ])('policy %j requires %i', (governance, required) => {
    const log = story(MODE.proposal, governance).propose('Proposal', 'alice', 'p1', 'go').answer('Accept', 'bob', 'p1');
    expect(policy(log).voteTally[0]).toMatchObject({ allow: 1, threshold: 1, quorum: { required, cast: 1 } });
  });

  it('needs everybody’s latest accept, the proposer’s included, and can lose it again', () => {
    const log = story(MODE.proposal)
      .propose('Proposal', 'alice', 'p1', 'go')
      .propose('CounterProposal', 'bob', 'p2', 'or');
    for (const each of ['bob', 'carol', 'dave']) log.answer('Accept', each, 'p1');
    expect(policy(log).quorumStatus).toBe('pending');
    expect(policy(log.answer('Accept', 'alice', 'p1')).quorumStatus).toBe('reached');
    expect(policy(log.answer('Accept', 'bob', 'p2')).quorumStatus).toBe('pending');
  });

  it('needs everybody but the proposer under counterparty', () => {
    const log = story(MODE.proposal, { criterion: 'counterparty' }).propose('Proposal', 'alice', 'p1', 'go');
    for (const each of ['bob', 'carol', 'alice']) log.answer('Accept', each, 'p1');
    expect(policy(log).quorumStatus).toBe('pending');
    expect(policy(log.answer('Accept', 'dave', 'p1')).quorumStatus).toBe('reached');
  });

  it('needs every declared participant under counterparty when the proposer is none of them', () => {
    const log = story(MODE.proposal, { criterion: 'counterparty' }).propose('Proposal', 'outsider', 'p1', 'go');
    for (const each of ['bob', 'carol', 'alice', 'outsider']) log.answer('Accept', each, 'p1');
    expect(policy(log).quorumStatus).toBe('pending');
    expect(policy(log.answer('Accept', 'dave', 'p1')).quorumStatus).toBe('reached');
  });

  it('needs only the initiator under initiator', () => {
    const log = story(MODE.proposal, { criterion: 'initiator' }).propose('Proposal', 'bob', 'p1', 'go');
    expect(policy(log.answer('Accept', 'carol', 'p1')).quorumStatus).toBe('pending');
    expect(policy(log.answer('Accept', 'alice', 'p1')).quorumStatus).toBe('reached');
    expect(policy(log.answer('Withdraw', 'bob', 'p1')).quorumStatus).toBe('pending');
  });

  it.each<[string, Fields | undefined, Fields, string]>([
    ['a plain reject', undefined, {}, 'pending'],
    ['a terminal reject', undefined, { terminal: true }, 'failed'],
    ['any reject under such a policy', { terminalOnAnyReject: true }, {}, 'failed'],
  ])('%s', (_name, governance, fields, quorumStatus) => {
    const log = story(MODE.proposal, governance).propose('Proposal', 'alice', 'p1', 'go');
    expect(policy(log.answer('Reject', 'bob', 'p1', fields)).quorumStatus).toBe(quorumStatus);
    expect(policy(log.answer('Withdraw', 'alice', 'p1')).quorumStatus).toBe('pending');
  });
});

it.each([MODE.task, MODE.handoff, MODE.multiRound, 'dynamic.mode'])('has no tally in %s', (mode) => {
  const log = story(mode).propose('Any', 'alice', 'p1', 'go').answer('Accept', 'bob', 'p1');
  expect(policy(log).voteTally).toEqual([]);
  expect(policy(log).quorumStatus).toBe('pending');
});

describe('the end', () => {
  it.each([
    [true, 'reached', true],
    [false, 'failed', false],
    [null, 'failed', undefined],
  ])('a Commitment with outcome %j leaves the quorum %s', (outcome, quorumStatus, outcomePositive) => {
    const log = story(MODE.decision).propose('Proposal', 'alice', 'p1', 'go').finalize('x', outcome);
    expect(policy(log)).toMatchObject({ quorumStatus, resolvedAt: log.events.at(-1)?.ts });
    expect(policy(log).outcomePositive).toBe(outcomePositive);
  });

  it('does not overrule a quorum that was reached', () => {
    const log = story(MODE.quorum).propose('ApprovalRequest', 'alice', 'r1', 'x', { requiredApprovals: 1 });
    expect(policy(log.answer('Approve', 'bob', 'r1').finalize('quorum.rejected', false))).toMatchObject({
      quorumStatus: 'reached',
      outcomePositive: false,
    });
  });

  it.each(['run.failed', 'run.cancelled'] as const)('%s leaves nothing pending', (type) => {
    expect(policy(story(MODE.decision).end(type)).quorumStatus).toBe('failed');
  });

  it('is not reopened by what comes late, while ballots are still counted', () => {
    const ended = story(MODE.quorum).propose('ApprovalRequest', 'alice', 'r1', 'x', { requiredApprovals: 1 });
    ended.end('run.cancelled').answer('Approve', 'bob', 'r1');
    expect(policy(ended)).toMatchObject({ quorumStatus: 'failed', voteTally: [{ allow: 1 }] });
    const decided = story(MODE.proposal).propose('Proposal', 'alice', 'p1', 'go').finalize('proposal.accepted', true);
    const { resolvedAt } = policy(decided);
    decided.answer('Reject', 'bob', 'p1', { terminal: true }).finalize('proposal.rejected', false);
    expect(policy(decided)).toMatchObject({ quorumStatus: 'reached', outcomePositive: true, resolvedAt });
  });
});
