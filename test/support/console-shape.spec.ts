import { describe, expect, it } from 'vitest';
import { MODE } from '../../src/contracts/modes.js';
import { consoleFaults } from './console-shape.js';
import { RunStory } from './run-story.js';

type Draft = Record<string, unknown> & {
  graph: { nodes: Record<string, unknown>[]; edges: Record<string, unknown>[] };
  participants: Record<string, unknown>[];
  decision: { current: Record<string, unknown> & { proposals: Record<string, unknown>[] } };
  signals: { signals: Record<string, unknown>[] };
  progress: { entries: Record<string, unknown>[] };
  timeline: Record<string, unknown>;
  policy: Record<string, unknown> & {
    voteTally: Record<string, unknown>[];
    expectedCommitments: Record<string, unknown>[];
  };
  llm: Record<string, unknown>;
};

function good(): Draft {
  const story = new RunStory(MODE.decision, ['alice', 'bob'], 'alice').begin().message('SessionStart', 'alice');
  story
    .propose('Proposal', 'alice', 'p1', 'go')
    .vote('bob', 'p1', 'APPROVE')
    .signal('note', 'bob', { severity: 'high' });
  story.progress('bob', 5, 'x').commit('decision.selected', true);
  return JSON.parse(JSON.stringify(story.view())) as Draft;
}

it('finds nothing wrong with a good state', () => {
  expect(consoleFaults(good())).toEqual([]);
});

describe('finds what breaks a page or a panel', () => {
  it.each([
    'run',
    'graph',
    'decision',
    'signals',
    'timeline',
    'participants',
    'progress',
    'policy',
    'llm',
    'outboundMessages',
  ])('a state without %s', (block) => {
    expect(consoleFaults({ ...good(), [block]: undefined })).not.toEqual([]);
    expect(consoleFaults({ ...good(), [block]: null })).not.toEqual([]);
  });

  it.each<[string, (state: Draft) => void]>([
    ['a participant without status', (state) => delete state.participants[0]?.['status']],
    ['a node without kind', (state) => delete state.graph.nodes[0]?.['kind']],
    ['a node without status', (state) => delete state.graph.nodes[0]?.['status']],
    ['two nodes of one id', (state) => state.graph.nodes.push({ ...state.graph.nodes[0] })],
    ['an edge without time', (state) => delete state.graph.edges[0]?.['ts']],
    ['reasons that are a text', (state) => (state.decision.current['reasons'] = 'because')],
    ['finalized that is a text', (state) => (state.decision.current['finalized'] = 'yes')],
    ['a vote that is none', (state) => (state.decision.current.proposals[0]!['vote'] = 'abstain')],
    ['half a supersession', (state) => (state.decision.current['supersedes'] = { sessionId: 's' })],
    ['a numeric severity', (state) => (state.signals.signals[0]!['severity'] = 3)],
    ['a percentage over 100', (state) => (state.progress.entries[0]!['percentage'] = 250)],
    ['a latestSeq that is a text', (state) => (state.timeline['latestSeq'] = '7')],
    ['a policy without evaluations', (state) => delete state.policy['commitmentEvaluations']],
    ['a tally row without quorum', (state) => delete state.policy.voteTally[0]?.['quorum']],
    ['a threshold that counts heads', (state) => (state.policy.voteTally[0]!['threshold'] = 2)],
    [
      'an expected commitment keyed by id',
      (state) => (state.policy.expectedCommitments[0] = { id: 'p1', title: 'go' }),
    ],
    [
      'a cost that is a text',
      (state) => (state.llm['totals'] = { ...(state.llm['totals'] as object), estimatedCostUsd: '1' }),
    ],
  ])('%s', (_name, spoil) => {
    const state = good();
    spoil(state);
    expect(consoleFaults(state)).not.toEqual([]);
  });
});

it('lets pass what the console tolerates', () => {
  const state = good();
  expect(consoleFaults({ ...state, decision: {}, extra: 1 })).toEqual([]);
  state.decision.current['outcomePositive'] = null;
  state.graph.edges.push({ from: 'nobody', to: 'nowhere', kind: 'x', ts: '2026-01-01T00:00:00.000Z' });
  expect(consoleFaults(state)).toEqual([]);
});
