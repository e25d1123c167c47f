import type { CurrentDecision, Projection } from '../contracts/projection.js';
import type { RunMetrics } from '../contracts/metrics.js';
import type { RunSummary } from '../contracts/run.js';
import { present } from './update.js';

/** What clients colour as a refusal; every other label counts as consent. */
const DECLINED_LABEL = 'decline';

/** What the run amounts to so far, for its record. Decision fields only once there is a decision. */
export function summaryOf(projection: Projection, metrics: RunMetrics): RunSummary {
  const { decision, run } = projection.view;
  return present<RunSummary>({
    durationMs: metrics.durationMs ?? undefined,
    totalTokens: metrics.totalTokens,
    estimatedCostUsd: metrics.estimatedCostUsd,
    error: run.error?.message,
    ...(decision.current?.finalized ? decided(decision.current) : {}),
  });
}

function decided(current: CurrentDecision): RunSummary {
  return present<RunSummary>({
    finalAction: current.outcomePositive === false ? DECLINED_LABEL : current.action,
    committedAction: current.action,
    finalConfidence: current.confidence,
    outcomePositive: current.outcomePositive,
  });
}
