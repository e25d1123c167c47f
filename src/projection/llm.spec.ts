import { expect, it } from 'vitest';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const story = (): RunStory => new RunStory(MODE.decision, ['alice'], 'alice').begin();

it('lists a call without its texts', () => {
  const log = story().call('alice', {
    provider: 'acme',
    model: 'm1',
    promptTokens: 10,
    completionTokens: 5,
    totalTokens: 15,
    latencyMs: 120,
    estimatedCostUsd: 0.001,
    costSource: 'reported',
    prompt: 'secret',
    response: 'secret',
    artifactId: 'art',
  });
  log.call('alice', { estimatedCostUsd: null });
  expect(log.view().llm.calls).toEqual([
    {
      participantId: 'alice',
      provider: 'acme',
      model: 'm1',
      promptTokens: 10,
      completionTokens: 5,
      totalTokens: 15,
      latencyMs: 120,
      estimatedCostUsd: 0.001,
      ts: log.events.at(-2)?.ts,
      seq: log.events.length - 1,
      artifactId: 'art',
    },
    {
      participantId: 'alice',
      promptTokens: 0,
      completionTokens: 0,
      totalTokens: 0,
      ts: log.events.at(-1)?.ts,
      seq: log.events.length,
    },
  ]);
});

it('sums over all calls, also those no longer listed', () => {
  const log = story();
  for (let index = 0; index < 130; index += 1) {
    log.call('alice', { promptTokens: 2, completionTokens: 1, totalTokens: 3, estimatedCostUsd: 0.1 });
  }
  expect(log.view().llm.calls).toHaveLength(100);
  expect(log.view().llm.totals).toEqual({
    callCount: 130,
    promptTokens: 260,
    completionTokens: 130,
    totalTokens: 390,
    estimatedCostUsd: 13,
  });
});

it('rounds the cost to 6 decimals after each call, and no number becomes infinite', () => {
  const log = story().call('alice', { estimatedCostUsd: 0.0000004 }).call('alice', { estimatedCostUsd: 0.0000006 });
  expect(log.view().llm.totals.estimatedCostUsd).toBe(0.000001);
  for (const value of [1e308, 1e308, -5, '7']) log.call('alice', { totalTokens: value, estimatedCostUsd: value });
  const { totalTokens, estimatedCostUsd } = log.view().llm.totals;
  expect(totalTokens).toBe(Number.MAX_SAFE_INTEGER);
  expect(estimatedCostUsd).toBe(0.000001);
});
