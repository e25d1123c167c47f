import { describe, expect, it } from 'vitest';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

/** A run in which everything happens that a view lists. */
function story(): RunStory {
  return new RunStory(MODE.decision, ['alice', 'bob'], 'alice')
    .begin()
    .message('SessionStart', 'alice')
    .propose('Proposal', 'alice', 'p1', 'deploy', { to: ['bob'] })
    .answer('Objection', 'bob', 'p1', { severity: 'high' })
    .vote('bob', 'p1', 'APPROVE')
    .signal('heartbeat', 'bob')
    .progress('bob', 50, 'half way')
    .add('policy.denied', { commitmentId: 'c0', decision: 'deny', reasons: ['too early'] })
    .add('policy.commitment.evaluated', { commitmentId: 'c1', decision: 'allow', reasons: [] })
    .commit('decision.selected', true);
}

describe('every item of the view names its event', () => {
  const log = story();
  const { decision, signals, progress, policy, graph, participants } = log.view();
  const typeOf = (item: { readonly seq?: number } | undefined) => log.events[(item?.seq ?? 0) - 1]?.type;

  it('the entries of a decision, and the one that finalized it', () => {
    expect(decision.current?.proposals.map((entry) => [entry.messageType, typeOf(entry)])).toEqual([
      ['Proposal', 'proposal.created'],
      ['Objection', 'proposal.updated'],
      ['Vote', 'proposal.updated'],
    ]);
    expect(decision.current?.proposals.map(({ severity }) => severity)).toEqual([undefined, 'high', undefined]);
    expect(new Set(decision.current?.proposals.map(({ seq }) => seq)).size).toBe(3);
    expect(typeOf(decision.current)).toBe('decision.finalized');
  });

  it('has no finalizing event while it forms', () => {
    const forming = new RunStory(MODE.decision, ['alice'], 'alice')
      .begin()
      .propose('Proposal', 'alice', 'p1', 'deploy');
    expect(forming.view().decision.current).not.toHaveProperty('seq');
  });

  it('signals, progress and what the policy said', () => {
    expect(signals.signals.map(typeOf)).toEqual(['signal.emitted']);
    expect(progress.entries.map(typeOf)).toEqual(['progress.reported']);
    expect(policy.commitmentEvaluations.map(typeOf)).toEqual(['policy.denied', 'policy.commitment.evaluated']);
    expect(policy.expectedCommitments.map(typeOf)).toEqual(['proposal.created']);
  });

  it('participants and the lines between them', () => {
    const latest = participants.map(({ latestSeq }) => log.events[(latestSeq ?? 0) - 1]?.type);
    expect(latest).toEqual(['message.received', 'progress.reported']);
    for (const edge of graph.edges) {
      expect(log.events[edge.seq - 1]?.ts, `${edge.from} ${edge.kind} ${edge.to}`).toBe(edge.ts);
    }
    expect(graph.edges.map(typeOf)).toEqual(expect.arrayContaining(['message.received', 'decision.finalized']));
  });
});
