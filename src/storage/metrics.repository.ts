import { Inject, Injectable } from '@nestjs/common';
import { eq, getTableColumns } from 'drizzle-orm';
import type { RunId } from '../contracts/ids.js';
import type { RunMetrics } from '../contracts/metrics.js';
import type { Database, Executor } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runMetrics } from '../db/schema.js';
import type { Write } from '../db/statement.js';
import { insertionOf, settingsOf, writeOfRows, type Column } from './row-columns.js';

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

/** A run's metrics, and the participants among them if they are to be written. */
interface MetricsInsert {
  readonly runId: RunId;
  readonly metrics: RunMetrics;
  readonly participants: RunMetrics['participants'] | undefined;
}

// The keys of the table above are the counters themselves.
const COUNTERS = Object.keys(COLUMN_OF) as Counter[];

const TYPES = getTableColumns(runMetrics);

const RUN: Column<MetricsInsert> = { name: 'run_id', type: 'uuid', travel: 'joined', value: ({ runId }) => runId };
const OTHERS: readonly Column<MetricsInsert>[] = [
  ...COUNTERS.map((counter) => ({
    name: COLUMN_OF[counter],
    type: TYPES[counter].getSQLType(),
    travel: counter === 'sessionState' ? ('free' as const) : ('joined' as const),
    value: ({ metrics }: MetricsInsert) => metrics[counter],
  })),
  {
    name: 'outcome_known',
    type: 'bool',
    travel: 'joined',
    value: ({ metrics }) => metrics.outcomePositive !== undefined,
  },
  { name: 'outcome_positive', type: 'bool', travel: 'joined', value: ({ metrics }) => metrics.outcomePositive },
];
const PARTICIPANTS: Column<MetricsInsert> = {
  name: 'participants',
  type: 'jsonb',
  travel: 'joined',
  value: ({ participants }) => participants && JSON.stringify(participants),
};
const COLUMNS = [RUN, ...OTHERS, PARTICIPANTS];

const insertMetrics = insertionOf('run_metrics', COLUMNS);
const updateMetrics = writeOfRows(
  COLUMNS,
  (rows) =>
    `update run_metrics m set ${settingsOf('m', OTHERS, [PARTICIPANTS])} from ${rows} where m.run_id = u.run_id`,
);

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
    return insertMetrics([{ runId, metrics, participants: metrics.participants }]);
  }

  /** Participants are written only if they are not the very list of `before`. */
  update(runId: RunId, before: RunMetrics | undefined, metrics: RunMetrics): Write {
    const participants = before?.participants === metrics.participants ? undefined : metrics.participants;
    return updateMetrics([{ runId, metrics, participants }]);
  }
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
