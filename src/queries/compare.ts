import type { RunId } from '../contracts/ids.js';
import type { RunStateView } from '../contracts/projection.js';
import type { RunStatus } from '../contracts/run.js';
import type { RunRecord } from '../contracts/run-record.js';

export interface ComparedRun {
  readonly record: RunRecord;
  readonly state: RunStateView;
}

export interface RunComparison {
  readonly left: RunBrief;
  readonly right: RunBrief;
  readonly statusMatch: boolean;
  readonly actionMatch: boolean;
  /** Right minus left; absent unless both are known. */
  readonly durationDeltaMs?: number;
  readonly confidenceDelta?: number;
  readonly totalTokensDelta: number;
  readonly estimatedCostUsdDelta: number;
  /** By id: added = only in the right one. */
  readonly participantsDiff: SetDiff & { readonly common: readonly string[] };
  /** By name. */
  readonly signalsDiff: SetDiff;
}

export interface RunBrief {
  readonly runId: RunId;
  readonly status: RunStatus;
  readonly modeName: string;
  readonly action?: string;
  readonly outcomePositive?: boolean | null;
  readonly durationMs?: number;
  readonly confidence?: number;
}

interface SetDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** What two runs have in common, and how the right one differs from the left one. */
export function compareRuns(left: ComparedRun, right: ComparedRun): RunComparison {
  const [a, b] = [briefOf(left), briefOf(right)];
  const durationDeltaMs = difference(a.durationMs, b.durationMs);
  const confidenceDelta = difference(a.confidence, b.confidence);
  const participants = [left, right].map(({ state }) => state.participants.map(({ participantId }) => participantId));
  const signals = [left, right].map(({ state }) => state.signals.signals.map(({ name }) => name));
  const [spentLeft, spentRight] = [left.state.llm.totals, right.state.llm.totals];
  return {
    left: a,
    right: b,
    statusMatch: a.status === b.status,
    actionMatch: a.action === b.action,
    ...(durationDeltaMs === undefined ? {} : { durationDeltaMs }),
    ...(confidenceDelta === undefined ? {} : { confidenceDelta }),
    totalTokensDelta: spentRight.totalTokens - spentLeft.totalTokens,
    estimatedCostUsdDelta: spentRight.estimatedCostUsd - spentLeft.estimatedCostUsd,
    participantsDiff: { ...diffOf(participants), common: commonTo(participants) },
    signalsDiff: diffOf(signals),
  };
}

function briefOf({ record, state }: ComparedRun): RunBrief {
  const { current } = state.decision;
  const { startedAt, endedAt } = record;
  return {
    runId: record.id,
    status: record.status,
    modeName: record.modeName,
    ...(current === undefined ? {} : { action: current.action }),
    ...(current?.outcomePositive === undefined ? {} : { outcomePositive: current.outcomePositive }),
    ...(startedAt === undefined || endedAt === undefined
      ? {}
      : { durationMs: Math.max(Date.parse(endedAt) - Date.parse(startedAt), 0) }),
    ...(current?.confidence === undefined ? {} : { confidence: current.confidence }),
  };
}

function difference(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : right - left;
}

function diffOf([left = [], right = []]: readonly (readonly string[])[]): SetDiff {
  return { added: missingIn(left, right), removed: missingIn(right, left) };
}

/** What of `list` is not in `other`, each once, in the order of `list`. */
function missingIn(other: readonly string[], list: readonly string[]): readonly string[] {
  const known = new Set(other);
  return [...new Set(list)].filter((item) => !known.has(item));
}

function commonTo([left = [], right = []]: readonly (readonly string[])[]): readonly string[] {
  const known = new Set(right);
  return [...new Set(left)].filter((item) => known.has(item));
}
