import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { createDatabase } from '../../bench/support/scratch-database.client.js';
import type { AppConfig } from '../../src/config/config.js';
import { packageRoot } from '../../src/config/package-root.provider.js';
import { openDatabase, type Database, type DatabaseOptions } from '../../src/db/database.client.js';
import { migrate, readMigrations } from '../../src/db/migrate.client.js';
import { openPglite } from '../../src/db/pglite.client.js';

export type Store = Database['kind'];

const POSTGRES_URL = process.env['TEST_DATABASE_URL'];

/** PGlite always; PostgreSQL too when TEST_DATABASE_URL names a server on which databases may be created. */
export const STORES: readonly Store[] = POSTGRES_URL === undefined ? ['pglite'] : ['pglite', 'postgres'];

/** What repositories are told when nothing is redacted. */
export const UNREDACTED = { normalize: { redactPaths: [], prices: new Map() } } as const satisfies Pick<
  AppConfig,
  'normalize'
>;

export interface TestDatabase {
  readonly database: Database;
  /** Opens it a second time, as another process would; only PostgreSQL allows that. */
  readonly options: DatabaseOptions;
  /** Closes it and removes everything. */
  close(): Promise<void>;
}

const failOnError = (error: Error): void => console.error('an idle database connection broke:', error.message);

/** An empty database of its own; `migrated: false` leaves it without a schema. */
export async function openTestDatabase(
  store: Store = 'pglite',
  { migrated = true, poolMax = 8 }: { readonly migrated?: boolean; readonly poolMax?: number } = {},
): Promise<TestDatabase> {
  return store === 'pglite' ? openTestPglite(migrated) : openTestPostgres(migrated, poolMax);
}

/**
 * Waits until the events stored so far can be searched: those of all runs are shown up to the oldest transaction that is
 * still writing, and on a shared server that may be one of another test's database.
 */
export async function untilSearchable(database: Database): Promise<void> {
  await vi.waitUntil(
    async () => {
      const [row] = await database.query(
        `select coalesce(max(global_ordinal), 0) < (select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint
           + last_value) << 14 from run_events_transaction_offset) as yes from run_events_canonical`,
      );
      return row?.['yes'] === true;
    },
    { timeout: 20_000, interval: 10 },
  );
}

async function openTestPglite(migrated: boolean): Promise<TestDatabase> {
  const template = await templateOf(migrated ? 'migrated' : 'empty');
  const options: DatabaseOptions = { poolMax: 1, onError: failOnError, template };
  const database = await openDatabase(options);
  return { database, options, close: () => database.close() };
}

/** Making a store takes seconds, starting from a dump one: the dump is kept until the schema or the store changes. */
async function templateOf(kind: 'migrated' | 'empty'): Promise<Blob> {
  const installed = readFileSync(join(packageRoot(), 'node_modules', '@electric-sql', 'pglite', 'package.json'));
  const hash = createHash('sha256').update(installed);
  if (kind === 'migrated') for (const { checksum } of readMigrations()) hash.update(checksum);
  const folder = join(packageRoot(), 'node_modules', '.cache', 'macp-control-plane');
  const path = join(folder, `database-${kind}-${hash.digest('hex').slice(0, 16)}.tgz`);
  if (!existsSync(path)) {
    const store = await openPglite({ poolMax: 1, onError: failOnError });
    if (kind === 'migrated') await migrate(store);
    const bytes = Buffer.from(await (await store.dump()).arrayBuffer());
    await store.close();
    mkdirSync(folder, { recursive: true });
    // Several workers may make it at once; a rename is all or nothing.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, bytes);
    renameSync(draft, path);
  }
  return new Blob([readFileSync(path)], { type: 'application/x-gzip' });
}

async function openTestPostgres(migrated: boolean, poolMax: number): Promise<TestDatabase> {
  if (POSTGRES_URL === undefined) throw new Error('TEST_DATABASE_URL is not set');
  const { url, drop } = await createDatabase(POSTGRES_URL, 'macp_test');
  const options: DatabaseOptions = { url, poolMax, onError: failOnError };
  const database = await openDatabase(options);
  if (migrated) await migrate(database);
  const close = async (): Promise<void> => {
    await database.close();
    await drop();
  };
  return { database, options, close };
}
