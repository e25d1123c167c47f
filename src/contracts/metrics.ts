import type { IsoTime } from './ids.js';

/** Counters of one participant in one run; what the agent dashboard sums. */
export interface ParticipantMetrics {
  readonly participantId: string;
  readonly messages: number;
  readonly signals: number;
  readonly confidenceSum: number;
  readonly confidenceCount: number;
  readonly latencySumMs: number;
  readonly latencyCount: number;
  readonly tokens: number;
  readonly costUsd: number;
}

/** One row per run, folded from the same events in the same transaction. All values are JSON numbers. */
export interface RunMetrics {
  readonly eventCount: number;
  readonly messageCount: number;
  readonly sentCount: number;
  readonly sendFailedCount: number;
  readonly signalCount: number;
  readonly progressCount: number;
  readonly proposalCount: number;
  readonly toolCallCount: number;
  readonly decisionCount: number;
  readonly llmCallCount: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly estimatedCostUsd: number;
  readonly streamReconnectCount: number;
  readonly historyGapCount: number;
  readonly parkedCount: number;
  readonly firstEventAt?: IsoTime;
  readonly lastEventAt?: IsoTime;
  readonly startedAt?: IsoTime;
  readonly endedAt?: IsoTime;
  /** Milliseconds; null without a start; never negative. */
  readonly durationMs: number | null;
  readonly sessionState?: string;
  readonly outcomePositive?: boolean | null;
  /** At most 1 100, as in the projection. */
  readonly participants: readonly ParticipantMetrics[];
}
