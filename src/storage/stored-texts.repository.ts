import { getTableColumns, sql } from 'drizzle-orm';
import type { Executor } from '../db/database.client.js';
import { runEventsCanonical } from '../db/schema.js';
import { toEventText, type CanonicalRow } from './canonical-row.js';
import type { EventBody, EventText } from './event-text.js';
import { hasPlaces, unfoldTexts } from './payload-texts.js';

const { globalOrdinal: _ordinal, payload: _payload, data: _data, ...PLAIN } = getTableColumns(runEventsCanonical);

/** The columns of CanonicalRow; JSON as the text it is stored as. */
export const CANONICAL_SELECTION = {
  ...PLAIN,
  payload: sql<string | null>`${runEventsCanonical.payload}::text`,
  data: sql<string | null>`${runEventsCanonical.data}::text`,
};

/** The same in SQL by hand, for a table named `e`. */
export const CANONICAL_ALIASES = [
  ...Object.entries(PLAIN).map(([name, column]) => `e.${column.name} as "${name}"`),
  'e.payload::text as payload',
  'e.data::text as data',
].join(', ');

/** A place in one of the two layers of some run's log. */
interface Place {
  readonly runId: string;
  readonly seq: number;
}

/**
 * Rows → events, each with all it says: what another event says for it, and the texts that stand in the raw payload.
 * Costs two more queries per page at most.
 */
export async function textsOf(executor: Executor, rows: readonly CanonicalRow[]): Promise<readonly EventText[]> {
  const bodies = await bodiesOf(executor, rows);
  const unfolded = await unfoldedOf(executor, rows, bodies);
  return rows.map((row) => toEventText(row, need(unfolded.get(keyOf(row.runId, row.dataSeq ?? row.seq)))));
}

/** By the place of the event that says it. An event mostly stands right before those that say the same. */
async function bodiesOf(executor: Executor, rows: readonly CanonicalRow[]): Promise<Map<string, EventBody>> {
  const bodies = new Map<string, EventBody>();
  for (const row of rows) {
    if (row.data !== null) bodies.set(keyOf(row.runId, row.seq), bodyOf(row.payload, row.data));
  }
  const elsewhere = rows
    .filter(({ runId, dataSeq }) => dataSeq !== null && !bodies.has(keyOf(runId, dataSeq)))
    .map(({ runId, dataSeq }): Place => ({ runId, seq: dataSeq ?? 0 }));
  const found = await atPlaces(
    executor,
    'run_events_canonical',
    'x.payload::text as payload, x.data::text as data',
    elsewhere,
  );
  for (const row of found) {
    const body = bodyOf(row['payload'] as string | null, String(row['data']));
    bodies.set(keyOf(String(row['run_id']), Number(row['seq'])), body);
  }
  return bodies;
}

async function unfoldedOf(
  executor: Executor,
  rows: readonly CanonicalRow[],
  bodies: ReadonlyMap<string, EventBody>,
): Promise<ReadonlyMap<string, EventBody>> {
  // Events that share a body came from the same raw event.
  const positions = new Map<string, Place>();
  for (const { runId, seq, dataSeq, position } of rows) {
    const key = keyOf(runId, dataSeq ?? seq);
    if (hasPlaces(need(bodies.get(key)))) positions.set(key, { runId, seq: position ?? 0 });
  }
  if (positions.size === 0) return bodies;
  const found = await atPlaces(executor, 'run_events_raw', 'x.payload', [...positions.values()]);
  // The driver hands over bytes as bytes.
  const payloads = new Map(
    found.map(
      (row) => [keyOf(String(row['run_id']), Number(row['seq'])), row['payload'] as Uint8Array | null] as const,
    ),
  );
  const unfolded = new Map(bodies);
  for (const [key, { runId, seq }] of positions) {
    const bytes = payloads.get(keyOf(runId, seq)) ?? new Uint8Array();
    unfolded.set(key, unfoldTexts(need(bodies.get(key)), bytes));
  }
  return unfolded;
}

async function atPlaces(executor: Executor, table: string, columns: string, places: readonly Place[]) {
  if (places.length === 0) return [];
  return executor.query(
    `select x.run_id, x.seq, ${columns} from unnest($1::uuid[], $2::int4[]) as place (run_id, seq)
      join ${table} x on x.run_id = place.run_id and x.seq = place.seq`,
    [places.map(({ runId }) => runId), places.map(({ seq }) => seq)],
  );
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
