import { Writable } from 'node:stream';
import pg from 'pg';
import { AppError, hasCode } from '../errors/app-error.js';
import type { Database, DatabaseOptions, Transaction } from './database.client.js';
import { StatementExecutor, TransactionExecutor, writeIfOn, type RunStatement } from './executor.client.js';
import { Permits } from './permits.client.js';
import { answers } from './ready.client.js';
import { faultOf, isTimeout, isTransient } from './sqlstate.js';
import type { Write } from './statement.js';
import { PARSERS } from './values.js';

const CONNECT_MS_MAX = 5_000;
/** Longest statement unless asked otherwise, and longest wait for a row lock within it. */
const STATEMENT_MS_MAX = 20_000;
const LOCK_MS_MAX = 10_000;
/** A transaction that its client forgot is ended by the server, and its locks with it. */
const IDLE_IN_TRANSACTION_MS_MAX = 30_000;
/** The server ends a statement first; only a server that is gone is noticed by this much later. */
const ANSWER_GRACE_MS = 5_000;
const IDLE_CONNECTION_MS_MAX = 30_000;
/** Waiters for a place, among transactions and among single statements; each has a caller. A further one is refused. */
const WAITING_MAX = 10_000;
/** So long a single statement waits for its place; the pool itself lets nobody wait for longer either. */
const READ_WAIT_MS_MAX = CONNECT_MS_MAX;
const BEGIN_ATTEMPTS_MAX = 2;
/** Statements that each connection keeps ready; the hot path has some ten. */
const STATEMENTS_PREPARED_MAX = 200;
/** Share of the pool that transactions leave to single statements, and those to transactions. */
const OTHERS_SHARE = 0.25;

/**
 * Statements here are short: compiling one, or starting helpers for it, takes longer than most of them and keeps a core
 * from the others. `options` in the URL replaces this.
 */
const SESSION_OPTIONS = '-c jit=off -c max_parallel_workers_per_gather=0';

/** What values are read by and changes rely on. It holds whatever the server, the database, the role and the URL say. */
const REQUIRED_OPTIONS = [
  '-c datestyle=ISO',
  '-c bytea_output=hex',
  '-c extra_float_digits=1',
  '-c default_transaction_isolation=read\\ committed',
].join(' ');

const types = new pg.TypeOverrides();
for (const [oid, parse] of Object.entries(PARSERS)) types.setTypeParser(Number(oid), parse);

/** How many transactions, and how many single statements, may be under way at once: at least one, never the whole pool. */
export function placesMax(poolMax: number): number {
  return Math.max(1, poolMax - Math.max(1, Math.ceil(poolMax * OTHERS_SHARE)));
}

/** PostgreSQL through a pool. Does not connect before the first statement. */
export function openPostgres(url: string, options: DatabaseOptions): Database {
  const { statementMsMax = STATEMENT_MS_MAX } = options;
  const pool = new pg.Pool({
    connectionString: withOptions(url),
    types,
    max: options.poolMax,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    idleTimeoutMillis: IDLE_CONNECTION_MS_MAX,
    statement_timeout: statementMsMax,
    lock_timeout: LOCK_MS_MAX,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
    query_timeout: statementMsMax + ANSWER_GRACE_MS,
    keepAlive: true,
    application_name: 'macp-control-plane',
  });
  // Without listeners a connection that breaks would end the process: while it is idle, and while its transaction is
  // between two statements. Of the latter the next statement tells.
  pool.on('error', options.onError);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const places = placesMax(options.poolMax);
  const reads = new Permits(places, WAITING_MAX, READ_WAIT_MS_MAX);
  return new PostgresDatabase(pool, new Permits(places, WAITING_MAX), reads);
}

/** The URL stays as it is otherwise: that of a socket may have no host, which not every parser takes. The last `options` count. */
function withOptions(url: string): string {
  const [, query] = url.split('?', 2);
  const chosen = new URLSearchParams(query).get('options') ?? SESSION_OPTIONS;
  const options = encodeURIComponent(`${chosen} ${REQUIRED_OPTIONS}`);
  return `${url}${query === undefined ? '?' : '&'}options=${options}`;
}

class PostgresDatabase extends StatementExecutor implements Database {
  readonly kind = 'postgres';
  private closing: Promise<void> | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly permits: Permits,
    private readonly reads: Permits,
  ) {
    const run = statementsOnPool(pool);
    super((text, values, rowMode) => reads.run(() => run(text, values, rowMode)));
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.permits.run(() => transactOn(this.pool, work), signal);
  }

  inquiry<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.reads.run(() => transactOn(this.pool, work));
  }

  writeIf(writes: readonly Write[], signal?: AbortSignal, onSent?: () => void): Promise<boolean> {
    const write = (client: pg.PoolClient): Promise<boolean> => writeIfOn(preparedOn(client, onSent), writes);
    return this.permits.run(() => onClient(this.pool, write), signal);
  }

  isReady(): Promise<boolean> {
    // Without a place: those who read much are no reason to call the database away.
    return answers(new StatementExecutor(statementsOnPool(this.pool)));
  }

  close(): Promise<void> {
    return (this.closing ??= this.pool.end());
  }
}

function statementsOnPool(pool: pg.Pool): RunStatement {
  return (text, values, rowMode) => onClient(pool, (client) => statementsOn(client)(text, values, rowMode));
}

/** One connection for one piece of work. It is thrown away when it may be in an unknown state. */
async function onClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    // A refusal by the server leaves a clean connection behind; time-outs and broken pipes do not.
    client.release(hasCode(error, 'DATABASE_UNAVAILABLE'));
    throw error;
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw unavailable(error);
  }
}

/** A connection may have died in the pool unnoticed; as long as nothing was done on it, another one does as well. */
async function transactOn<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const progress = { hasBegun: false };
    try {
      return await onClient(pool, async (client) => {
        const run = preparedOn(client);
        await run('begin', []);
        progress.hasBegun = true;
        return transact(run, work);
      });
    } catch (error) {
      if (progress.hasBegun || attempt === BEGIN_ATTEMPTS_MAX) throw error;
    }
  }
}

async function transact<T>(run: RunStatement, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    const result = await work(new TransactionExecutor(run));
    await run('commit', []);
    return result;
  } catch (error) {
    // A suspect connection is closed by its owner, which rolls back as well.
    if (!hasCode(error, 'DATABASE_UNAVAILABLE')) await run('rollback', []);
    throw error;
  }
}

/**
 * Parsed and planned once per connection: of a small batch that is the larger part of the work. Without values there is
 * little to plan.
 */
function preparedOn(client: pg.PoolClient, onSent?: () => void): RunStatement {
  return (text, values, rowMode) => {
    const answer = statementsOn(client, values.length === 0 ? undefined : nameOf(text))(text, values, rowMode);
    if (onSent !== undefined) whenSent(client, onSent);
    return answer;
  };
}

/** A statement of some size leaves as fast as the server reads it; pg has put it into the socket by now. */
function whenSent(client: pg.PoolClient, then: () => void): void {
  const connection: unknown = Reflect.get(client, 'connection');
  const socket: unknown = connection instanceof pg.Connection ? Reflect.get(connection, 'stream') : undefined;
  if (socket instanceof Writable && socket.writableNeedDrain) socket.once('drain', then);
  else then();
}

const names = new Map<string, string>();

/** undefined beyond STATEMENTS_PREPARED_MAX: such a statement is parsed each time. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= STATEMENTS_PREPARED_MAX) return known;
  const name = `macp_${names.size}`;
  names.set(text, name);
  return name;
}

function statementsOn(client: pg.PoolClient, name?: string): RunStatement {
  return async (text, values, rowMode) => {
    try {
      const config = { text, values: [...values], ...(name === undefined ? {} : { name }) };
      if (rowMode === undefined) return (await client.query<object>(config)).rows;
      return (await client.query<unknown[]>({ ...config, rowMode })).rows;
    } catch (error) {
      throw databaseError(error);
    }
  };
}

/** What the server refuses is the caller's to understand; what got no answer, or may work next time, is one code. */
function databaseError(error: unknown): unknown {
  const fault = faultOf(error);
  return fault === undefined || isTransient(fault) ? unavailable(error) : error;
}

function unavailable(cause: unknown): AppError {
  const message = isTimeout(cause)
    ? 'The database did not finish this in time. Ask for less at once, or try again later.'
    : 'The database cannot be reached.';
  return new AppError('DATABASE_UNAVAILABLE', message, undefined, { cause });
}
