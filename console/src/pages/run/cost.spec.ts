import { describe, expect, it } from 'vitest';
import { costByAgent } from './cost.js';

const call = (participantId: string, promptTokens: number, estimatedCostUsd?: number) => ({
  participantId,
  promptTokens,
  completionTokens: 10,
  totalTokens: promptTokens + 10,
  ts: '2026-01-01T00:00:00.000Z',
  seq: 1,
  ...(estimatedCostUsd !== undefined && { estimatedCostUsd }),
});

describe('cost', () => {
  it('is summed by agent, the dearest first', () => {
    const sums = costByAgent([call('a', 5), call('b', 100, 0.5), call('a', 7), call('b', 1)]);
    expect(sums).toEqual([
      { participantId: 'b', calls: 2, promptTokens: 101, completionTokens: 20, usd: 0.5 },
      { participantId: 'a', calls: 2, promptTokens: 12, completionTokens: 20, usd: undefined },
    ]);
  });
});
