import { describe, expect, it } from 'vitest';
import type { RunState } from '../../../api/types.js';
import { deciding, edge, entry, person, stateOf, tally } from '../../../words/state.fixture.js';
import { CARD, layoutOf, ROW_GAP } from './layout.js';
import { CARDS_MAX, PEOPLE_MAX, sceneOf } from './scene.js';
import { sentencesOf } from './sentences.js';

const DECISION = 'macp.mode.decision.v1';

function small(patch: Partial<RunState> = {}): RunState {
  return stateOf(DECISION, {
    participants: ['agent://lead', 'agent://bob', 'agent://carol'].map((id) => person(id, { status: 'active' })),
    graph: {
      nodes: [],
      edges: [
        edge(1, '__start', 'agent://lead', 'kickoff'),
        edge(1, 'agent://lead', 'agent://bob', 'kickoff'),
        edge(4, 'agent://bob', 'agent://lead', 'message'),
      ],
    },
    decision: deciding([
      entry(2, 'agent://lead', 'Proposal', 'p', { action: 'deploy' }),
      entry(5, 'agent://bob', 'Evaluation', 'p', { action: 'APPROVE', confidence: 0.92 }),
      entry(6, 'agent://bob', 'Vote', 'p', { action: 'APPROVE', vote: 'allow', reasons: ['healthy'] }),
    ]),
    ...patch,
  });
}

/** A run of 1 100 participants, 50 proposals and 700 votes, of which the entries tell the last 50. */
function crowd(): RunState {
  const participants = Array.from({ length: 1_100 }, (_, place) =>
    person(`v${place}`, { messageCount: place < 700 ? 1 : 0, latestSeq: place }),
  );
  const votes = Array.from({ length: 50 }, (_, place) =>
    entry(1_000 + place, `v${650 + place}`, 'Vote', `p${place % 2}`, { action: 'APPROVE', vote: 'allow' }),
  );
  const rows = Array.from({ length: 20 }, (_, place) => ({
    commitmentId: `p${place}`,
    title: `option ${place}`,
    seq: place + 1,
  }));
  const policy = {
    ...stateOf(DECISION).policy,
    expectedCommitments: rows,
    voteTally: [tally('p0', 500, 40, 10), tally('p1', 150, 0, 0)],
  };
  const decision = deciding(votes, { proposalId: 'p0' });
  return stateOf(DECISION, { participants, decision, policy, run: { ...stateOf(DECISION).run, initiator: 'v0' } });
}

describe('the scene', () => {
  it('shows who did what, in words, about what', () => {
    const { people, cards, talks, verdict, latestSeq } = sceneOf(small());
    expect(people.map(({ name, chips }) => [name, chips.map(({ words, isLine }) => [words, isLine])])).toEqual([
      ['lead', [['proposes', true]]],
      [
        'bob',
        [
          ['finds it good, 92 % sure', false],
          ['votes for', true],
        ],
      ],
      ['carol', []],
    ]);
    expect(cards).toMatchObject([{ title: 'deploy', by: 'lead', seq: 2, standing: 'leading' }]);
    expect(talks).toEqual([
      { from: 0, to: 1, seq: 1, isOpening: true },
      { from: 1, to: 0, seq: 4, isOpening: false },
    ]);
    expect(verdict).toMatchObject({ isFinal: false, itemId: 'p' });
    expect(latestSeq).toBe(6);
  });

  it('marks what was decided on, either way, and nothing when nothing was', () => {
    const standing = (patch: Partial<RunState>) => sceneOf(small(patch)).cards[0]?.standing;
    const decided = (outcomePositive: boolean) => ({
      decision: {
        current: {
          ...(small().decision.current ?? { action: '', reasons: [], proposals: [] }),
          finalized: true,
          outcomePositive,
        },
      },
    });
    expect(standing(decided(true))).toBe('chosen');
    expect(standing(decided(false))).toBe('refused');
    const failed = sceneOf(small({ run: { ...small().run, status: 'failed' } }));
    expect(failed.cards[0]?.standing).toBe('open');
    expect(failed.verdict).not.toHaveProperty('itemId');
  });

  it('draws the reports of a task and the share that is done', () => {
    const participants = [person('lead'), person('bob', { status: 'active' })];
    const decision = deciding([
      entry(1, 'lead', 'TaskRequest', 't'),
      entry(2, 'bob', 'TaskAccept', 't', { vote: 'allow' }),
    ]);
    const graph = { nodes: [], edges: [edge(3, 'bob', '__decision', 'taskupdate')] };
    const progress = {
      entries: [{ participantId: 'bob', percentage: 40, message: 'digging', ts: '2026-01-01T00:00:00.000Z', seq: 4 }],
    };
    const bob = sceneOf(stateOf('macp.mode.task.v1', { participants, decision, graph, progress })).people[1];
    expect(bob?.chips.map(({ words }) => words)).toEqual(['takes the task', 'reports progress']);
    expect(bob?.progress).toBe(40);
  });

  it('shows in a mode nobody knows what was heard last', () => {
    const participants = [
      person('a', { latestSummary: 'PlanDraft', latestSeq: 9 }),
      person('b', { latestSummary: 'Vote REJECT', latestSeq: 10 }),
      person('c'),
    ];
    const { people, cards } = sceneOf(stateOf('ext.pipeline.v9', { participants }));
    expect(people.map(({ chips }) => chips[0]?.words)).toEqual(['sends “plan draft”', 'votes against', undefined]);
    expect(cards).toEqual([]);
  });

  it('keeps the deeds that weigh most', () => {
    const evaluations = Array.from({ length: 9 }, (_, place) => entry(10 + place, 'agent://bob', 'Evaluation', 'p'));
    const decision = deciding([entry(2, 'agent://bob', 'Proposal', 'p'), ...evaluations]);
    const bob = sceneOf(small({ decision })).people[1];
    expect(bob?.chips.map(({ seq }) => seq)).toEqual([2, 16, 17, 18]);
    expect(bob?.more).toBe(6);
  });

  it('groups the quiet ones of a crowd, and what they voted', () => {
    const { people, crowd: others, cards, moreCards } = sceneOf(crowd());
    expect(people).toHaveLength(PEOPLE_MAX - 1);
    expect(people[0]?.id).toBe('v0');
    expect(people.slice(1).map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, place) => `v${690 + place}`));
    expect(others?.count).toBe(1_089);
    expect(others?.words).toBe('689 have spoken and 400 have not');
    expect(others?.chips.map(({ words }) => words)).toEqual([
      '495 for it',
      '40 against it',
      '10 abstain',
      '145 for it',
    ]);
    expect([cards.length, moreCards]).toEqual([CARDS_MAX, 14]);
  });

  it('says when there are more than the state lists', () => {
    expect(sceneOf({ ...crowd(), participantsTruncated: true }).crowd?.words).toMatch(/^more than /);
  });
});

describe('the layout', () => {
  it('lets lines start at their words and end at their card', () => {
    const scene = sceneOf(small());
    const { height, lines, rowHeights, outcome, talks } = layoutOf(scene);
    expect(height).toBe(rowHeights.reduce((sum, each) => sum + each, 0) + 2 * ROW_GAP);
    expect(lines.map(({ fromY, tone }) => [fromY, tone])).toEqual([
      [30, 'active'],
      [60 + ROW_GAP + 30 + 14, 'good'],
    ]);
    const cardTop = (height - CARD) / 2;
    for (const { toY } of lines) expect(toY > cardTop && toY < cardTop + CARD).toBe(true);
    expect(outcome).toEqual({ fromY: height / 2, toY: height / 2 });
    expect(talks[0]).toMatchObject({ fromY: 30, toY: 60 + ROW_GAP + 30 });
  });

  it('keeps everything within its height, and lines to one card in order', () => {
    const { height, lines } = layoutOf(sceneOf(crowd()));
    for (const { fromY, toY } of lines) expect(Math.min(fromY, toY) >= 0 && Math.max(fromY, toY) <= height).toBe(true);
    expect(height).toBeLessThan(1_600);
    expect(lines.length).toBeGreaterThan(10);
  });

  it('has a place for everything before anything happened', () => {
    expect(layoutOf(sceneOf(stateOf(DECISION)))).toMatchObject({ lines: [], talks: [], rowHeights: [] });
  });
});

describe('the same in words', () => {
  it('tells everything in order, and how it stands', () => {
    expect(sentencesOf(small()).map(({ words, seq }) => [words, seq])).toEqual([
      ['lead opens the session with bob.', 1],
      ['lead proposes – “deploy”.', 2],
      ['bob speaks to lead.', 4],
      ['bob finds it good, 92 % sure – “deploy”.', 5],
      ['bob votes for – “deploy”: healthy.', 6],
      ['Not decided yet: 2 answers so far.', 0],
    ]);
  });
});
