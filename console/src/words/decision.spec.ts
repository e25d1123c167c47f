import { describe, expect, it } from 'vitest';
import { headlineOf, headlineWords } from './decision.js';
import { deciding, entry, person, stateOf, tally } from './state.fixture.js';
import { leadingItem, tableOf } from './table.js';

const DECISION = 'macp.mode.decision.v1';
const policyWith = (patch: object) => ({ ...stateOf(DECISION).policy, ...patch });
const four = ['lead', 'alice', 'bob', 'carol'].map((id) => person(id));
const proposal = entry(5, 'lead', 'Proposal', 'p1', { action: 'deploy today' });

describe('what is on the table', () => {
  it('is each proposal with everything said about it', () => {
    const decision = deciding([proposal, entry(7, 'alice', 'Vote', 'p1', { vote: 'allow' })]);
    const [item, ...rest] = tableOf(stateOf(DECISION, { decision }));
    expect(rest).toEqual([]);
    expect(item).toMatchObject({ id: 'p1', title: 'deploy today', by: ['lead'], seq: 5, isWithdrawn: false });
    expect(item?.entries).toHaveLength(2);
  });

  it('is each value that stands, with all who contributed it', () => {
    const said = (seq: number, who: string, value: string) =>
      entry(seq, who, 'Contribute', `contribution:${who}`, { action: value });
    const decision = deciding([said(1, 'a', '5'), said(2, 'b', '8'), said(3, 'a', '8')]);
    const state = stateOf('ext.multi_round.v1', { decision });
    expect(tableOf(state).map(({ title, by }) => [title, by])).toEqual([['8', ['b', 'a']]]);
    expect(leadingItem(state, tableOf(state))?.title).toBe('8');
  });

  it('keeps what the entries of a long run do not tell any more', () => {
    const decision = deciding([entry(90, 'bob', 'Vote', 'p1')]);
    const policy = policyWith({
      expectedCommitments: [
        { commitmentId: 'p1', title: 'one', seq: 3 },
        { commitmentId: 'p2', title: 'two', seq: 4 },
      ],
    });
    const items = tableOf(stateOf(DECISION, { decision, policy }));
    expect(items.map(({ title, seq, by }) => [title, seq, by])).toEqual([
      ['one', 3, []],
      ['two', 4, []],
    ]);
  });
});

describe('the headline', () => {
  const words = (mode: string, patch: Parameters<typeof stateOf>[1]) => headlineWords(headlineOf(stateOf(mode, patch)));
  const ended = (outcomePositive: boolean | null, action: string) => ({
    decision: deciding([proposal], { finalized: true, outcomePositive, action }),
  });

  it('says what was decided, not how the protocol calls it', () => {
    expect(words(DECISION, ended(true, 'decision.selected'))).toBe('Decided for: deploy today');
    expect(words(DECISION, ended(false, 'decision.rejected'))).toBe('Decided against: deploy today');
    expect(words(DECISION, ended(null, 'approve refund'))).toBe('Decided: approve refund');
    expect(
      words('x.unknown', { decision: deciding([], { finalized: true, outcomePositive: true, action: 'a.done' }) }),
    ).toBe('Decided for: a done');
  });

  it.each([
    ['macp.mode.proposal.v1', 'Agreed: deploy today', 'Not agreed: deploy today'],
    ['macp.mode.task.v1', 'Done: deploy today', 'Not done: deploy today'],
    ['macp.mode.handoff.v1', 'Handed over: deploy today', 'Not handed over: deploy today'],
    ['macp.mode.quorum.v1', 'Approved: deploy today', 'Not approved: deploy today'],
  ])('%s in its own words', (mode, positive, negative) => {
    expect(words(mode, ended(true, 'x.accepted'))).toBe(positive);
    expect(words(mode, ended(false, 'x.rejected'))).toBe(negative);
  });

  it('says what is missing while it forms', () => {
    expect(words(DECISION, {})).toBe('Not decided yet: nothing is proposed so far');
    expect(words('x.unknown', {})).toBe('Not decided yet: no commitment so far');
    const decision = deciding([proposal]);
    expect(
      words(DECISION, { participants: four, decision, policy: policyWith({ voteTally: [tally('p1', 1, 0, 0)] }) }),
    ).toBe('Not decided yet: 1 of 4 votes');
    const approvals = policyWith({ voteTally: [tally('p1', 1, 0, 0, { quorum: { required: 3, cast: 1 } })] });
    expect(words('macp.mode.quorum.v1', { decision, policy: approvals })).toBe('Not approved yet: 1 of 3 approvals');
    expect(words('macp.mode.proposal.v1', { decision, policy: approvals })).toBe('Not agreed yet: 1 of 3 accept');
    const accepted = policyWith({ voteTally: [tally('p1', 2, 0, 0, { quorum: { required: 2, cast: 2 } })] });
    expect(words('macp.mode.proposal.v1', { decision, policy: accepted })).toBe(
      'Not agreed yet: 2 accept, but not everybody who has to',
    );
    const apart = policyWith({ voteTally: [tally('p1', 1, 0, 0), tally('p2', 1, 1, 0)] });
    expect(words(DECISION, { participants: four, decision, policy: apart })).toBe(
      'Not decided yet: 3 votes on 2 proposals',
    );
    const task = [entry(1, 'lead', 'TaskRequest', 't', { action: 'dig' })];
    expect(words('macp.mode.task.v1', { decision: deciding(task) })).toBe('Not done yet: nobody has taken it so far');
    expect(
      words('macp.mode.task.v1', { decision: deciding([...task, entry(2, 'agent://bob', 'TaskAccept', 't')]) }),
    ).toBe('Not done yet: bob has taken it');
    const handoff = [entry(1, 'lead', 'HandoffOffer', 'h', { action: 'billing' })];
    expect(words('macp.mode.handoff.v1', { decision: deciding(handoff) })).toBe(
      'Not handed over yet: no answer so far',
    );
  });

  it('knows that a completed run was decided, also when nobody saw how', () => {
    expect(words(DECISION, { run: { ...stateOf(DECISION).run, status: 'completed' } })).toBe(
      'Decided, but the commitment was not seen',
    );
  });

  it('says why it ended without a decision', () => {
    const run = {
      ...stateOf(DECISION).run,
      status: 'failed' as const,
      error: { code: 'SESSION_EXPIRED', message: 'the session expired' },
    };
    expect(headlineOf(stateOf(DECISION, { run }))).toEqual({
      verdict: 'Ended without a decision',
      rest: 'the session expired',
      tone: 'bad',
    });
    expect(words(DECISION, { run: { ...stateOf(DECISION).run, status: 'cancelled' } })).toBe(
      'Ended without a decision: cancelled',
    );
  });
});
