import { Inject, Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import type { RunId } from '../contracts/ids.js';
import type { RunMetrics } from '../contracts/metrics.js';
import type { Database, Executor } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runMetrics } from '../db/schema.js';
import type { Write } from '../db/statement.js';

type MetricsRow = typeof runMetrics.$inferSelect;
type Counter = Exclude<keyof MetricsRow & keyof RunMetrics, 'outcomePositive' | 'participants'>;

/** The metrics and their columns; a new one needs a line here and a migration. */
const COLUMN_OF: Readonly<Record<Counter, string>> = {
  eventCount: 'event_count',
  messageCount: 'message_count',
  sentCount: 'sent_count',
  sendFailedCount: 'send_failed_count',
  signalCount: 'signal_count',
  progressCount: 'progress_count',
  proposalCount: 'proposal_count',
  toolCallCount: 'tool_call_count',
  decisionCount: 'decision_count',
  llmCallCount: 'llm_call_count',
  promptTokens: 'prompt_tokens',
  completionTokens: 'completion_tokens',
  totalTokens: 'total_tokens',
  estimatedCostUsd: 'estimated_cost_usd',
  streamReconnectCount: 'stream_reconnect_count',
  historyGapCount: 'history_gap_count',
  parkedCount: 'parked_count',
  firstEventAt: 'first_event_at',
  lastEventAt: 'last_event_at',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  durationMs: 'duration_ms',
  sessionState: 'session_state',
};

// The keys of the table above are the counters themselves.
const COUNTERS = Object.keys(COLUMN_OF) as Counter[];
const COLUMNS = [...COUNTERS.map((counter) => COLUMN_OF[counter]), 'outcome_known', 'outcome_positive'];
const PARTICIPANTS = `$${COLUMNS.length + 2}`;
const placeholder = (index: number): string => `$${index + 2}`;

const INSERT = `insert into run_metrics (run_id, ${COLUMNS.join(', ')}, participants)
  values ($1, ${COLUMNS.map((_column, index) => placeholder(index)).join(', ')}, ${PARTICIPANTS}::jsonb)`;

const UPDATE = `update run_metrics set ${COLUMNS.map((column, index) => `${column} = ${placeholder(index)}`).join(', ')},
  participants = coalesce(${PARTICIPANTS}::jsonb, participants) where run_id = $1`;

/** Counters, one row per run. */
@Injectable()
export class MetricsRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async find(runId: RunId, executor: Executor = this.database): Promise<RunMetrics | undefined> {
    const [row] = await executor.read((drizzle) =>
      drizzle.select().from(runMetrics).where(eq(runMetrics.runId, runId)),
    );
    return row && toMetrics(row);
  }

  insert(runId: RunId, metrics: RunMetrics): Write {
    return { text: INSERT, values: [runId, ...countersOf(metrics), JSON.stringify(metrics.participants)] };
  }

  /** Participants are written only if they are not the very list of `before`. */
  update(runId: RunId, before: RunMetrics | undefined, metrics: RunMetrics): Write {
    const participants = before?.participants === metrics.participants ? null : JSON.stringify(metrics.participants);
    return { text: UPDATE, values: [runId, ...countersOf(metrics), participants] };
  }
}

function countersOf(metrics: RunMetrics): readonly unknown[] {
  const outcome = metrics.outcomePositive;
  return [...COUNTERS.map((counter) => metrics[counter] ?? null), outcome !== undefined, outcome ?? null];
}

function toMetrics(row: MetricsRow): RunMetrics {
  const { runId: _run, outcomeKnown, outcomePositive, ...rest } = row;
  const { firstEventAt, lastEventAt, startedAt, endedAt, sessionState, ...counters } = rest;
  return {
    ...counters,
    ...(firstEventAt === null ? {} : { firstEventAt }),
    ...(lastEventAt === null ? {} : { lastEventAt }),
    ...(startedAt === null ? {} : { startedAt }),
    ...(endedAt === null ? {} : { endedAt }),
    ...(sessionState === null ? {} : { sessionState }),
    ...(outcomeKnown ? { outcomePositive } : {}),
  };
}
