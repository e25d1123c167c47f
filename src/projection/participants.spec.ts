import { describe, expect, it } from 'vitest';
import type { ParticipantView } from '../contracts/projection.js';
import { at, RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const story = (participants = ['alice', 'bob', 'carol']): RunStory =>
  new RunStory(MODE.decision, participants, 'alice').begin();

const statuses = (log: RunStory): Record<string, string> =>
  Object.fromEntries(log.view().participants.map(({ participantId, status }) => [participantId, status]));

const find = (log: RunStory, id: string): ParticipantView | undefined =>
  log.view().participants.find(({ participantId }) => participantId === id);

describe('who is listed', () => {
  it('lists everybody declared, in order, once', () => {
    const log = new RunStory(MODE.decision, [], '').add('session.bound', {
      participants: [{ participantId: 'b', role: 'risk' }, { participantId: 'a' }, { participantId: 'b' }, {}, null],
    });
    expect(log.view().participants).toEqual([
      { participantId: 'b', role: 'risk', declared: true, status: 'idle', messageCount: 0 },
      { participantId: 'a', declared: true, status: 'idle', messageCount: 0 },
    ]);
    expect(log.projection().book.declared).toBe(2);
  });

  it('adds others when they are seen or speak on the stream, not when they are heard beside it', () => {
    const log = story(['alice']);
    log.add('participant.seen', { participantId: 'coach', declared: false, role: 'coach' });
    log.message('SessionCancel', 'dave').message('Progress', 'eve', { ambient: true }).signal('hello', 'eve');
    expect(Object.keys(statuses(log))).toEqual(['alice', 'coach', 'dave']);
    expect(find(log, 'coach')).toMatchObject({ declared: false, role: 'coach' });
  });

  it('fills a missing role and keeps a known one', () => {
    const log = story(['alice']);
    log.add('participant.seen', { participantId: 'alice', declared: true, role: 'risk' });
    log.add('participant.seen', { participantId: 'alice', declared: true, role: 'other' });
    expect(find(log, 'alice')?.role).toBe('risk');
  });

  it('keeps the role that was told before the session was bound', () => {
    const log = new RunStory(MODE.decision, [], '').add('participant.seen', { participantId: 'alice', role: 'risk' });
    log.add('session.bound', { participants: [{ participantId: 'alice', role: 'other' }] });
    expect(find(log, 'alice')).toMatchObject({ role: 'risk', declared: true });
  });

  it('stops at 1 100 and says so', () => {
    const many = Array.from({ length: 1_200 }, (_, index) => `p${index}`);
    const view = new RunStory(MODE.decision, [], '')
      .add('session.bound', { participants: many.map((participantId) => ({ participantId })) })
      .view();
    expect(view.participants).toHaveLength(1_100);
    expect(view.graph.nodes.filter(({ kind }) => kind === 'participant')).toHaveLength(1_100);
    expect(view.participantsTruncated).toBe(true);
    expect(story().view()).not.toHaveProperty('participantsTruncated');
  });
});

describe('messages', () => {
  it('makes the sender active and notes what it said', () => {
    const log = story().message('Vote', 'bob', { action: 'APPROVE', ts: at(1) });
    expect(find(log, 'bob')).toMatchObject({
      status: 'active',
      messageCount: 1,
      latestSummary: 'Vote APPROVE',
      latestActivityAt: log.events.at(-1)?.ts,
    });
  });

  it('lets those addressed wait, but not the sender nor those who have finished', () => {
    const log = story(['alice', 'bob', 'carol', 'dave']).answer('TaskComplete', 'dave', 't1').message('Hello', 'bob');
    log.message('HandoffOffer', 'alice', { to: ['alice', 'bob', 'carol', 'dave', 'stranger'] });
    expect(statuses(log)).toEqual({ alice: 'active', bob: 'waiting', carol: 'waiting', dave: 'completed' });
    expect(find(log, 'carol')).toMatchObject({ messageCount: 0 });
    expect(find(log, 'carol')).not.toHaveProperty('latestActivityAt');
  });

  it('lets every idle declared participant wait for a proposal to nobody in particular', () => {
    const log = story().add('participant.seen', { participantId: 'guest', declared: false });
    log.propose('Proposal', 'alice', 'p1', 'go');
    expect(statuses(log)).toEqual({ alice: 'active', bob: 'waiting', carol: 'waiting', guest: 'idle' });
  });

  it('lets only those addressed wait for a proposal with an address', () => {
    const log = story().propose('TaskRequest', 'alice', 't1', 'do it', { to: ['bob'] });
    expect(statuses(log)).toEqual({ alice: 'active', bob: 'waiting', carol: 'idle' });
  });

  it('cuts a long summary', () => {
    const log = story().message('Vote', 'bob', { action: 'x'.repeat(400) });
    expect(find(log, 'bob')?.latestSummary).toHaveLength(201);
  });
});

describe('signs of life beside the stream', () => {
  it('notes a member’s signal and progress', () => {
    const log = story().signal('thinking', 'bob').progress('carol', 50, 'half way');
    expect(find(log, 'bob')).toMatchObject({ status: 'active', latestSummary: 'thinking', messageCount: 0 });
    expect(find(log, 'carol')).toMatchObject({ status: 'active', latestSummary: 'half way' });
  });

  it('leaves a status other than idle as it is', () => {
    const log = story().propose('Proposal', 'alice', 'p1', 'go').signal('thinking', 'bob');
    expect(find(log, 'bob')).toMatchObject({ status: 'waiting', latestSummary: 'thinking' });
  });

  it('takes nothing from a non-member', () => {
    const before = story().view().participants;
    const log = story().signal('session.started', 'bob', { member: false, data: { role: 'spy' } });
    log.progress('bob', 50, 'x', { member: false });
    expect(log.view().participants).toEqual(before);
  });

  it('learns role, framework and agent from session.started, once', () => {
    const log = story().signal('session.started', 'bob', {
      data: { role: 'risk', framework: 'langgraph', agentRef: 'a1' },
    });
    log.signal('session.started', 'bob', { data: { role: 'x', framework: 'y', agentRef: 'z' } });
    expect(find(log, 'bob')).toMatchObject({ role: 'risk', framework: 'langgraph', agentRef: 'a1' });
  });
});

describe('the end', () => {
  it.each([
    ['run.completed', { alice: 'completed', bob: 'completed', carol: 'skipped' }],
    ['run.cancelled', { alice: 'completed', bob: 'completed', carol: 'skipped' }],
    ['run.failed', { alice: 'completed', bob: 'failed', carol: 'skipped' }],
  ] as const)('%s sweeps to %j', (type, expected) => {
    expect(statuses(story().message('A', 'alice').message('B', 'bob').end(type))).toEqual(expected);
  });

  it('holds the first of two who were active last at the same time to have failed', () => {
    const log = story().signal('x', 'alice');
    const ts = log.events.at(-1)?.ts;
    log.add('signal.emitted', log.header('Signal', 'bob', { name: 'y', member: true }), ts === undefined ? {} : { ts });
    expect(statuses(log.end('run.failed'))).toMatchObject({ alice: 'failed', bob: 'completed' });
  });

  it('keeps the failure of a task', () => {
    const log = story().answer('TaskFail', 'bob', 't1').message('A', 'alice').end('run.completed');
    expect(statuses(log)).toMatchObject({ alice: 'completed', bob: 'failed' });
  });

  it('lets activity grow afterwards, but no status change', () => {
    const log = story().message('A', 'alice').end('run.completed');
    const ended = statuses(log);
    log
      .message('B', 'alice', { to: ['bob'] })
      .message('B', 'carol')
      .signal('bye', 'bob');
    log.propose('Proposal', 'alice', 'p', 'late').answer('TaskFail', 'alice', 'p').end('run.failed');
    expect(statuses(log)).toEqual(ended);
    expect(find(log, 'alice')?.messageCount).toBe(4);
    expect(find(log, 'bob')?.latestSummary).toBe('bye');
  });
});
