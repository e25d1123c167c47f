import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy';
import { openPglite } from './pglite.client.js';
import { openPostgres } from './postgres.client.js';
import type { Write } from './statement.js';

export type DrizzleHandle = PgRemoteDatabase;

/** A row as the driver hands it over; the repositories know its columns. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Something that runs SQL: the database itself, or one transaction of it. Every method throws AppError
 * DATABASE_UNAVAILABLE for what may succeed when tried again, else the driver's error.
 */
export interface Executor {
  /** Runs a query of the builder on this very executor: inside a transaction on the transaction's connection. */
  read<T>(build: (drizzle: DrizzleHandle) => PromiseLike<T>): Promise<T>;
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** All writes in one round trip, unless their values are huge; answers how many rows each touched, in order. */
  writeAll(writes: readonly Write[]): Promise<readonly number[]>;
}

/** One transaction: one connection, READ COMMITTED. Work inside it must use it alone; the database would wait for it. */
export interface Transaction extends Executor {
  readonly inTransaction: true;
}

export interface Database extends Executor {
  readonly kind: 'postgres' | 'pglite';
  /**
   * Commits when `work` resolves, rolls back when it throws. Neither transactions nor single statements ever take the
   * last connections of the pool: they wait for a place, so that the others always find one. `signal` ends that wait.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The same for what only reads and takes more than one statement: it has a single statement's place, so no writer waits for it. */
  inquiry<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * All writes as one statement that is a transaction of its own: one round trip. True: they are committed. False: nothing
   * was written, because the first write touched no row, one of them met a unique key or another writer's lock, or
   * they are too large for one statement; a transaction can tell which. `signal` ends the wait for a place. `onSent` is
   * told when the statement has left this process, if that is before the answer.
   */
  writeIf(writes: readonly Write[], signal?: AbortSignal, onSent?: () => void): Promise<boolean>;
  /** Whether the database answers now, within two seconds. Never throws. */
  isReady(): Promise<boolean>;
  /** Waits for what is under way, then lets go of the connections. Idempotent. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://…`; unset: PGlite in `dataDir`. */
  readonly url?: string | undefined;
  /** Folder of the embedded database, or `memory` (the default). */
  readonly dataDir?: string | undefined;
  /** Connections to PostgreSQL; PGlite has one. */
  readonly poolMax: number;
  /** Told of errors that belong to no caller: a connection that broke while idle. */
  readonly onError: (error: Error) => void;
  /** Longest statement on PostgreSQL in milliseconds; 20 000 unless given. */
  readonly statementMsMax?: number | undefined;
  /** Starts an in-memory PGlite from a dump instead of making one; for tests. */
  readonly template?: Blob | undefined;
}

/** Opens the store; PostgreSQL is not contacted before the first statement, PGlite is started at once. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url === undefined ? openPglite(options) : openPostgres(options.url, options);
}
