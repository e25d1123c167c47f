import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type Database, type DatabaseOptions, type Executor } from './database.client.js';
import { packageRoot } from '../config/package-root.provider.js';

/** The journal of applied files. */
const JOURNAL = 'schema_migrations';
/** Key of the advisory lock under which one process at a time migrates; any constant that nobody else uses. */
const LOCK_KEY = 5_021_887_436_119;
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;

/** As `server_version_num` tells it. */
const VERSION_MIN = 150_000;
/** Building an index over a large table takes longer than any statement of the running service may. */
const STATEMENT_MS_MAX = 3_600_000;

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hex. */
  readonly checksum: string;
}

/** An applied file was changed or is unknown here: the schema is not what the files say. Nothing was done. */
export class MigrationMismatchError extends Error {
  constructor(
    readonly file: string,
    problem: string,
  ) {
    super(`Migration ${file} ${problem}`);
    this.name = 'MigrationMismatchError';
  }
}

export function readMigrations(folder = join(packageRoot(), 'migrations')): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => FILE_NAME.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * Brings the schema up to date and answers the names of the files it applied. All of it is one transaction under an
 * advisory lock: any number of processes may start at once, and a file that fails leaves nothing behind.
 */
export async function migrate(database: Database, migrations = readMigrations()): Promise<readonly string[]> {
  return database.transaction(async (tx) => {
    await refuseUnfit(tx);
    await tx.query('set local lock_timeout = 0');
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await tx.query(`create table if not exists ${JOURNAL} (
      name text primary key, checksum text not null, applied_at timestamptz(3) not null default now()
    )`);
    const applied = await appliedIn(tx);
    const due = dueOf(migrations, applied);
    for (const migration of due) {
      for (const statement of statementsOf(migration.sql)) await tx.query(statement);
      await tx.query(`insert into ${JOURNAL} (name, checksum) values ($1, $2)`, [migration.name, migration.checksum]);
    }
    await alignTransactionOffset(tx);
    return due.map((migration) => migration.name);
  });
}

/**
 * Opens the store with its schema up to date. PostgreSQL is migrated over a connection of its own, whose statements may
 * take an hour; others that start meanwhile wait for it.
 */
export async function openMigrated(
  options: DatabaseOptions,
): Promise<{ database: Database; applied: readonly string[] }> {
  if (options.url !== undefined) {
    const patient = await openDatabase({ ...options, poolMax: 1, statementMsMax: STATEMENT_MS_MAX });
    const applied = await migrate(patient).finally(() => patient.close());
    return { database: await openDatabase(options), applied };
  }
  const database = await openDatabase(options);
  try {
    return { database, applied: await migrate(database) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * With another encoding a run would stand still at the first text that has a character the database cannot store; older
 * servers are not tested.
 */
async function refuseUnfit(tx: Executor): Promise<void> {
  const [row] = await tx.query(`select current_setting('server_encoding') as encoding,
    current_setting('server_version_num')::int as number, current_setting('server_version') as version`);
  const { encoding, number, version } = row ?? {};
  if (Number(number) < VERSION_MIN)
    throw new Error(`The server is PostgreSQL ${String(version)}; 15 or newer is needed.`);
  if (encoding !== 'UTF8')
    throw new Error(
      `The database is encoded in ${String(encoding)}. Create one with encoding UTF8: texts of any language are stored.`,
    );
}

async function appliedIn(tx: Executor): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.query(`select name, checksum from ${JOURNAL}`);
  return new Map(rows.map((row) => [String(row['name']), String(row['checksum'])]));
}

function dueOf(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): readonly Migration[] {
  const known = new Set(migrations.map((migration) => migration.name));
  for (const name of applied.keys())
    if (!known.has(name))
      throw new MigrationMismatchError(
        name,
        'was applied and is not known here: the database is of a newer version. Start that one, or restore a backup of before the upgrade.',
      );
  for (const { name, checksum } of migrations) {
    const before = applied.get(name);
    if (before !== undefined && before !== checksum)
      throw new MigrationMismatchError(
        name,
        'was changed after it was applied. Restore the file; changes go into a new one.',
      );
  }
  return migrations.filter((migration) => !applied.has(migration.name));
}

/** One statement, up to a semicolon that stands neither in a text nor in a `$$` block. */
const STATEMENT = /(?:\$\$[\s\S]*?\$\$|'[^']*'|[^;])+/g;

/** One statement per element: parameters are bound with the extended protocol, which takes one at a time. */
function statementsOf(sql: string): readonly string[] {
  const bare = sql.replace(/^\s*--.*$/gm, '');
  return (bare.match(STATEMENT) ?? []).map((statement) => statement.trim()).filter((statement) => statement !== '');
}

/**
 * A database restored from a dump counts its transactions from the start again, below those that its events already
 * carry. The offset lifts new ordinals above all stored ones; in an untouched database nothing changes.
 */
async function alignTransactionOffset(tx: Executor): Promise<void> {
  await tx.query(`
    select setval('run_events_transaction_offset', known.top - current.id + 1)
    from (select max(global_ordinal) >> 14 as top from run_events_canonical) known,
         (select pg_current_xact_id()::text::bigint as id, o.last_value as lift from run_events_transaction_offset o) current
    where known.top >= current.id + current.lift`);
}
