import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { AgentFigures, DashboardCover, DashboardFigures, DashboardFilter } from '../contracts/dashboard.js';
import type { IsoTime } from '../contracts/ids.js';
import type { RunRecord } from '../contracts/run-record.js';
import type { Database } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { listedRecords } from './run-list.repository.js';
import { facet } from './run-row.js';

/** Runs that one overview looks at, the newest: its cost has a bound, and says so (`complete`). */
export const OVERVIEW_RUNS_MAX = 50_000;
/** Runs that the agents' figures look at; each has up to 1 100 participants. */
export const AGENT_RUNS_MAX = 10_000;
/** Agents in one answer, those with most runs. */
export const AGENTS_MAX = 1_000;
/** Error classes and scenarios in one chart, the most frequent. */
const LABELS_MAX = 20;

/** As far as the fold lets sums of senders' numbers grow. What older rows hold beyond it would overflow the sum over them. */
const AMOUNT_SUM_MAX = Number.MAX_SAFE_INTEGER;

/** $1 from, $2 to, $3 scenario, $4 environment; all but `to` may be null. */
const SELECTED = `r.mode <> 'sandbox' and ($1::timestamptz is null or r.created_at >= $1) and r.created_at < $2
  and ($3::text is null or r.scenario_ref = $3) and ($4::text is null or r.environment = $4)`;
const NEWEST = 'order by r.created_at desc, r.id desc';

/** When a run left the queue; null while it waits. A session may have begun long before its run was made of it. */
const BEGUN = `case when coalesce(started_at, ended_at) is not null
    then greatest(created_at, coalesce(started_at, ended_at)) end`;

/** The newest runs of a selection with their metrics, read once; $5 holds the lower bounds of the buckets of time. */
const FIGURES = `with selected as materialized (
    select r.status, r.created_at, r.started_at, r.ended_at, r.error_code, r.scenario_ref, m.signal_count,
      m.total_tokens, m.estimated_cost_usd, m.outcome_positive,
      case when r.ended_at is null then null else m.duration_ms end as duration_ms
    from runs r join run_metrics m on m.run_id = r.id where ${SELECTED} ${NEWEST} limit ${OVERVIEW_RUNS_MAX})
  select
    (select jsonb_build_object(
        'total', count(*),
        'active', count(*) filter (where status in ('queued', 'starting', 'binding_session', 'running')),
        'suspended', count(*) filter (where status = 'suspended'),
        'completed', count(*) filter (where status = 'completed'),
        'declined', count(*) filter (where status = 'completed' and outcome_positive = false),
        'positive', count(*) filter (where status = 'completed' and outcome_positive),
        'failed', count(*) filter (where status = 'failed'),
        'cancelled', count(*) filter (where status = 'cancelled'),
        'signals', coalesce(sum(signal_count), 0),
        'tokens', coalesce(sum(total_tokens), 0),
        'costUsd', coalesce(sum(estimated_cost_usd), 0),
        'averageMs', avg(duration_ms)) from selected) as totals,
    (select coalesce(jsonb_agg(to_jsonb(b) order by b.bucket), '[]') from (
      select width_bucket(created_at, $5::timestamptz[]) as bucket, count(*) as created, sum(signal_count) as signals,
        sum(estimated_cost_usd) as "costUsd", count(*) filter (where ended_at is not null) as ended,
        count(*) filter (where status = 'completed' and outcome_positive is not false) as succeeded,
        avg(duration_ms) as "averageMs",
        percentile_cont(array[0.5, 0.95, 0.99]) within group (order by duration_ms) as "percentilesMs"
      from selected group by 1) b) as buckets,
    ${countsBy('ended_at')} as ended,
    ${countsBy(BEGUN)} as begun,
    ${labelsBy("coalesce(error_code, 'UNKNOWN')", "status = 'failed'")} as errors,
    ${labelsBy('scenario_ref', 'scenario_ref is not null')} as scenarios`;

/** What happened before `to`: the last bucket has no end of its own. */
function countsBy(time: string): string {
  return `(select coalesce(jsonb_agg(to_jsonb(b)), '[]') from (
      select width_bucket(${time}, $5::timestamptz[]) as bucket, count(*) as count from selected where ${time} < $2
      group by 1 order by 1) b)`;
}

function labelsBy(label: string, condition: string): string {
  return `(select coalesce(jsonb_agg(to_jsonb(l)), '[]') from (
      select ${label} as label, count(*) as count from selected where ${condition}
      group by 1 order by 2 desc, 1 limit ${LABELS_MAX}) l)`;
}

function bounded(sum: string): string {
  return `greatest(least(${sum}, ${AMOUNT_SUM_MAX}), -${AMOUNT_SUM_MAX})`;
}

const AGENTS = `with selected as materialized (
    select m.participants from runs r join run_metrics m on m.run_id = r.id
    where ${SELECTED} ${NEWEST} limit ${AGENT_RUNS_MAX})
  select p."participantId", count(*)::int as runs, sum(p.messages)::float8 as messages,
    sum(p.signals)::float8 as signals,
    sum(${bounded('p."confidenceSum"')}) / nullif(sum(p."confidenceCount"), 0) as "averageConfidence",
    sum(${bounded('p."latencySumMs"')}) / nullif(sum(p."latencyCount"), 0) as "averageLatencyMs",
    sum(p.tokens) as "totalTokens", sum(p."costUsd") as "estimatedCostUsd"
  from selected cross join lateral jsonb_to_recordset(selected.participants) as p (
    "participantId" text, messages int, signals int, "confidenceSum" float8, "confidenceCount" float8,
    "latencySumMs" float8, "latencyCount" float8, tokens float8, "costUsd" float8)
  group by 1 order by 2 desc, 1 limit ${AGENTS_MAX}`;

/** Sums over runs and their metrics, computed where they lie. */
@Injectable()
export class DashboardRepository {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<AppConfig, 'normalize'>,
  ) {}

  async cover(filter: DashboardFilter): Promise<DashboardCover> {
    const [row] = await this.database.query(
      `select min(created_at) as since, count(*)::int as count from (
         select r.created_at from runs r where ${SELECTED} ${NEWEST} limit ${OVERVIEW_RUNS_MAX + 1}) newest`,
      valuesOf(filter),
    );
    const count = Number(row?.['count']);
    const since = row?.['since'];
    return {
      runs: Math.min(count, OVERVIEW_RUNS_MAX),
      complete: count <= OVERVIEW_RUNS_MAX,
      // The driver reads a timestamptz as our one time format.
      ...(typeof since === 'string' ? { since: since as IsoTime } : {}),
    };
  }

  /** `bounds`: where each bucket of time begins, ascending. */
  async figures(filter: DashboardFilter, bounds: readonly IsoTime[]): Promise<DashboardFigures> {
    const [row] = await this.database.query(FIGURES, [...valuesOf(filter), [...bounds]]);
    // The aliases and the keys of the JSON are the names of DashboardFigures.
    return row as object as DashboardFigures;
  }

  /** Those of the selection that lists show, newest first; fewer when they are large. */
  async recent(filter: DashboardFilter, limit: number): Promise<readonly RunRecord[]> {
    const text = `select r.id from runs r where ${SELECTED} and r.archived_at is null ${NEWEST} limit $5::int`;
    const rows = await this.database.query(text, [...valuesOf(filter), limit]);
    const ids = rows.map((row) => String(row['id']));
    return (await listedRecords(this.database, ids, this.config.normalize.redactPaths)).records;
  }

  async agents(filter: DashboardFilter): Promise<readonly AgentFigures[]> {
    const rows = await this.database.query(AGENTS, valuesOf(filter));
    // The aliases are the names of AgentFigures.
    return rows.map((row) => row as object as AgentFigures);
  }
}

function valuesOf({ from, to, scenarioRef, environment }: DashboardFilter): readonly unknown[] {
  return [from ?? null, to, facet(scenarioRef), facet(environment)];
}
