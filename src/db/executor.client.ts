import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pg-proxy';
import type { DrizzleHandle, Executor, Row, Transaction } from './database.client.js';
import { faultOf, violatedUnique } from './sqlstate.js';
import { combine, DIVISION_BY_ZERO, groupsOf, type Write } from './statement.js';

/** Runs one statement on one connection. A row is an object by column name, in row mode `array` a list of columns. */
export type RunStatement = (text: string, values: readonly unknown[], rowMode?: 'array') => Promise<readonly object[]>;

/** SQLSTATE class by which the server says that it rolled back, and that this was no fault of the statement. */
const ROLLED_BACK = /^40/;

/** `Database.writeIf` on one connection. */
export async function writeIfOn(run: RunStatement, writes: readonly Write[]): Promise<boolean> {
  if (groupsOf(writes).length !== 1) return false;
  const { text, values } = combine(writes, true);
  try {
    await run(text, values);
    return true;
  } catch (error) {
    const state = faultOf(error)?.sqlState ?? '';
    if (state === DIVISION_BY_ZERO || ROLLED_BACK.test(state) || violatedUnique(error) !== undefined) return false;
    throw error;
  }
}

/** The executor over a driver. Drizzle talks through the same function, so both stores have one type and one mapping. */
export class StatementExecutor implements Executor {
  private handle: DrizzleHandle | undefined;

  constructor(protected readonly run: RunStatement) {}

  async read<T>(build: (drizzle: DrizzleHandle) => PromiseLike<T>): Promise<T> {
    try {
      return await build((this.handle ??= this.openHandle()));
    } catch (error) {
      // Drizzle's own wrapper carries the SQL and its values in its message; what it wraps says what happened.
      throw error instanceof DrizzleQueryError ? (error.cause ?? error) : error;
    }
  }

  async query(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    // Without a row mode the driver makes objects with the columns as keys.
    return (await this.run(text, values)) as readonly Row[];
  }

  async writeAll(writes: readonly Write[]): Promise<readonly number[]> {
    const counts: number[] = [];
    for (const group of groupsOf(writes)) {
      const { text, values } = combine(group);
      const [row] = await this.query(text, values);
      counts.push(...group.map((_write, index) => Number(row?.[`c${index}`])));
    }
    return counts;
  }

  private openHandle(): DrizzleHandle {
    return drizzle(async (text, values: unknown[], method) => ({
      // Drizzle maps lists of columns ('all') by itself; other statements yield nothing that it would map.
      rows: [...(await (method === 'all' ? this.run(text, values, 'array') : this.run(text, values)))],
    }));
  }
}

export class TransactionExecutor extends StatementExecutor implements Transaction {
  readonly inTransaction = true;
}
