import { describe, expect, it } from 'vitest';
import { consoleFaults } from '../../test/support/console-shape.js';
import { RunStory } from '../../test/support/run-story.js';
import type { RunStateView } from '../contracts/projection.js';
import { MODE } from '../contracts/modes.js';

/** The view without where things stand in the log, which is longer when we sent the messages. */
function withoutPlaces({ timeline: _log, ...view }: RunStateView): unknown {
  const isPlace = (key: string): boolean => key === 'seq' || key === 'latestSeq';
  return JSON.parse(JSON.stringify(view, (key, value: unknown) => (isPlace(key) ? undefined : value)));
}

describe('the six modes', () => {
  const people = ['alice', 'bob', 'carol'];
  const story = (mode: string): RunStory =>
    new RunStory(mode, people, 'alice').begin().message('SessionStart', 'alice');

  const STORIES: Record<string, { readonly log: RunStory; readonly action: string }> = {
    decision: {
      log: story(MODE.decision)
        .propose('Proposal', 'alice', 'p1', 'approve')
        .evaluate('bob', 'p1', 'REJECT', 0.4)
        .vote('bob', 'p1', 'REJECT'),
      action: 'approve',
    },
    proposal: {
      log: story(MODE.proposal)
        .propose('Proposal', 'alice', 'p1', 'ten')
        .propose('CounterProposal', 'bob', 'p2', 'nine')
        .answer('Accept', 'alice', 'p2'),
      action: 'nine',
    },
    task: {
      log: story(MODE.task)
        .propose('TaskRequest', 'alice', 't1', 'dig', { to: ['bob'] })
        .answer('TaskAccept', 'bob', 't1')
        .answer('TaskComplete', 'bob', 't1'),
      action: 'dig',
    },
    handoff: {
      log: story(MODE.handoff)
        .propose('HandoffOffer', 'alice', 'h1', 'billing', { to: ['bob'] })
        .answer('HandoffContext', 'alice', 'h1')
        .answer('HandoffDecline', 'bob', 'h1'),
      action: 'billing',
    },
    quorum: {
      log: story(MODE.quorum)
        .propose('ApprovalRequest', 'alice', 'r1', 'deploy', { requiredApprovals: 2 })
        .answer('Approve', 'bob', 'r1')
        .answer('Abstain', 'carol', 'r1'),
      action: 'deploy',
    },
    multiRound: {
      log: story(MODE.multiRound).answer('Contribute', 'bob', 'contribution:bob', { action: 'blue', value: 'blue' }),
      action: 'blue',
    },
  };

  it.each(Object.entries(STORIES))('%s: leans, decides either way, and shows it', (_name, { log: told, action }) => {
    expect(told.view().decision.current).toMatchObject({ action, finalized: false });
    for (const outcomePositive of [true, false]) {
      const log = new RunStory(told.modeName, people, 'alice');
      log.events.push(...told.events);
      log.commit('verdict', outcomePositive);
      const { run, decision, graph, policy } = log.view();
      expect(run).toMatchObject({ status: 'completed', sessionState: 'SESSION_STATE_RESOLVED' });
      expect(decision.current).toMatchObject({ action: 'verdict', finalized: true, outcomePositive });
      expect(policy).toMatchObject({ outcomePositive, quorumStatus: outcomePositive ? 'reached' : 'failed' });
      expect(graph.nodes.filter(({ id }) => id.startsWith('__')).map(({ status }) => status)).toEqual(
        Array.from({ length: 4 }, () => 'completed'),
      );
      expect(consoleFaults(log.view())).toEqual([]);
    }
  });

  it.each(Object.entries(STORIES))(
    '%s: shows the same whether we sent the messages or only watched',
    (_name, { log }) => {
      const driven = new RunStory(log.modeName, people, 'alice');
      for (const { type, data, subject, ts } of log.events) {
        if (type === 'message.received') driven.add('message.sent', data, { subject, ts });
        driven.add(type, data, { subject, ts });
      }
      expect(withoutPlaces(driven.view())).toEqual(withoutPlaces(log.view()));
    },
  );
});
