import { describe, expect, it } from 'vitest';
import type { RunState, VoteTally } from '../../../api/types.js';
import { deciding, entry, person, stateOf, tally } from '../../../words/state.fixture.js';
import { jointBar, tallyBars } from './tally.js';
import { voicesOf } from './voices.js';

const DECISION = 'macp.mode.decision.v1';

describe('the tally', () => {
  type Quorum = RunState['policy']['quorumStatus'];
  const voted = (mode: string, voteTally: VoteTally[], algorithm = 'majority', quorumStatus: Quorum = 'pending') => {
    const governance = { authority: 'initiator_only' as const, designatedRoles: [], algorithm };
    const participants = ['a', 'b', 'c', 'd'].map((id) => person(id));
    return stateOf(mode, { participants, policy: { ...stateOf(mode).policy, governance, voteTally, quorumStatus } });
  };
  const bar = (mode: string, row: VoteTally, algorithm?: string, quorumStatus?: Quorum) =>
    tallyBars(voted(mode, [row], algorithm, quorumStatus))[0];

  it('is a share of the votes for and against, abstentions beside', () => {
    expect(bar(DECISION, tally('p', 2, 1, 1, { threshold: 0.5 }))).toEqual({
      id: 'p',
      parts: [
        { side: 'for', count: 2, share: 0.5 },
        { side: 'against', count: 1, share: 0.25 },
        { side: 'neither', count: 1, share: 0.25 },
      ],
      mark: 0.375,
      words: '2 of 4 votes for; at least half needed',
      isReached: true,
    });
  });

  it('is not reached below the threshold, in a tie of a plurality, or before enough have voted', () => {
    expect(bar(DECISION, tally('p', 1, 2, 0, { threshold: 0.5 }))?.isReached).toBe(false);
    expect(bar(DECISION, tally('p', 1, 1, 0, { threshold: 0.5 }), 'plurality')?.isReached).toBe(false);
    const early = bar(DECISION, tally('p', 1, 0, 0, { threshold: 0.5, quorum: { required: 3, cast: 1 } }));
    expect(early).toMatchObject({ words: '1 of 1 vote for; at least half needed; 2 more must vote', isReached: false });
  });

  it('of a unanimous vote counts those who have not voted, and bears no vote against', () => {
    const early = bar(DECISION, tally('p', 1, 0, 0, { threshold: 1 }), 'unanimous');
    expect(early).toMatchObject({
      parts: [{ side: 'for', count: 1, share: 0.25 }],
      mark: 1,
      words: '1 of 4 votes for; everybody needed',
      isReached: false,
    });
    expect(bar(DECISION, tally('p', 4, 0, 0, { threshold: 1 }), 'unanimous')?.isReached).toBe(true);
    expect(bar(DECISION, tally('p', 3, 0, 1, { threshold: 1 }), 'unanimous')?.isReached).toBe(false);
    expect(bar(DECISION, tally('p', 4, 1, 0, { threshold: 1 }), 'unanimous')?.isReached).toBe(false);
  });

  it('makes no claim of heads where weights decide', () => {
    const weighted = bar(DECISION, tally('p', 3, 1, 0, { threshold: 0.5 }), 'weighted');
    expect(weighted).toMatchObject({ words: '3 of 4 votes for; weights decide', isReached: false });
    expect(weighted).not.toHaveProperty('mark');
  });

  it('has no mark where votes do not bind', () => {
    const free = bar(DECISION, tally('p', 2, 1, 0), 'none');
    expect(free?.words).toBe('2 of 3 votes for; the votes do not bind');
    expect(free).not.toHaveProperty('mark');
  });

  it('counts heads where heads are asked for', () => {
    const row = tally('r', 1, 0, 0, { quorum: { required: 2, cast: 1 } });
    expect(bar('macp.mode.quorum.v1', row)).toMatchObject({
      mark: 0.5,
      words: '1 of 2 needed approvals; 1 more needed',
      isReached: false,
    });
    const enough = tally('r', 3, 0, 0, { quorum: { required: 2, cast: 3 } });
    expect(bar('macp.mode.proposal.v1', enough, undefined, 'reached')).toMatchObject({
      words: '3 of 2 needed acceptances; enough',
      isReached: true,
    });
  });

  it('of acceptances is not enough while somebody who has to accept has not, however many others have', () => {
    // Under `counterparty` the proposer’s own is not counted.
    const row = tally('r', 2, 0, 0, { quorum: { required: 2, cast: 2 } });
    expect(bar('macp.mode.proposal.v1', row)).toMatchObject({
      words: '2 of 2 needed acceptances; not from everybody who has to accept',
      isReached: false,
    });
    expect(bar('macp.mode.proposal.v1', row, undefined, 'failed')).toMatchObject({
      words: '2 of 2 needed acceptances; a rejection ended it',
      isReached: false,
    });
  });

  describe('of several proposals', () => {
    const half = { threshold: 0.5, quorum: { required: 2, cast: 1 } };
    const rows = [tally('p1', 1, 0, 0, half), tally('p2', 0, 1, 0, half)];

    it('is one of all votes together, as the runtime counts, and beside it what was voted on each', () => {
      const state = voted(DECISION, rows, 'majority', 'reached');
      expect(jointBar(state)).toMatchObject({
        words: '1 of 2 votes for; at least half needed',
        mark: 0.5,
        isReached: true,
      });
      const bars = tallyBars(state);
      expect(bars.map(({ words, isReached }) => [words, isReached])).toEqual([
        ['1 of 1 vote for', false],
        ['0 of 1 vote for', false],
      ]);
      for (const each of bars) expect(each).not.toHaveProperty('mark');
    });

    it('does not count heads who voted on more than one', () => {
      expect(jointBar(voted(DECISION, rows))).toMatchObject({
        words: '1 of 2 votes for; at least half needed; more must vote',
        isReached: false,
      });
      const everywhere = [tally('p1', 2, 0, 0, { threshold: 1 }), tally('p2', 2, 0, 0, { threshold: 1 })];
      expect(jointBar(voted(DECISION, everywhere, 'unanimous'))?.isReached).toBe(false);
    });

    it('has no joint count where each is counted by itself, or votes do not bind', () => {
      expect(jointBar(voted('macp.mode.proposal.v1', rows))).toBeUndefined();
      expect(jointBar(voted(DECISION, rows, 'none'))).toBeUndefined();
      expect(jointBar(voted(DECISION, rows.slice(0, 1)))).toBeUndefined();
    });
  });

  it('leaves out what nobody voted on once there are many, and puts first what is ahead', () => {
    const rows = ['a', 'b', 'c', 'd'].map((id, place) => tally(id, place % 2 === 0 ? 0 : place, 0, 0));
    const policy = { ...stateOf(DECISION).policy, voteTally: rows };
    expect(tallyBars(stateOf(DECISION, { policy })).map(({ id }) => id)).toEqual(['d', 'b']);
  });
});

describe('who said what', () => {
  const entries = [
    entry(1, 'lead', 'Proposal', 'p'),
    entry(2, 'bob', 'Objection', 'p', { severity: 'low', reasons: ['notes'] }),
    entry(3, 'bob', 'Vote', 'p', { action: 'APPROVE', vote: 'allow', reasons: ['fixes it', 'notes'] }),
    entry(4, 'carol', 'Vote', 'p', { action: 'ABSTAIN' }),
  ];
  const policy = { ...stateOf(DECISION).policy, voteTally: [tally('p', 1, 0, 1)] };

  it('is one row for each participant and proposal: opinions, the ballot, and why', () => {
    expect(voicesOf(stateOf(DECISION, { decision: deciding(entries), policy }))).toMatchObject([
      {
        participantId: 'bob',
        opinions: [{ words: 'objects: low', seq: 2 }],
        ballot: { side: 'for', words: 'votes for', seq: 3 },
        reasons: ['fixes it', 'notes'],
      },
      { participantId: 'carol', opinions: [], ballot: { side: 'neither', words: 'abstains', seq: 4 } },
    ]);
  });

  it('tells steps in order where nobody votes', () => {
    const steps = [
      entry(1, 'a', 'TaskRequest', 't'),
      entry(2, 'b', 'TaskAccept', 't', { vote: 'allow' }),
      entry(3, 'b', 'TaskComplete', 't'),
    ];
    const [voice] = voicesOf(stateOf('macp.mode.task.v1', { decision: deciding(steps) }));
    expect(voice).not.toHaveProperty('ballot');
    expect(voice?.opinions.map(({ words }) => words)).toEqual(['takes the task', 'completes the task']);
  });
});
