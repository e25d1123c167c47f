import { Inject, Injectable } from '@nestjs/common';
import { eq, getTableColumns, max } from 'drizzle-orm';
import type { CanonicalEvent, EventPlace } from '../contracts/events.js';
import type { RunId, Seq } from '../contracts/ids.js';
import type { RawEvent } from '../contracts/raw-event.js';
import type { Database, Executor, Row, Transaction } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runEventsCanonical, runEventsRaw } from '../db/schema.js';
import type { Write } from '../db/statement.js';
import { CANONICAL_COLUMNS, type CanonicalInsert, type CanonicalRow } from './canonical-row.js';
import { IS_CUT, aliasesOf, cutPage } from './cut-page.js';
import {
  EVENT_PAGE_BYTES_MAX,
  SETTLED_ORDINAL,
  logStatement,
  searchStatement,
  type CanonicalPage,
  type EventSearch,
  type SearchLookup,
} from './event-search.js';
import { toCanonicalEvent, type EventText } from './event-text.js';
import { findWindow } from './event-window.repository.js';
import { foldTexts } from './payload-texts.js';
import { RAW_BYTES, RAW_COLUMNS, dedupeKeyOf, hashOf, toRawEvent, type RawRow } from './raw-row.js';
import { insertionOf, partsOfRows } from './row-columns.js';
import { facet } from './run-row.js';
import { textsOf } from './stored-texts.repository.js';

/** Rows of one page at most, whatever is asked for. */
export const EVENTS_PAGE_MAX = 5_000;
/** Runs of a scenario that are looked up to find their events; those of more are met often enough by looking at all. */
const SCENARIO_RUNS_MAX = 1_000;
/** Bytes that the raw events of one page hold, whatever is asked for. */
const RAW_PAGE_BYTES_MAX = 16_777_216;
/** Events that one transaction can number: a global ordinal has 14 bits for the place within its transaction. */
export const EVENTS_PER_TRANSACTION_MAX = 16_384;

/** Events of a page, which ends early where they are large. */
export interface EventPage {
  readonly events: readonly EventText[];
  /** Whether the page is full, in rows or in bytes, so that more may be there now; false: these are the last so far. */
  readonly hasMore: boolean;
}

export interface FoundEvents extends EventPage {
  /** To be given as `afterOrdinal` (with a run as `afterSeq`) for what follows, now or later. */
  readonly lastOrdinal: number;
}

/** The columns of RawRow in SQL. */
const RAW_ALIASES = aliasesOf(getTableColumns(runEventsRaw)).join(', ');

const insertRaw = insertionOf('run_events_raw', RAW_COLUMNS);

/** $1: rows of this transaction that were inserted before. The first ordinal is made once, not row by row. */
const insertCanonical = insertionOf('run_events_canonical', CANONICAL_COLUMNS, {
  columns: { global_ordinal: 'first.ordinal + $1::int + u.place - 1' },
  from: `, (select (pg_current_xact_id()::text::bigint + last_value) << 14 as ordinal
       from run_events_transaction_offset offset 0) first`,
  parameters: 1,
});

/** Both layers of the log. How rows are inserted, and what else was measured: ADR 7. */
@Injectable()
export class EventRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  appendRaw(raws: readonly RawEvent[]): readonly Write[] {
    return partsOfRows(raws, rawSize).map((rows) => insertRaw(rows));
  }

  /**
   * At most `EVENTS_PER_TRANSACTION_MAX`, once per transaction: their global ordinals count from its first. `raws` are
   * those of the same change, into whose payloads the events' texts may point.
   */
  appendCanonical(events: readonly CanonicalEvent[], raws: readonly RawEvent[]): readonly Write[] {
    let count = 0;
    return partsOfRows(toInserts(events, raws), canonicalSize).map((rows) => {
      const write = insertCanonical(rows, [count]);
      count += rows.length;
      return write;
    });
  }

  /** Which of these keys the run has heard already. */
  async knownKeys(
    runId: RunId,
    keys: readonly string[],
    executor: Executor = this.database,
  ): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const rows = await executor.query(
      `select kind, encode(dedupe_key, 'hex') as hash from run_events_raw
        where run_id = $1 and dedupe_key = any(array(select decode(hash, 'hex') from unnest($2::text[]) as asked (hash)))`,
      [runId, keys.map(hashOf)],
    );
    return new Set(rows.map((row) => dedupeKeyOf(String(row['kind']), String(row['hash']))));
  }

  /** Whether this very event is stored, and not another one in its place. */
  async hasEvent(tx: Transaction, { runId, seq, id }: EventPlace): Promise<boolean> {
    const rows = await tx.query('select 1 from run_events_canonical where run_id = $1 and seq = $2 and id = $3', [
      runId,
      seq,
      id,
    ]);
    return rows.length > 0;
  }

  /** Ascending by seq; none behind the last one, and for an unknown run. */
  async listCanonical(
    runId: RunId,
    page: CanonicalPage,
    executor: Executor = this.database,
  ): Promise<readonly CanonicalEvent[]> {
    return (await this.listTexts(runId, page, executor)).events.map(toCanonicalEvent);
  }

  /** The same with `data` as text, for whoever passes it on. */
  async listTexts(runId: RunId, page: CanonicalPage, executor: Executor = this.database): Promise<EventPage> {
    const limit = Math.min(page.limit, EVENTS_PAGE_MAX);
    const { text, values } = logStatement(runId, { ...page, limit });
    return toPage(executor, await executor.query(text, values), limit, page.bytesMax);
  }

  /**
   * Ascending by position; [] for an unknown run, and behind its last. The page ends early at the event with which it
   * has RAW_PAGE_BYTES_MAX.
   */
  async listRaw(
    runId: RunId,
    page: { readonly afterPosition: number; readonly limit: number },
  ): Promise<readonly RawEvent[]> {
    const text = cutPage({
      columns: RAW_ALIASES,
      from: 'run_events_raw e',
      where: 'e.run_id = $1::uuid and e.seq > $2::bigint',
      key: 'e.seq',
      limit: '$3::int',
      bytes: RAW_BYTES,
      bytesMax: RAW_PAGE_BYTES_MAX,
    });
    const limit = Math.min(page.limit, EVENTS_PAGE_MAX);
    const rows = await this.database.query(text, [runId, page.afterPosition, limit]);
    // The aliases are the names of RawRow.
    return rows.map((row) => toRawEvent(row as Row & RawRow));
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
    const { run } = search;
    // As long as the column holds it.
    const scenarioRef = facet(search.scenarioRef) ?? undefined;
    const asked = { ...search, scenarioRef, limit };
    const { text, values } = searchStatement(asked, await this.lookUp(asked));
    const rows = await this.database.query(text, values);
    const page = await toPage(this.database, rows, limit);
    const key = run === undefined ? 'globalOrdinal' : 'seq';
    const lastOrdinal = Number(rows[page.events.length - 1]?.[key] ?? run?.afterSeq ?? search.afterOrdinal);
    return { ...page, lastOrdinal };
  }

  /** undefined: the search finds its way by itself. */
  private async lookUp(search: EventSearch): Promise<SearchLookup | undefined> {
    const { run, scenarioRef, afterTs, beforeTs } = search;
    const few = scenarioRef === undefined ? undefined : await this.fewRunsOf(scenarioRef);
    // The log of one run, or of few, is short.
    if (few !== undefined || run !== undefined || (afterTs === undefined && beforeTs === undefined)) return few;
    const [row] = await this.database.query(`select ${SETTLED_ORDINAL}::text as settled`);
    const settled = settledIn(row);
    return { settled, window: await findWindow(this.database, search, settled) };
  }

  /** undefined: more than SCENARIO_RUNS_MAX. */
  private async fewRunsOf(scenarioRef: string): Promise<SearchLookup | undefined> {
    const rows = await this.database.query(
      `select id, ${SETTLED_ORDINAL}::text as settled from runs where scenario_ref = $1 limit $2`,
      [scenarioRef, SCENARIO_RUNS_MAX + 1],
    );
    if (rows.length > SCENARIO_RUNS_MAX) return undefined;
    return { settled: settledIn(rows[0]), runs: rows.map((row) => String(row['id'])) };
  }
}

/** '0' without a row: nothing is asked for. */
function settledIn(row: Row | undefined): string {
  const settled = row?.['settled'];
  return typeof settled === 'string' ? settled : '0';
}

async function toPage(
  executor: Executor,
  rows: readonly Row[],
  limit: number,
  bytesMax = EVENT_PAGE_BYTES_MAX,
): Promise<EventPage> {
  // The aliases are the names of CanonicalRow.
  const events = await textsOf(
    executor,
    rows.map((row) => row as Row & CanonicalRow),
    bytesMax,
  );
  const isShort = rows.at(-1)?.[IS_CUT] === true || events.length < rows.length;
  return { events, hasMore: rows.length === limit || isShort };
}

/** Events of one envelope often say the same: the later ones then only name the first. */
function toInserts(events: readonly CanonicalEvent[], raws: readonly RawEvent[]): readonly CanonicalInsert[] {
  // Positions have no holes, so where a raw event stands in the list follows from its own.
  const first = raws[0]?.position ?? 0;
  let said: CanonicalEvent | undefined;
  return events.map((event) => {
    if (said?.data === event.data) return { event, body: undefined, dataSeq: said.seq };
    said = event;
    return {
      event,
      body: foldTexts(event.data, payloadOf(raws[(event.source.position ?? NaN) - first])),
      dataSeq: null,
    };
  });
}

function payloadOf(raw: RawEvent | undefined): Uint8Array | undefined {
  return raw !== undefined && 'envelope' in raw ? raw.envelope.payload : undefined;
}

function rawSize(raw: RawEvent): number {
  return 'envelope' in raw ? raw.envelope.payload.byteLength : JSON.stringify(raw.info).length;
}

function canonicalSize({ body }: CanonicalInsert): number {
  return body === undefined ? 0 : body.data.length + (body.payload?.length ?? 0);
}
