import { getTableColumns } from 'drizzle-orm';
import type { Executor, Row } from '../db/database.client.js';
import { runEventsCanonical } from '../db/schema.js';
import { toEventText, type CanonicalRow } from './canonical-row.js';
import { IS_CUT, aliasesOf, cutPage } from './cut-page.js';
import type { EventBody, EventText } from './event-text.js';
import { hasPlaces, unfoldTexts } from './payload-texts.js';
import { RAW_BYTES } from './raw-row.js';

const { globalOrdinal: _ordinal, payload: _payload, data: _data, ...PLAIN } = getTableColumns(runEventsCanonical);

/** The columns of CanonicalRow in SQL, for a table named `e`; JSON as the text it is stored as. */
export const CANONICAL_ALIASES = [...aliasesOf(PLAIN), 'e.payload::text as payload', 'e.data::text as data'].join(', ');

/** What a row's body holds. Of JSON that is packed nothing but unpacking tells: a megabyte may take four kilobytes. */
export const BODY_BYTES = ['e.payload', 'e.data']
  .map(
    (column) =>
      `coalesce(case when pg_column_compression(${column}) is null then pg_column_size(${column}) else octet_length(${column}::text) end, 0)`,
  )
  .join(' + ');

/** A place in one of the two layers of some run's log, and the first row of the page that needs it. */
interface Place {
  readonly runId: string;
  readonly seq: number;
  readonly row: number;
}

/** One of the two layers, and what is needed of it. */
interface Layer {
  readonly table: string;
  readonly columns: string;
  readonly bytes: string;
}

const BODIES: Layer = {
  table: 'run_events_canonical',
  columns: 'e.payload::text as payload, e.data::text as data',
  bytes: BODY_BYTES,
};
const PAYLOADS: Layer = { table: 'run_events_raw', columns: 'e.payload', bytes: RAW_BYTES };

/** What stands at places, up to `bytesMax`: `reach` rows of the page have theirs. */
interface Found {
  readonly rows: readonly Row[];
  readonly reach: number;
}

/**
 * Rows → events, each with all it says: what another event says for it, and the texts that stand in the raw payload.
 * Costs two more queries per page at most. Either is a page of `bytesMax` by itself; rows that it does not reach are left
 * out, but never the first.
 */
export async function textsOf(
  executor: Executor,
  page: readonly CanonicalRow[],
  bytesMax: number,
): Promise<readonly EventText[]> {
  const { bodies, reach } = await bodiesOf(executor, page, bytesMax);
  const unfolded = await unfoldedOf(executor, page.slice(0, reach), bodies, bytesMax);
  return page
    .slice(0, unfolded.reach)
    .map((row) => toEventText(row, need(unfolded.bodies.get(keyOf(row.runId, row.dataSeq ?? row.seq)))));
}

/** Texts by the place of the event that says them, for so many rows of the page. */
interface Bodies {
  readonly bodies: ReadonlyMap<string, EventBody>;
  readonly reach: number;
}

/** An event mostly stands right before those that say the same. */
async function bodiesOf(executor: Executor, page: readonly CanonicalRow[], bytesMax: number): Promise<Bodies> {
  const bodies = new Map<string, EventBody>();
  for (const { runId, seq, payload, data } of page) {
    if (data !== null) bodies.set(keyOf(runId, seq), bodyOf(payload, data));
  }
  const elsewhere = new Map<string, Place>();
  for (const [row, { runId, seq, dataSeq }] of page.entries()) {
    const key = keyOf(runId, dataSeq ?? seq);
    if (!bodies.has(key) && !elsewhere.has(key)) elsewhere.set(key, { runId, seq: dataSeq ?? seq, row });
  }
  const { rows, reach } = await atPlaces(executor, BODIES, [...elsewhere.values()], page.length, bytesMax);
  for (const row of rows) {
    const body = bodyOf(row['payload'] as string | null, String(row['data']));
    bodies.set(keyOf(String(row['run_id']), Number(row['seq'])), body);
  }
  return { bodies, reach };
}

async function unfoldedOf(
  executor: Executor,
  page: readonly CanonicalRow[],
  bodies: ReadonlyMap<string, EventBody>,
  bytesMax: number,
): Promise<Bodies> {
  // Events that share a body came from the same raw event.
  const positions = new Map<string, Place>();
  for (const [row, { runId, seq, dataSeq, position }] of page.entries()) {
    const key = keyOf(runId, dataSeq ?? seq);
    if (!positions.has(key) && hasPlaces(need(bodies.get(key)))) positions.set(key, { runId, seq: position ?? 0, row });
  }
  const { rows, reach } = await atPlaces(executor, PAYLOADS, [...positions.values()], page.length, bytesMax);
  // The driver hands over bytes as bytes.
  const payloads = new Map(
    rows.map((row) => [keyOf(String(row['run_id']), Number(row['seq'])), row['payload'] as Uint8Array | null] as const),
  );
  const unfolded = new Map(bodies);
  for (const [key, { runId, seq, row }] of positions) {
    if (row >= reach) break;
    const bytes = payloads.get(keyOf(runId, seq)) ?? new Uint8Array();
    unfolded.set(key, unfoldTexts(need(bodies.get(key)), bytes));
  }
  return { bodies: unfolded, reach };
}

/** `places` in the order of the page, which has `length` rows. */
async function atPlaces(
  executor: Executor,
  { table, columns, bytes }: Layer,
  places: readonly Place[],
  length: number,
  bytesMax: number,
): Promise<Found> {
  if (places.length === 0) return { rows: [], reach: length };
  const text = cutPage({
    columns: `e.run_id, e.seq, ${columns}, place.n::int as n`,
    from: `unnest($1::uuid[], $2::int4[]) with ordinality as place (run_id, seq, n)
      join ${table} e on e.run_id = place.run_id and e.seq = place.seq`,
    where: 'true',
    key: 'place.n',
    limit: 'cardinality($2::int4[])',
    bytes,
    bytesMax,
  });
  const rows = await executor.query(text, [places.map(({ runId }) => runId), places.map(({ seq }) => seq)]);
  const last = rows.at(-1);
  const next = last?.[IS_CUT] === true ? places[Number(last['n'])] : undefined;
  return { rows, reach: next?.row ?? length };
}

function bodyOf(payload: string | null, data: string): EventBody {
  return payload === null ? { data } : { payload, data };
}

function keyOf(runId: string, seq: number): string {
  return `${runId} ${seq}`;
}

/** A row that names another was written after it, in the same transaction. */
function need<T>(found: T | undefined): T {
  if (found === undefined) throw new TypeError('an event without data');
  return found;
}
