import type { Database } from '../src/db/database.client.js';
import type { RunId } from '../src/contracts/ids.js';

const TABLES = ['run_events_raw', 'run_events_canonical'] as const;
/** PostgreSQL takes at most this many parameters in one statement. */
const PARAMETERS_MAX = 65_535;

interface Batch {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Seconds that the database needs for the very rows of these runs, when nothing but multi-row INSERTs is asked of it:
 * same columns, indexes, keys and driver; each writer commits a batch of raw and canonical rows together.
 */
export async function insertLimit(
  database: Database,
  runIds: readonly RunId[],
  options: { readonly writers: number; readonly batch: number },
): Promise<number> {
  for (const table of TABLES) {
    await database.query(`drop table if exists bench_${table}`);
    await database.query(`create table bench_${table} (like ${table} including all)`);
  }
  const queues: Batch[][][] = Array.from({ length: options.writers }, () => []);
  for (const [index, runId] of runIds.entries()) {
    queues[index % options.writers]?.push(...(await batchesOf(database, runId, options.batch)));
  }
  const began = performance.now();
  await Promise.all(
    queues.map(async (queue) => {
      for (const batch of queue) {
        await database.transaction(async (tx) => {
          for (const { text, values } of batch) await tx.query(text, values);
        });
      }
    }),
  );
  return (performance.now() - began) / 1_000;
}

async function batchesOf(database: Database, runId: RunId, size: number): Promise<Batch[][]> {
  const raw = await database.query('select * from run_events_raw where run_id = $1 order by seq', [runId]);
  const canonical = await database.query('select * from run_events_canonical where run_id = $1 order by seq', [runId]);
  const perRaw = Math.ceil((canonical.length / Math.max(raw.length, 1)) * size);
  const batches: Batch[][] = [];
  for (let index = 0; index * size < raw.length; index += 1) {
    batches.push([
      ...insertsOf('bench_run_events_raw', raw.slice(index * size, (index + 1) * size)),
      ...insertsOf('bench_run_events_canonical', canonical.slice(index * perRaw, (index + 1) * perRaw)),
    ]);
  }
  return batches;
}

function insertsOf(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Batch[] {
  const first = rows[0];
  if (!first) return [];
  const columns = Object.keys(first);
  const rowsMax = Math.floor(PARAMETERS_MAX / columns.length);
  const batches: Batch[] = [];
  for (let from = 0; from < rows.length; from += rowsMax) {
    const part = rows.slice(from, from + rowsMax);
    const places = part.map(
      (_, row) => `(${columns.map((_column, i) => `$${row * columns.length + i + 1}`).join(',')})`,
    );
    batches.push({
      text: `insert into ${table} (${columns.join(',')}) values ${places.join(',')}`,
      values: part.flatMap((row) => columns.map((column) => parameter(row[column]))),
    });
  }
  return batches;
}

/** jsonb comes back parsed and must go in as text; bytes and times go in as they came. */
function parameter(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  return JSON.stringify(value);
}
