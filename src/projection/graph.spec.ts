import { describe, expect, it } from 'vitest';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const story = (participants = ['alice', 'bob'], mode: string = MODE.decision): RunStory =>
  new RunStory(mode, participants, 'alice').begin();

const nodes = (log: RunStory): Record<string, string> =>
  Object.fromEntries(log.view().graph.nodes.map(({ id, status }) => [id, status]));

const edges = (log: RunStory): string[] => log.view().graph.edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`);

describe('nodes', () => {
  it('raises the lifecycle step by step', () => {
    const log = story();
    expect(nodes(log)).toEqual({ __start: 'active', alice: 'idle', bob: 'idle' });
    log.message('SessionStart', 'alice');
    expect(nodes(log)).toMatchObject({ __start: 'completed' });
    log.propose('Proposal', 'alice', 'p1', 'go');
    expect(nodes(log)).toMatchObject({ __proposal: 'active' });
    expect(nodes(log)).not.toHaveProperty('__decision');
    log.vote('bob', 'p1', 'APPROVE');
    expect(nodes(log)).toMatchObject({ __decision: 'active' });
    log.commit('decision.selected', true);
    expect(nodes(log)).toEqual({
      __start: 'completed',
      __proposal: 'completed',
      __decision: 'completed',
      __outcome: 'completed',
      alice: 'completed',
      bob: 'completed',
    });
  });

  it('begins a multi-round talk with the first contribution', () => {
    const log = story(['alice', 'bob'], MODE.multiRound).answer('Contribute', 'bob', 'contribution:bob');
    expect(nodes(log)).toMatchObject({ __proposal: 'active', __decision: 'active' });
  });

  it('makes the decision where there was no proposal', () => {
    const log = story().finalize('decision.selected', true);
    expect(nodes(log)).toMatchObject({ __decision: 'completed', __outcome: 'completed' });
    expect(nodes(log)).not.toHaveProperty('__proposal');
  });

  it.each(['run.failed', 'run.cancelled'] as const)(
    'shows %s without a decision as a failed outcome, for good',
    (type) => {
      const log = story().end(type);
      expect(nodes(log)['__outcome']).toBe('failed');
      expect(nodes(log.finalize('decision.selected', true))['__outcome']).toBe('failed');
    },
  );

  it('keeps the outcome of a decision when the run fails after it', () => {
    expect(nodes(story().finalize('a', true).end('run.failed'))['__outcome']).toBe('completed');
  });

  it('is not started by what is heard beside the stream', () => {
    expect(nodes(story().message('Signal', 'alice', { ambient: true }))['__start']).toBe('active');
  });

  it('mirrors every participant but those that look like a lifecycle node', () => {
    const log = story(['alice', '__start', '__proposal', 'bob']).message('SessionStart', '__proposal', {
      to: ['__start'],
    });
    log.message('Vote', 'bob');
    expect(nodes(log)).toEqual({ __start: 'completed', alice: 'idle', bob: 'active' });
    expect(edges(log)).toEqual([]);
    expect(log.view().participants.map(({ status }) => status)).toEqual(['idle', 'waiting', 'active', 'active']);
  });
});

describe('edges', () => {
  it('draws a decision from kickoff to commitment', () => {
    const log = story().message('SessionStart', 'alice').propose('Proposal', 'alice', 'p1', 'go');
    log.vote('bob', 'p1', 'APPROVE').commit('decision.selected', true);
    expect(edges(log)).toEqual([
      '__start kickoff alice',
      'alice kickoff bob',
      'alice proposal __proposal',
      '__proposal message bob',
      'bob vote __decision',
      'alice commitment __decision',
      '__decision commitment __outcome',
    ]);
  });

  it('draws a message to each it is addressed to', () => {
    expect(edges(story().message('HandoffOffer', 'alice', { to: ['bob', 'carol'] }))).toEqual([
      'alice message bob',
      'alice message carol',
    ]);
  });

  it('renews a repeated edge where it stands', () => {
    const log = story()
      .message('A', 'alice', { to: ['bob'] })
      .message('B', 'bob', { to: ['alice'] });
    log.message('C', 'alice', { to: ['bob'] });
    expect(edges(log)).toEqual(['alice message bob', 'bob message alice']);
    expect(log.view().graph.edges[0]?.ts).toBe(log.events.at(-1)?.ts);
  });

  it('keeps the newest 300, and kicks off 100 at most', () => {
    const log = story(Array.from({ length: 400 }, (_, index) => `p${index}`)).message('SessionStart', 'p0');
    expect(edges(log)).toHaveLength(101);
    log.message('A', 'p0', { to: Array.from({ length: 300 }, (_, index) => `q${index}`) });
    expect(edges(log)).toHaveLength(300);
    expect(edges(log)[0]).toBe('p0 message q0');
  });
});
