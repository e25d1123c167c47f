import type { RunState } from '../../api/types.js';

type Call = RunState['llm']['calls'][number];

export interface AgentCost {
  readonly participantId: string;
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** US dollars; undefined when no call told or could be priced. */
  readonly usd: number | undefined;
}

/** Calls summed by agent, the dearest first, then the one with most tokens. */
export function costByAgent(calls: readonly Call[]): readonly AgentCost[] {
  const sums = new Map<string, AgentCost>();
  for (const { participantId, promptTokens, completionTokens, estimatedCostUsd } of calls) {
    const sum = sums.get(participantId);
    sums.set(participantId, {
      participantId,
      calls: (sum?.calls ?? 0) + 1,
      promptTokens: (sum?.promptTokens ?? 0) + promptTokens,
      completionTokens: (sum?.completionTokens ?? 0) + completionTokens,
      usd: estimatedCostUsd === undefined ? sum?.usd : (sum?.usd ?? 0) + estimatedCostUsd,
    });
  }
  const tokens = (cost: AgentCost): number => cost.promptTokens + cost.completionTokens;
  return [...sums.values()].sort((a, b) => (b.usd ?? 0) - (a.usd ?? 0) || tokens(b) - tokens(a));
}
