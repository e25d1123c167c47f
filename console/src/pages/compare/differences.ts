import type { Metrics, Run, RunComparison } from '../../api/types.js';
import { failureWord } from '../../words/failure.js';
import { modeTitle } from '../../words/names.js';
import { costWords, countWords, deltaWords, shareWords } from '../../words/number.js';
import { outcomeOf } from '../../words/run.js';
import { RUN_STATUS } from '../../words/status.js';
import { spanWords } from '../../words/time.js';

/** One of the two runs with all that is compared of it. */
export interface Side {
  readonly run: Run;
  readonly metrics: Metrics;
}

/** A line of the comparison: how both stand, and how the right one differs from the left one. */
export interface Difference {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  /** In words; undefined where there is nothing to compare. */
  readonly change?: string;
  readonly isSame: boolean;
}

const UNKNOWN = '–';

/** What sets two runs apart, the most telling first. */
export function differencesOf(comparison: RunComparison, left: Side, right: Side): readonly Difference[] {
  const { durationDeltaMs, confidenceDelta, totalTokensDelta, estimatedCostUsdDelta } = comparison;
  const [leftIs, rightIs] = [comparison.left, comparison.right];
  return [
    words('Outcome', endOf(left.run), endOf(right.run)),
    words('Decision', decisionOf(leftIs), decisionOf(rightIs)),
    words('Mode', modeTitle(leftIs.modeName), modeTitle(rightIs.modeName)),
    figure('Duration', leftIs.durationMs, rightIs.durationMs, durationDeltaMs, spanWords),
    figure('Confidence', leftIs.confidence, rightIs.confidence, confidenceDelta, shareWords),
    figure('Tokens', left.metrics.totalTokens, right.metrics.totalTokens, totalTokensDelta, countWords),
    figure('Cost', left.metrics.estimatedCostUsd, right.metrics.estimatedCostUsd, estimatedCostUsdDelta, costWords),
    counted('Messages', left.metrics.messageCount, right.metrics.messageCount),
    counted('Proposals', left.metrics.proposalCount, right.metrics.proposalCount),
    counted('Signals', left.metrics.signalCount, right.metrics.signalCount),
    counted('Events', left.metrics.eventCount, right.metrics.eventCount),
  ];
}

/** How a run ended, or how it stands. */
export function endOf(run: Run): string {
  const outcome = outcomeOf(run);
  if (outcome) return outcome.word;
  const { word } = RUN_STATUS[run.status];
  return run.status === 'failed' && run.errorCode !== undefined ? `${word}: ${failureWord(run.errorCode)}` : word;
}

/** What was decided; what was only proposed by the time a run ended says so. */
function decisionOf({ action, status }: RunComparison['left']): string {
  if (action === undefined) return UNKNOWN;
  return status === 'completed' ? action : `${action} (not decided)`;
}

function words(name: string, left: string, right: string): Difference {
  const isSame = left === right;
  if (left === UNKNOWN && right === UNKNOWN) return { name, left, right, isSame };
  return { name, left, right, change: isSame ? 'the same' : 'different', isSame };
}

function counted(name: string, left: number, right: number): Difference {
  return figure(name, left, right, right - left, countWords);
}

function figure(
  name: string,
  left: number | undefined,
  right: number | undefined,
  delta: number | undefined,
  say: (value: number) => string,
): Difference {
  const isKnown = left !== undefined && right !== undefined && delta !== undefined;
  return {
    name,
    left: left === undefined ? UNKNOWN : say(left),
    right: right === undefined ? UNKNOWN : say(right),
    ...(isKnown && { change: deltaWords(delta, say) }),
    isSame: left === right,
  };
}
