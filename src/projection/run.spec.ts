import { describe, expect, it } from 'vitest';
import { at, RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const story = (): RunStory => new RunStory(MODE.decision, ['alice', 'bob'], 'alice');

describe('status', () => {
  it('follows the status-bearing events', () => {
    const log = story().begin();
    log.add('run.suspended', { status: 'suspended' }).add('run.resumed', { status: 'running' });
    const told = log.events.map((_, index) => {
      const part = new RunStory(log.modeName, [], '');
      part.events.push(...log.events.slice(0, index + 1));
      return part.view().run.status;
    });
    expect(told).toEqual([
      'queued',
      'starting',
      'binding_session',
      'binding_session',
      'binding_session',
      'running',
      'suspended',
      'running',
    ]);
  });

  it.each([
    ['run.completed', 'completed'],
    ['run.failed', 'failed'],
    ['run.cancelled', 'cancelled'],
  ] as const)('never leaves what %s made of it', (type, status) => {
    const log = story().begin().end(type);
    const { endedAt } = log.view().run;
    log.state('SESSION_STATE_OPEN', { runStatus: 'running' });
    log.end('run.failed', { error: 'late', errorCode: 'LATE' }).end('run.completed');
    expect(log.view().run.status).toBe(status);
    expect(log.view().run.endedAt).toBe(endedAt);
    expect(log.view().run.error).toEqual(type === 'run.failed' ? { code: '', message: '' } : undefined);
  });

  it('is not touched by a decision', () => {
    expect(story().begin().finalize('decision.selected', true).view().run.status).toBe('running');
  });

  it('ignores a word that is no status', () => {
    const log = story().begin().state('SESSION_STATE_OPEN', { runStatus: 'paused' });
    expect(log.view().run.status).toBe('running');
  });
});

describe('the session', () => {
  it('overrides the creation with what is not blank', () => {
    const log = story().add('run.created', {
      status: 'queued',
      modeName: 'asked',
      runtimeKind: 'rust',
      sessionId: 's1',
    });
    log.add('session.bound', {
      modeName: '',
      sessionId: 's2',
      initiator: 'alice',
      policyVersion: 'p',
      participants: [],
    });
    expect(log.view().run).toMatchObject({
      modeName: 'asked',
      runtimeKind: 'rust',
      runtimeSessionId: 's2',
      initiator: 'alice',
      policyVersion: 'p',
    });
  });

  it('starts at the earlier of its own and the run’s start', () => {
    const log = story().add('run.started', { status: 'starting', startedAt: at(10) });
    log.add('session.bound', { startedAt: at(4), participants: [] });
    expect(log.view().run.startedAt).toBe(at(4));
    log.add('run.started', { startedAt: at(7) });
    expect(log.view().run.startedAt).toBe(at(4));
    log.add('session.bound', { startedAt: at(9), participants: [] });
    expect(log.view().run.startedAt).toBe(at(4));
  });

  it('shows its last state, deadline, context and sorted extension keys', () => {
    const log = story().begin().state('SESSION_STATE_SUSPENDED');
    log.state('SESSION_STATE_OPEN', { expiresAt: at(9), contextId: 'ctx', extensionKeys: ['b', 'a', 'b', ''] });
    expect(log.view().run).toMatchObject({
      sessionState: 'SESSION_STATE_OPEN',
      expiresAt: at(9),
      contextId: 'ctx',
      extensionKeys: ['a', 'b'],
    });
  });

  it('lists at most 64 extension keys', () => {
    const extensionKeys = Array.from({ length: 100 }, (_, index) => `k${index}`);
    expect(story().add('session.bound', { extensionKeys, participants: [] }).view().run.extensionKeys).toHaveLength(64);
  });

  it('takes intent and context from the SessionStart, and only from the stream', () => {
    const log = story()
      .begin()
      .message('SessionStart', 'alice', { ambient: true, intent: 'anybody’s', contextId: 'a' });
    expect(log.view().run).not.toHaveProperty('intent');
    expect(log.view().run).not.toHaveProperty('contextId');
    log.message('SessionStart', 'alice', { intent: 'x'.repeat(600), contextId: 'c' });
    expect(log.view().run.intent).toBe(`${'x'.repeat(500)}…`);
    expect(log.view().run.contextId).toBe('c');
    log.message('SessionStart', 'alice', { intent: 'another', contextId: 'd' });
    expect(log.view().run).toMatchObject({ intent: `${'x'.repeat(500)}…`, contextId: 'c' });
  });
});

it('tells why a run failed', () => {
  const log = story().begin().end('run.failed', { error: 'session expired', errorCode: 'SESSION_EXPIRED' });
  expect(log.view().run.error).toEqual({ code: 'SESSION_EXPIRED', message: 'session expired' });
});
