import type { IsoTime } from './ids.js';

/** Lengths of time up to now, as the public console offers them. */
export const WINDOWS = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;
export type Window = (typeof WINDOWS)[number];

/** Which runs a dashboard is about: live ones created in [from, to), archived ones included. */
export interface DashboardFilter {
  /** Absent: since the first run. */
  readonly from?: IsoTime | undefined;
  readonly to: IsoTime;
  /** Exactly the run's scenario, or its source where it has no scenario. */
  readonly scenarioRef?: string | undefined;
  readonly environment?: string | undefined;
}

/** What a selection consists of. */
export interface DashboardCover {
  readonly runs: number;
  /** False: there are more runs than are looked at; the newest are. */
  readonly complete: boolean;
  /** Of the oldest run looked at; absent when there is none. */
  readonly since?: IsoTime;
}

export interface DashboardTotals {
  readonly total: number;
  readonly active: number;
  readonly suspended: number;
  readonly completed: number;
  /** Completed with a negative outcome; counted in `completed` too. */
  readonly declined: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly positive: number;
  readonly signals: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** Milliseconds, of ended runs; null when there is none. */
  readonly averageMs: number | null;
}

/** Runs created in one bucket of time. */
export interface DashboardBucket {
  /** Index into the bounds, from 1. */
  readonly bucket: number;
  readonly created: number;
  readonly signals: number;
  readonly costUsd: number;
  readonly ended: number;
  /** Completed and not declined. */
  readonly succeeded: number;
  /** Milliseconds, of the ended ones; null when there is none. */
  readonly averageMs: number | null;
  /** The same at 50, 95 and 99 per cent. */
  readonly percentilesMs: readonly [number, number, number] | null;
}

export interface LabelCount {
  readonly label: string;
  readonly count: number;
}

export interface BucketCount {
  readonly bucket: number;
  readonly count: number;
}

export interface DashboardFigures {
  readonly totals: DashboardTotals;
  readonly buckets: readonly DashboardBucket[];
  /** Runs that ended in a bucket. */
  readonly ended: readonly BucketCount[];
  /** Runs that left the queue in a bucket: begun, or ended without having begun. */
  readonly begun: readonly BucketCount[];
  readonly errors: readonly LabelCount[];
  readonly scenarios: readonly LabelCount[];
}

/** One participant over all selected runs. */
export interface AgentFigures {
  readonly participantId: string;
  readonly runs: number;
  readonly messages: number;
  readonly signals: number;
  /** Of its evaluations, 0 to 1; null without any. */
  readonly averageConfidence: number | null;
  /** Of its model calls; null without any. */
  readonly averageLatencyMs: number | null;
  readonly totalTokens: number;
  readonly estimatedCostUsd: number;
}
