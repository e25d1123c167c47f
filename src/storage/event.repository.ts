import { Inject, Injectable } from '@nestjs/common';
import { and, asc, eq, gt, inArray, lte, max } from 'drizzle-orm';
import type { CanonicalEvent } from '../contracts/events.js';
import type { IsoTime, RunId, Seq } from '../contracts/ids.js';
import type { RawEvent } from '../contracts/raw-event.js';
import type { Database, Executor, Row, Transaction } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runEventsCanonical, runEventsRaw } from '../db/schema.js';
import type { Write } from '../db/statement.js';
import { toCanonicalColumns, toCanonicalEvent, type CanonicalRow } from './canonical-row.js';
import { jsonRows } from './json-rows.js';
import { toRawColumns, toRawEvent } from './raw-row.js';

/** Rows of one page at most, whatever is asked for. */
export const EVENTS_PAGE_MAX = 5_000;
/** Events that one transaction can number: a global ordinal has 14 bits for the place within its transaction. */
export const EVENTS_PER_TRANSACTION_MAX = 16_384;

export interface CanonicalPage {
  readonly afterSeq: number;
  readonly limit: number;
  /** Inclusive. */
  readonly toSeq?: number | undefined;
  readonly types?: readonly string[] | undefined;
}

/** Events of all runs, in the order of their global ordinals, or of one in that of its seqs. */
export interface EventSearch {
  /** Newest first: events before this ordinal, 0 = from the newest. Not looked at when `run` is given. */
  readonly afterOrdinal: number;
  readonly newestFirst?: boolean | undefined;
  /** Only this run's events; `afterSeq` is the position then, in the same sense. */
  readonly run?: { readonly id: RunId; readonly afterSeq: number } | undefined;
  readonly limit: number;
  readonly types?: readonly string[] | undefined;
  /** Exact scenario (or source) reference of the run. */
  readonly scenarioRef?: string | undefined;
  /** Lower bound, inclusive, and upper bound, exclusive, of `ts`. */
  readonly afterTs?: IsoTime | undefined;
  readonly beforeTs?: IsoTime | undefined;
}

export interface FoundEvents {
  readonly events: readonly CanonicalEvent[];
  /** To be given as `afterOrdinal` (with a run as `afterSeq`) for what follows, now or later. */
  readonly lastOrdinal: number;
  /** Whether the page is full, so that more may be there now. */
  readonly hasMore: boolean;
}

/**
 * Both layers of the log. Appending is SQL by hand: one JSON text per table and batch, taken apart by the database, has
 * one statement text for every batch size and costs this process least. Measured on PostgreSQL 15, batches of 100 rows
 * of about 1 KB, three rounds of 60, milliseconds per statement / of which this process' CPU:
 *   canonical   jsonb_to_recordset 7.9–10.1 / 1.2   json_ 11.9–14.5 / 1.0–2.4   unnest 9.7–13.3 / 2.0–3.7   VALUES 11.2–13.1 / 1.7–3.0
 *   raw         jsonb_to_recordset 8.6–8.9 / 1.2–1.9   json_ 8.9–12.5 / 1.6–2.0   unnest 12.2–13.0 / 2.3–2.6   VALUES 8.9–9.9 / 1.2–2.5
 * With 1 and 10 rows the commit outweighs everything and no style is ahead.
 */
@Injectable()
export class EventRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  appendRaw(runId: RunId, raws: readonly RawEvent[]): readonly Write[] {
    return jsonRows(raws.map(toRawColumns)).map((rows) => ({
      text: `insert into run_events_raw (
          run_id, seq, kind, ordinal, dedupe_key, received_at, macp_version, mode, message_type, message_id,
          session_id, sender, timestamp_unix_ms, payload, info, parked)
        select $1, r.seq, r.kind, r.ordinal, r.dedupe_key, r.received_at, r.macp_version, r.mode, r.message_type,
          r.message_id, r.session_id, r.sender, r.timestamp_unix_ms, decode(r.payload, 'base64'), r.info, r.parked
        from jsonb_to_recordset($2::jsonb) as r (
          seq int, kind text, ordinal int, dedupe_key text, received_at timestamptz, macp_version text, mode text,
          message_type text, message_id text, session_id text, sender text, timestamp_unix_ms bigint, payload text,
          info jsonb, parked text)`,
      values: [runId, rows],
    }));
  }

  /** At most `EVENTS_PER_TRANSACTION_MAX`, once per transaction: their global ordinals count from its first. */
  appendCanonical(runId: RunId, events: readonly CanonicalEvent[]): readonly Write[] {
    const firstSeq = events[0]?.seq ?? 0;
    return jsonRows(events.map(toCanonicalColumns)).map((rows) => ({
      text: `insert into run_events_canonical (
          run_id, seq, id, ts, type, schema_version, subject_kind, subject_id, source, trace, data, global_ordinal)
        select $1, e.seq, e.id, e.ts, e.type, e.schema_version, e.subject_kind, e.subject_id, e.source, e.trace, e.data,
          ((pg_current_xact_id()::text::bigint + lift.last_value) << 14) + e.seq - $3::int
        from jsonb_to_recordset($2::jsonb) as e (
          seq int, id uuid, ts timestamptz, type text, schema_version int, subject_kind text, subject_id text,
          source jsonb, trace jsonb, data jsonb), run_events_transaction_offset lift`,
      values: [runId, rows, firstSeq],
    }));
  }

  /** Which of these keys the run has heard already. */
  async knownKeys(tx: Transaction, runId: RunId, keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const rows = await tx.query(
      'select dedupe_key from run_events_raw where run_id = $1 and dedupe_key = any($2::text[])',
      [runId, [...keys]],
    );
    return new Set(rows.map((row) => String(row['dedupe_key'])));
  }

  /** Ascending by seq; [] for an unknown run. */
  async listCanonical(
    runId: RunId,
    page: CanonicalPage,
    executor: Executor = this.database,
  ): Promise<readonly CanonicalEvent[]> {
    const { runId: run, seq, type } = runEventsCanonical;
    const rows = await executor.read((drizzle) =>
      drizzle
        .select()
        .from(runEventsCanonical)
        .where(
          and(
            eq(run, runId),
            gt(seq, page.afterSeq),
            page.toSeq === undefined ? undefined : lte(seq, page.toSeq),
            page.types === undefined || page.types.length === 0 ? undefined : inArray(type, [...page.types]),
          ),
        )
        .orderBy(asc(seq))
        .limit(Math.min(page.limit, EVENTS_PAGE_MAX)),
    );
    return rows.map(toCanonicalEvent);
  }

  /** Ascending by position; [] for an unknown run. */
  async listRaw(
    runId: RunId,
    page: { readonly afterPosition: number; readonly limit: number },
  ): Promise<readonly RawEvent[]> {
    const { runId: run, seq } = runEventsRaw;
    const rows = await this.database.read((drizzle) =>
      drizzle
        .select()
        .from(runEventsRaw)
        .where(and(eq(run, runId), gt(seq, page.afterPosition)))
        .orderBy(asc(seq))
        .limit(Math.min(page.limit, EVENTS_PAGE_MAX)),
    );
    return rows.map(toRawEvent);
  }

  /** 0 for a run without events, and for an unknown one. */
  async latestSeq(runId: RunId): Promise<Seq> {
    const { runId: run, seq } = runEventsCanonical;
    const rows = await this.database.read((drizzle) =>
      drizzle
        .select({ latest: max(seq) })
        .from(runEventsCanonical)
        .where(eq(run, runId)),
    );
    return (rows[0]?.latest ?? 0) as Seq;
  }

  /**
   * Events of all runs, oldest first. A page ends below the oldest transaction that is still writing anywhere on the
   * server, so a reader that follows `lastOrdinal` meets every event once, whatever order the transactions commit in.
   */
  async search(search: EventSearch): Promise<FoundEvents> {
    const limit = Math.min(search.limit, EVENTS_PAGE_MAX);
    const { run, newestFirst = false } = search;
    const [position, key] = run === undefined ? ['e.global_ordinal', 'globalOrdinal'] : ['e.seq', 'seq'];
    const rows = await this.database.query(
      `select e.run_id as "runId", e.seq, e.id, e.ts, e.type, e.schema_version as "schemaVersion",
          e.subject_kind as "subjectKind", e.subject_id as "subjectId", e.source, e.trace, e.data,
          e.global_ordinal as "globalOrdinal"
        from run_events_canonical e
        where ${newestFirst ? `($1::bigint = 0 or ${position} < $1::bigint)` : `${position} > $1::bigint`}
          and ($7::uuid is null or e.run_id = $7)
          and e.global_ordinal < (select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + last_value) << 14
                                    from run_events_transaction_offset)
          and ($2::text[] is null or e.type = any($2))
          and ($3::text is null or e.run_id in (select id from runs where scenario_ref = $3))
          and ($4::timestamptz is null or e.ts >= $4)
          and ($5::timestamptz is null or e.ts < $5)
        order by ${position} ${newestFirst ? 'desc' : 'asc'} limit $6`,
      [
        run?.afterSeq ?? search.afterOrdinal,
        search.types === undefined || search.types.length === 0 ? null : [...search.types],
        search.scenarioRef ?? null,
        search.afterTs ?? null,
        search.beforeTs ?? null,
        limit,
        run?.id ?? null,
      ],
    );
    // The aliases are the names of CanonicalRow.
    const events = rows.map((row) => toCanonicalEvent(row as Row & CanonicalRow));
    const lastOrdinal = Number(rows.at(-1)?.[key] ?? run?.afterSeq ?? search.afterOrdinal);
    return { events, lastOrdinal, hasMore: rows.length === limit };
  }
}
