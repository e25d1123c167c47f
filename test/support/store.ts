import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer, createDatabase } from '../../bench/support/scratch-database.client.js';
import { packageRoot } from '../../src/config/package-root.provider.js';
import { openDatabase, type Database } from '../../src/db/database.client.js';
import { openMigrated, readMigrations } from '../../src/db/migrate.client.js';

const POOL_MAX = 2;

/** An empty place for the data of one control plane, gone after `remove`. */
export interface Store {
  readonly kind: 'postgres' | 'pglite';
  /** What the control plane has to be told to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Opens it beside the control plane (PostgreSQL), or once that has let go of it (PGlite). */
  open(): Promise<Database>;
  /** Breaks every connection of the database. Resolves with their number; 0 with PGlite, which has none. */
  breakConnections(): Promise<number>;
  /** false: breaks every connection and lets nobody in until true. PGlite cannot be away. */
  setReachable(isReachable: boolean): Promise<void>;
  remove(): Promise<void>;
}

/** A PostgreSQL server to test on, from the environment. */
export const POSTGRES_URL = process.env['TEST_DATABASE_URL'];

/** A new database on the server of TEST_DATABASE_URL, else a folder for PGlite. */
export function createStore(): Promise<Store> {
  return POSTGRES_URL === undefined ? createFolder() : createOnServer(POSTGRES_URL);
}

async function createFolder(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'macp-store-'));
  await cp(await templateFolder(), folder, { recursive: true });
  return {
    kind: 'pglite',
    env: { MACP_DATA_DIR: folder },
    open: () => openDatabase({ dataDir: folder, poolMax: POOL_MAX, onError: () => undefined }),
    breakConnections: () => Promise.resolve(0),
    setReachable: () => Promise.reject(new Error('PGlite is part of the process and cannot be away')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Making a store takes seconds, copying one does not: an empty one is kept until the schema or the store changes. */
async function templateFolder(): Promise<string> {
  const cache = join(packageRoot(), 'node_modules', '.cache', 'macp-control-plane');
  const installed = readFileSync(join(packageRoot(), 'node_modules', '@electric-sql', 'pglite', 'package.json'));
  const hash = createHash('sha256').update(installed);
  for (const { checksum } of readMigrations()) hash.update(checksum);
  const template = join(cache, `folder-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(template)) return template;
  const draft = `${template}.${process.pid}`;
  const { database } = await openMigrated({ dataDir: draft, poolMax: 1, onError: () => undefined });
  await database.close();
  // Several workers may make it at once: the first one's stays.
  await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }));
  return template;
}

async function createOnServer(server: string): Promise<Store> {
  const { name, url, drop } = await createDatabase(server, 'macp_test');
  const folder = await mkdtemp(join(tmpdir(), 'macp-store-'));
  const breakConnections = async () => {
    const broken = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`;
    return (await administer(server, broken)).rowCount ?? 0;
  };
  return {
    kind: 'postgres',
    env: { MACP_DATA_DIR: folder, DATABASE_URL: url },
    open: () => openDatabase({ url, poolMax: POOL_MAX, onError: () => undefined }),
    breakConnections,
    setReachable: async (isReachable) => {
      await administer(server, `alter database ${name} with allow_connections ${String(isReachable)}`);
      if (!isReachable) await breakConnections();
    },
    remove: async () => {
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
