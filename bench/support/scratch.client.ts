import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { administer, createDatabase } from './scratch-database.client.js';

/** Connections beside those of the measured process. */
const CONNECTIONS_MAX = 4;
/** For the indexes of seeded tables. */
const INDEX_MEMORY = '-c maintenance_work_mem=512MB';

/** A database server on which scratch databases may be created. */
export interface Server {
  readonly url: string;
  /** For people: which server, and what its commits are worth. */
  readonly what: string;
  readonly stop: () => void;
}

/** A database of one scenario's own. */
export interface Scratch {
  readonly env: Readonly<Record<string, string>>;
  readonly url: string | undefined;
  drop(): Promise<void>;
}

/**
 * The server of BENCH_DATABASE_URL, else the one of TEST_DATABASE_URL, else one running on this machine, else a temporary one,
 * else undefined: the embedded database.
 */
export async function findServer(): Promise<Server | undefined> {
  const given = process.env['BENCH_DATABASE_URL'];
  if (given !== undefined && given !== '') return described(given, 'the server of BENCH_DATABASE_URL', () => undefined);
  const finder: unknown = await import(new URL('../../../scripts/find-postgres.mjs', import.meta.url).href);
  const found = hasFinder(finder) ? await finder.findPostgres({ fsync: 'on' }) : undefined;
  return found === undefined ? undefined : described(found.url, found.what, found.stop);
}

/** A new database on `server`, or a new folder for the embedded one; gone after `drop`. */
export async function createScratch(server: Server | undefined): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'macp-bench-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  if (server === undefined) return { env: { MACP_DATA_DIR: folder }, url: undefined, drop: remove };
  const database = await createDatabase(server.url, 'macp_bench');
  return {
    env: { MACP_DATA_DIR: folder, DATABASE_URL: database.url },
    url: database.url,
    drop: async () => {
      await database.drop();
      await remove();
    },
  };
}

export type RunQuery = (
  text: string,
  values: readonly unknown[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Connections of the suite's own, so that what it asks is no work of the measured process. */
export async function openQueries(url: string): Promise<{ query: RunQuery; close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS_MAX, options: INDEX_MEMORY });
  (await pool.connect()).release();
  return {
    query: async (text, values) => (await pool.query<Record<string, unknown>>(text, [...values])).rows,
    close: () => pool.end(),
  };
}

async function described(url: string, what: string, stop: () => void): Promise<Server> {
  const settings = await administer(
    url,
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as synchronous_commit`,
  );
  const { version, fsync, synchronous_commit } = settings.rows[0] ?? {};
  const durability = `fsync ${String(fsync)}, synchronous_commit ${String(synchronous_commit)}`;
  return { url, what: `PostgreSQL ${String(version)} (${what}; ${durability})`, stop };
}

interface Finder {
  /** `fsync`: of a temporary server. A commit has to cost what it costs, or a bar says nothing. */
  findPostgres(options: { readonly fsync: 'on' | 'off' }): Promise<Server | undefined>;
}

function hasFinder(module: unknown): module is Finder {
  return typeof module === 'object' && module !== null && 'findPostgres' in module;
}
