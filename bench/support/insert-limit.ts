import type { Database } from '../../src/db/database.client.js';

/** The tables whose rows grow with the events. */
const TABLES = ['run_events_raw', 'run_events_canonical'] as const;
/** PostgreSQL takes at most this many parameters in one statement. */
const PARAMETERS_MAX = 65_535;
/** Types that both drivers hand over in a form they also take; every other value travels as text, as itself. */
const KEPT = ['bytea', 'boolean'];

export interface LimitOptions {
  readonly runIds: readonly string[];
  /** Connections that write at once. */
  readonly writers: number;
  /** Envelopes (raw rows, with their canonical rows) per commit. */
  readonly batch: number;
  /** Whether a commit may hold rows of several runs. */
  readonly mixed: boolean;
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * Seconds that the database needs for the very rows of these runs, when nothing but multi-row INSERTs is asked of it:
 * same columns, indexes, keys and driver; each commit holds a batch of raw rows and the canonical rows that came of them.
 */
export async function insertLimit(database: Database, options: LimitOptions): Promise<number> {
  const commits = await commitsOf(database, options);
  for (const table of TABLES) {
    await database.query(`drop table if exists bench_${table}`);
    await database.query(`create table bench_${table} (like ${table} including all)`);
  }
  let next = 0;
  const writer = async (): Promise<void> => {
    for (let commit = commits[next++]; commit !== undefined; commit = commits[next++]) {
      const statements = commit;
      await database.transaction(async (tx) => {
        for (const { text, values } of statements) await tx.query(text, values);
      });
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: options.writers }, writer));
  const seconds = (performance.now() - began) / 1_000;
  for (const table of TABLES) await database.query(`drop table bench_${table}`);
  return seconds;
}

async function commitsOf(database: Database, { runIds, batch, mixed }: LimitOptions): Promise<Statement[][]> {
  const columns = await Promise.all(TABLES.map((table) => columnsOf(database, table)));
  const groups = mixed ? [runIds] : runIds.map((runId) => [runId]);
  const commits: Statement[][] = [];
  for (const group of groups) {
    const [raw, canonical] = await Promise.all(TABLES.map((table, i) => rowsOf(database, table, columns[i]!, group)));
    const count = Math.ceil(raw!.length / batch);
    for (let index = 0; index < count; index += 1) {
      const parts = [part(raw!, index, count), part(canonical!, index, count)];
      commits.push(parts.flatMap((rows, i) => insertsOf(`bench_${TABLES[i]!}`, rows)));
    }
  }
  return commits;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Every column that takes a value; generated ones make their own. */
async function columnsOf(database: Database, table: string): Promise<readonly Column[]> {
  const rows = await database.query(
    `select attname::text as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  return rows.map((row) => ({ name: String(row['name']), type: String(row['type']) }));
}

function rowsOf(
  database: Database,
  table: string,
  columns: readonly Column[],
  runIds: readonly string[],
): Promise<Rows> {
  const list = columns.map(({ name, type }) => (KEPT.includes(type) ? `"${name}"` : `"${name}"::text as "${name}"`));
  return database.query(
    `select ${list.join(', ')} from ${table} as source where run_id = any($1::uuid[]) order by source.run_id, source.seq`,
    [runIds],
  );
}

function part(rows: Rows, index: number, count: number): Rows {
  const size = rows.length / count;
  return rows.slice(Math.round(index * size), Math.round((index + 1) * size));
}

function insertsOf(table: string, rows: Rows): Statement[] {
  const first = rows[0];
  if (first === undefined) return [];
  const columns = Object.keys(first);
  const rowsMax = Math.floor(PARAMETERS_MAX / columns.length);
  const statements: Statement[] = [];
  for (let from = 0; from < rows.length; from += rowsMax) {
    const some = rows.slice(from, from + rowsMax);
    const places = some.map(
      (_, row) => `(${columns.map((_column, i) => `$${row * columns.length + i + 1}`).join(',')})`,
    );
    statements.push({
      text: `insert into ${table} (${columns.map((name) => `"${name}"`).join(',')}) values ${places.join(',')}`,
      values: some.flatMap((row) => columns.map((column) => row[column])),
    });
  }
  return statements;
}
