import { describe, expect, it } from 'vitest';
import { asEvent } from '../../test/support/hostile-log.js';
import { at, RunStory } from '../../test/support/run-story.js';
import type { CanonicalEvent } from '../contracts/events.js';
import type { Projection } from '../contracts/projection.js';
import { MODE } from '../contracts/modes.js';
import { initialProjection, reduce } from './reduce.js';

describe('bounds', () => {
  const LIST_BOUNDS: Record<string, (state: Projection) => [readonly unknown[], number]> = {
    participants: ({ view }) => [view.participants, 1_100],
    nodes: ({ view }) => [view.graph.nodes, 1_104],
    edges: ({ view }) => [view.graph.edges, 300],
    proposals: ({ view }) => [view.decision.current?.proposals ?? [], 50],
    signals: ({ view }) => [view.signals.signals, 200],
    progress: ({ view }) => [view.progress.entries, 100],
    timeline: ({ view }) => [view.timeline.recent, 50],
    artifacts: ({ view }) => [view.trace.linkedArtifacts, 100],
    evaluations: ({ view }) => [view.policy.commitmentEvaluations, 50],
    expected: ({ view }) => [view.policy.expectedCommitments, 20],
    tally: ({ view }) => [view.policy.voteTally, 20],
    calls: ({ view }) => [view.llm.calls, 100],
    book: ({ book }) => [book.proposals, 50],
    voters: ({ book }) => [book.voters, 1_100],
    accepts: ({ book }) => [book.accepts, 1_100],
    terminalRejects: ({ book }) => [book.terminalRejects, 50],
  };

  /** The log of a run in which `crowd` agents do everything, for ever: event number `index`. */
  function busy(index: number, crowd: number): CanonicalEvent {
    const sender = `agent-${index % crowd}`;
    const long = `${'long text '.repeat(60)}${index}`;
    const proposalId = `proposal-${Math.trunc(index / 40) % 400}`;
    const rows: readonly (readonly [type: string, messageType: string, subjectId: string])[] = [
      ['message.received', 'Vote', `m${index}`],
      ['proposal.created', 'Proposal', proposalId],
      ['proposal.updated', 'Accept', proposalId],
      ['proposal.updated', 'Reject', proposalId],
      ['signal.emitted', 'Signal', `s${index}`],
      ['progress.reported', 'Progress', `m${index}`],
      ['llm.call.completed', 'Signal', sender],
      ['artifact.created', 'Artifact', `a${index}`],
      ['policy.commitment.evaluated', 'Commitment', `c${index}`],
      ['participant.seen', 'Any', sender],
    ];
    const [type, messageType, id] = rows[index % rows.length] ?? [];
    return asEvent({
      id: `event-${index}`,
      runId: 'run',
      seq: index + 1,
      ts: at(index),
      type,
      schemaVersion: 3,
      subject: { kind: 'message', id },
      source: { kind: 'runtime', name: 'rust-runtime', position: index, ordinal: null },
      data: {
        modeName: MODE.proposal,
        messageType,
        sender,
        participantId: sender,
        to: [`agent-${(index * 7) % crowd}`],
        ambient: false,
        member: true,
        proposalId,
        action: long,
        reasons: [long, long, long, long, long, long],
        terminal: true,
        name: long,
        message: long,
        data: { long },
        commitmentId: proposalId,
        totalTokens: 3,
      },
    });
  }

  it('hold for every list, however large the crowd', () => {
    let state = initialProjection('run');
    for (let index = 0; index < 15_000; index += 1) state = reduce(state, busy(index, 1_501));
    for (const [name, read] of Object.entries(LIST_BOUNDS)) {
      const [list, countMax] = read(state);
      expect(list.length, name).toBeLessThanOrEqual(countMax);
    }
    expect(state.view.participantsTruncated).toBe(true);
    expect(JSON.stringify(state).length).toBeLessThan(1_500_000);
  }, 60_000);

  it('keep size and work where they were, over 100 000 events', () => {
    const EVENTS = 100_000;
    const WINDOW = 5_000;
    let state = initialProjection('run');
    const spentMs: number[] = [];
    const sizes: number[] = [];
    let began = performance.now();
    for (let index = 0; index < EVENTS; index += 1) {
      state = reduce(state, busy(index, 101));
      if ((index + 1) % WINDOW !== 0) continue;
      spentMs.push(performance.now() - began);
      sizes.push(JSON.stringify(state).length);
      began = performance.now();
    }
    const [, first = 0, ...later] = sizes;
    for (const size of later) expect(size / first).toBeCloseTo(1, 1);
    // Work that grew with the length of the run would be twelve times as much in the last windows as in the second;
    // the factor leaves room for a busy machine.
    expect(Math.min(...spentMs.slice(-4))).toBeLessThan(4 * (spentMs[1] ?? 0));
  }, 120_000);

  it('take a crowd in one pass', () => {
    const crowd = Array.from({ length: 200_000 }, (_, index) => ({ participantId: `p${index}` }));
    const story = new RunStory(MODE.decision, [], 'p0').add('session.bound', { participants: crowd });
    const began = performance.now();
    const { view, book } = story.projection();
    expect(performance.now() - began).toBeLessThan(5_000); // comparing all with all would take minutes
    expect([view.participants.length, book.declared]).toEqual([1_100, 200_000]);
  });
});
