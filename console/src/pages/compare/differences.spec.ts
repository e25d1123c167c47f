import { expect, it } from 'vitest';
import type { Metrics, RunComparison } from '../../api/types.js';
import { runFixture } from '../../words/run.fixture.js';
import { differencesOf, endOf, type Side } from './differences.js';

const METRICS: Metrics = {
  runId: '01981b5e-3c1e-7d5b-9a77-2f8a1c0b9d3e',
  eventCount: 30,
  messageCount: 6,
  sentCount: 2,
  sendFailedCount: 0,
  signalCount: 1,
  progressCount: 0,
  proposalCount: 1,
  toolCallCount: 0,
  decisionCount: 1,
  llmCallCount: 0,
  promptTokens: 60,
  completionTokens: 40,
  totalTokens: 100,
  estimatedCostUsd: 0.01,
  streamReconnectCount: 0,
  historyGapCount: 0,
  parkedCount: 0,
  durationMs: 4_200,
  participants: [],
};

const side = (changes: Parameters<typeof runFixture>[0], metrics: Partial<Metrics> = {}): Side => ({
  run: runFixture(changes),
  metrics: { ...METRICS, ...metrics },
});

const COMPARISON: RunComparison = {
  left: {
    runId: METRICS.runId,
    status: 'completed',
    modeName: 'macp.mode.decision.v1',
    action: 'approve',
    durationMs: 4_200,
  },
  right: { runId: METRICS.runId, status: 'failed', modeName: 'macp.mode.decision.v1', durationMs: 5_100 },
  statusMatch: false,
  actionMatch: false,
  durationDeltaMs: 900,
  totalTokensDelta: 150,
  estimatedCostUsdDelta: 0,
  participantsDiff: { added: [], removed: [], common: [] },
  signalsDiff: { added: [], removed: [] },
};

const left = side({ status: 'completed', metadata: { outcomePositive: true } });
const right = side({ status: 'failed', errorCode: 'SESSION_EXPIRED' }, { totalTokens: 250, messageCount: 4 });
const line = (name: string) => differencesOf(COMPARISON, left, right).find((difference) => difference.name === name);

it('says of each line how both stand and how they differ', () => {
  expect(line('Outcome')).toEqual({
    name: 'Outcome',
    left: 'Decided for',
    right: 'Failed: Time ran out before a decision',
    change: 'different',
    isSame: false,
  });
  expect(line('Mode')).toMatchObject({ left: 'Decision', change: 'the same', isSame: true });
  expect(line('Duration')).toMatchObject({ left: '4.2 s', right: '5.1 s', change: '+900 ms', isSame: false });
  expect(line('Tokens')).toMatchObject({ left: '100', right: '250', change: '+150' });
  expect(line('Cost')).toMatchObject({ change: 'the same', isSame: true });
  expect(line('Messages')).toMatchObject({ change: '−2' });
});

it('compares nothing where one side tells nothing', () => {
  expect(line('Decision')).toMatchObject({ left: 'approve', right: '–', change: 'different' });
  expect(line('Confidence')).toEqual({ name: 'Confidence', left: '–', right: '–', isSame: true });
});

it('tells a decision from what was only proposed', () => {
  const comparison = { ...COMPARISON, right: { ...COMPARISON.right, action: 'approve' } };
  const decision = differencesOf(comparison, left, right).find(({ name }) => name === 'Decision');
  expect(decision).toMatchObject({ left: 'approve', right: 'approve (not decided)', change: 'different' });
});

it('says how a run stands that has not ended', () => {
  expect(endOf(runFixture({ status: 'suspended' }))).toBe('Suspended');
  expect(endOf(runFixture({ status: 'completed', metadata: { outcomePositive: false } }))).toBe('Decided against');
});
