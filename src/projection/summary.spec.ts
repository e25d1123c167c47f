import { expect, it } from 'vitest';
import type { RunSummary } from '../contracts/run.js';
import { RunStory } from '../../test/support/run-story.js';
import { initialMetrics, reduceMetrics } from './metrics.js';
import { MODE } from '../contracts/modes.js';
import { summaryOf } from './summary.js';

const story = (): RunStory => new RunStory(MODE.decision, ['alice', 'bob'], 'alice').begin();
const summary = (log: RunStory): RunSummary =>
  summaryOf(log.projection(), log.events.reduce(reduceMetrics, initialMetrics()));

it.each([
  [true, 'step_up', 'step_up'],
  [false, 'decision.rejected', 'decline'],
  [null, 'unknown', 'unknown'],
])('a Commitment with outcome %j and action %s is shown as %s', (outcome, action, finalAction) => {
  const log = story().propose('Proposal', 'alice', 'p1', 'go').evaluate('bob', 'p1', 'APPROVE', 0.75);
  log.call('bob', { totalTokens: 12, estimatedCostUsd: 0.25 }).commit(action, outcome);
  expect(summary(log)).toEqual({
    durationMs: 13_000,
    finalAction,
    committedAction: action,
    finalConfidence: 0.75,
    outcomePositive: outcome,
    totalTokens: 12,
    estimatedCostUsd: 0.25,
  });
});

it('claims no final action for a run that decided nothing', () => {
  const log = story().propose('Proposal', 'alice', 'p1', 'go').end('run.failed', { error: 'expired', errorCode: 'X' });
  expect(summary(log)).toEqual({ durationMs: 7_000, totalTokens: 0, estimatedCostUsd: 0, error: 'expired' });
});

it('changes with a late decision', () => {
  expect(summary(story().end('run.completed').finalize('decision.selected', true))).toMatchObject({
    finalAction: 'decision.selected',
    outcomePositive: true,
  });
});

it('has no duration before the start', () => {
  expect(summary(new RunStory(MODE.decision, [], ''))).toEqual({ totalTokens: 0, estimatedCostUsd: 0 });
});
