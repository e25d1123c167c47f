import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParticipantMetrics, RunMetrics } from '../contracts/metrics.js';
import { freeze } from '../../test/support/freeze.js';
import { hostileLog } from '../../test/support/hostile-log.js';
import { at, RunStory } from '../../test/support/run-story.js';
import { foldMetrics, initialMetrics, reduceMetrics } from './metrics.js';
import { readable } from './read.js';
import { MODE } from '../contracts/modes.js';

const story = (participants = ['alice', 'bob']): RunStory => new RunStory(MODE.decision, participants, 'alice').begin();
const metrics = (log: RunStory): RunMetrics => log.events.reduce(reduceMetrics, initialMetrics());
const row = (log: RunStory, id: string): ParticipantMetrics | undefined =>
  metrics(log).participants.find(({ participantId }) => participantId === id);

describe('counters', () => {
  it('come to the same of a batch as of one event after the other, and what they began with stays as it was', () => {
    fc.assert(
      fc.property(hostileLog, fc.nat(60), (events, first) => {
        const before = freeze(events.slice(0, first).reduce(reduceMetrics, initialMetrics()));
        const batch = events.slice(first);
        expect(foldMetrics(before, batch.map(readable))).toEqual(batch.reduce(reduceMetrics, before));
      }),
      { numRuns: 200 },
    );
  });

  it('count each kind of event once', () => {
    const log = story().message('SessionStart', 'alice').propose('Proposal', 'alice', 'p1', 'go');
    log.add('message.sent', {}).add('message.send_failed', {}).signal('s', 'bob').progress('bob', 5, 'x');
    log.vote('bob', 'p1', 'APPROVE').add('tool.called', {}).add('tool.completed', {});
    log.message('Progress', 'bob', { ambient: true }).message('Vote', 'bob', { payloadEncoding: 'undecodable' });
    log.add('session.stream.opened', { status: 'opened' }).add('session.stream.opened', { status: 'reconnecting' });
    log.add('session.stream.opened', { status: 'gap' }).commit('decision.selected', false);
    expect(metrics(log)).toMatchObject({
      eventCount: log.events.length,
      messageCount: 5,
      sentCount: 1,
      sendFailedCount: 1,
      signalCount: 1,
      progressCount: 1,
      proposalCount: 1,
      toolCallCount: 1,
      decisionCount: 1,
      streamReconnectCount: 1,
      historyGapCount: 1,
      parkedCount: 1,
      sessionState: 'SESSION_STATE_RESOLVED',
      outcomePositive: false,
    });
    expect(metrics(log).eventCount).toBe(log.view().timeline.totalEvents);
  });

  it('sum calls exactly as the projection does', () => {
    const log = story();
    for (const cost of [0.1, 0.0000004, 0.2, null, 'x', 3]) {
      log.call('bob', { promptTokens: 7, completionTokens: 2, totalTokens: 9, estimatedCostUsd: cost });
    }
    const { callCount, ...sums } = log.view().llm.totals;
    expect(metrics(log)).toMatchObject({ ...sums, llmCallCount: callCount });
    expect(callCount).toBe(6);
  });

  it('take the first outcome for the decision', () => {
    const log = story().finalize('a', null).finalize('b', true);
    expect(metrics(log)).toMatchObject({ decisionCount: 2, outcomePositive: null });
  });
});

describe('time', () => {
  it('has no duration without a start', () => {
    expect(metrics(new RunStory(MODE.decision, [], '').add('run.created', {})).durationMs).toBeNull();
  });

  it('lasts until the last event, then until the end', () => {
    const log = story(); // started at 2 s, seven events
    expect(metrics(log)).toMatchObject({ durationMs: 4_000, firstEventAt: at(1), lastEventAt: at(6) });
    log.add('message.sent', {}, { ts: at(0) }).add('message.sent', {}, { ts: at(30) });
    expect(metrics(log)).toMatchObject({ durationMs: 28_000, firstEventAt: at(0), lastEventAt: at(30) });
    log.end('run.completed', { endedAt: at(20) });
    expect(metrics(log)).toMatchObject({ durationMs: 18_000, lastEventAt: at(30), endedAt: at(20) });
    log.add('message.sent', {}, { ts: at(90) }).end('run.failed', { endedAt: at(95) });
    expect(metrics(log)).toMatchObject({ durationMs: 18_000, lastEventAt: at(30), endedAt: at(20) });
  });

  it('includes the terminal event in the span', () => {
    const log = story().add('run.failed', { endedAt: at(9) }, { ts: at(40) });
    expect(metrics(log)).toMatchObject({ lastEventAt: at(40), durationMs: 7_000 });
  });

  it('starts with the run or its session, whichever was first, and is never negative', () => {
    const log = new RunStory(MODE.decision, [], '').add('session.bound', { startedAt: at(50) });
    expect(metrics(log)).toMatchObject({ startedAt: at(50), durationMs: 0 });
    expect(metrics(log.add('run.started', { startedAt: at(0) })).durationMs).toBe(2_000);
  });
});

describe('participants', () => {
  it('have a row from when they are seen', () => {
    expect(metrics(story()).participants.map(({ participantId }) => participantId)).toEqual(['alice', 'bob']);
  });

  it('are credited with what they did', () => {
    const log = story().propose('Proposal', 'alice', 'p1', 'go').evaluate('bob', 'p1', 'APPROVE', 0.5);
    log.evaluate('bob', 'p1', 'APPROVE', 0.25).vote('bob', 'p1', 'APPROVE').signal('s', 'bob');
    log.signal('s', 'bob', { member: false }).signal('s', 'stranger', { member: false });
    log.call('bob', { totalTokens: 9, latencyMs: 30, estimatedCostUsd: 0.5 }).call('bob', { totalTokens: 1 });
    expect(row(log, 'bob')).toEqual({
      participantId: 'bob',
      messages: 3,
      signals: 1,
      confidenceSum: 0.75,
      confidenceCount: 2,
      latencySumMs: 30,
      latencyCount: 1,
      tokens: 10,
      costUsd: 0.5,
    });
    expect(row(log, 'stranger')).toBeUndefined();
  });

  it('keep sums that can be summed, whatever senders say', () => {
    const log = story().evaluate('bob', 'p1', 'APPROVE', 1.7e308).evaluate('alice', 'p1', 'APPROVE', -1.7e308);
    log.call('bob', { latencyMs: 1.7e308, estimatedCostUsd: 1.7e308 }).call('bob', { latencyMs: 1.7e308 });
    expect(row(log, 'bob')).toMatchObject({
      confidenceSum: Number.MAX_SAFE_INTEGER,
      latencySumMs: Number.MAX_SAFE_INTEGER,
      latencyCount: 2,
      costUsd: 0,
    });
    expect(row(log, 'alice')).toMatchObject({ confidenceSum: -Number.MAX_SAFE_INTEGER });
  });

  it('are at most 1 100, and none is nameless', () => {
    const log = new RunStory(MODE.decision, [], '').message('A', ' ');
    expect(metrics(log).participants).toEqual([]);
    for (let index = 0; index < 1_110; index += 1) log.message('A', `p${index}`);
    expect(metrics(log).participants).toHaveLength(1_100);
    expect(metrics(log).messageCount).toBe(1_111);
  });
});
