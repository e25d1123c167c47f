import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { AgentFigures, DashboardCover, DashboardFilter, DashboardTotals, Window } from '../contracts/dashboard.js';
import type { IsoTime } from '../contracts/ids.js';
import type { RunRecord } from '../contracts/run-record.js';
import { epochMs, isoTime, type Clock } from '../contracts/time.js';
import { DashboardRepository } from '../storage/dashboard.repository.js';
import { chartsOf, type DashboardCharts } from './dashboard-charts.js';
import { HealthService } from './health.service.js';
import type { RuntimeHealth } from './runtime-query.service.js';
import { WINDOWS_MS, bucketsOf } from './time-buckets.js';

/** Runs shown with their records. */
const RECENT_RUNS_MAX = 20;

export interface DashboardQuery {
  /** Ends now; excludes `from` and `to`. */
  readonly window?: Window | undefined;
  readonly from?: IsoTime | undefined;
  readonly to?: IsoTime | undefined;
  readonly scenarioRef?: string | undefined;
  readonly environment?: string | undefined;
}

export interface DashboardKpis {
  readonly totalRuns: number;
  readonly activeRuns: number;
  readonly suspendedRuns: number;
  readonly completedRuns: number;
  readonly declinedRuns: number;
  readonly failedRuns: number;
  readonly cancelledRuns: number;
  /** 0 to 1: completed and not declined, of all that ended; 0 when none did. */
  readonly successRate: number;
  readonly avgDurationMs: number | null;
  readonly totalSignals: number;
  readonly totalTokens: number;
  readonly totalCostUsd: number;
  readonly estimatedCostUsd: number;
}

export interface DashboardOverview {
  readonly kpis: DashboardKpis;
  readonly charts: DashboardCharts;
  readonly recentRuns: readonly RunRecord[];
  readonly runtimeHealth: RuntimeHealth;
  readonly coverage: DashboardCover;
}

/** Figures over many runs, computed by the database from their metrics. */
@Injectable()
export class DashboardService {
  constructor(
    private readonly figures: DashboardRepository,
    private readonly health: HealthService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async overview(query: DashboardQuery): Promise<DashboardOverview> {
    const filter = this.filterOf(query);
    const coverage = await this.figures.cover(filter);
    const from = (coverage.complete ? filter.from : undefined) ?? coverage.since ?? filter.to;
    // The upper bound is exclusive: its last instant is a millisecond before.
    const starts = bucketsOf(epochMs(from), epochMs(filter.to) - 1);
    const figures = await this.figures.figures(filter, starts);
    return {
      kpis: kpisOf(figures.totals),
      charts: chartsOf(starts, figures),
      recentRuns: await this.figures.recent(filter, RECENT_RUNS_MAX),
      runtimeHealth: await this.health.runtimeHealth(),
      coverage,
    };
  }

  agents(query: DashboardQuery): Promise<readonly AgentFigures[]> {
    return this.figures.agents(this.filterOf(query));
  }

  private filterOf({ window, from, to, scenarioRef, environment }: DashboardQuery): DashboardFilter {
    // What was created at this very millisecond counts.
    const now = this.clock.now() + 1;
    const begin = window === undefined ? from : isoTime(now - WINDOWS_MS[window]);
    return { from: begin, to: to ?? isoTime(now), scenarioRef, environment };
  }
}

function kpisOf(totals: DashboardTotals): DashboardKpis {
  const { completed, declined, failed, cancelled } = totals;
  const ended = completed + failed + cancelled;
  return {
    totalRuns: totals.total,
    activeRuns: totals.active,
    suspendedRuns: totals.suspended,
    completedRuns: completed,
    declinedRuns: declined,
    failedRuns: failed,
    cancelledRuns: cancelled,
    successRate: ended === 0 ? 0 : (completed - declined) / ended,
    avgDurationMs: totals.averageMs,
    totalSignals: totals.signals,
    totalTokens: totals.tokens,
    totalCostUsd: totals.costUsd,
    estimatedCostUsd: totals.costUsd,
  };
}
