import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId } from '../../src/contracts/ids.js';
import { isoTime } from '../../src/contracts/time.js';
import { openDatabase, type Database } from '../../src/db/database.client.js';
import { faultOf } from '../../src/db/sqlstate.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';
import { envelope, failedDraft, newRunOf, openDoor, receivedFrom, type Door } from '../support/door.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const TABLES = ['run_events_raw', 'run_events_canonical'] as const;

const RAW = `insert into run_events_raw (run_id, seq, kind, received_at) values ($1, $2, 'stream-status', now())`;

async function runWithEvents({ door }: Door): Promise<RunId> {
  const { run } = await door.create(newRunOf());
  await door.record(run.id, {
    heard: [envelope('m1'), envelope('m2')],
    interpret: receivedFrom,
    decide: (current) => [failedDraft(current, isoTime(Date.now()))],
  });
  return run.id;
}

async function countsOf(database: Database, runId: string): Promise<readonly number[]> {
  const counts = TABLES.map((table) =>
    database.query(`select count(*)::int as count from ${table} where run_id = $1`, [runId]),
  );
  return (await Promise.all(counts)).map(([row]) => Number(row?.['count']));
}

/** The server's word for what became of it; undefined when it was done. */
async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return faultOf(error)?.sqlState ?? String(error);
  }
}

describe.each(STORES)('events of runs on %s', (store) => {
  let test: TestDatabase;
  let rooms: Door;

  beforeAll(async () => {
    test = await openTestDatabase(store);
    rooms = openDoor(test.database);
  });
  afterAll(() => test.close());

  it('are refused without a run, whether they are inserted or moved', async () => {
    const runId = await runWithEvents(rooms);
    for (const table of TABLES) {
      const { database } = test;
      const copied = `create temporary table copied on commit drop as select * from ${table} where run_id = '${runId}' and seq = 1`;
      const inserted = database.transaction(async (tx) => {
        await tx.query(copied);
        await tx.query(`update copied set run_id = '${NOBODY}'`);
        if (table === 'run_events_canonical') await tx.query('update copied set global_ordinal = 1');
        await tx.query(`insert into ${table} select * from copied`);
      });
      expect(await refusalOf(inserted)).toBe('23503');
      const moved = database.query(`update ${table} set run_id = $2 where run_id = $1`, [runId, NOBODY]);
      expect(await refusalOf(moved)).toBe('23503');
    }
    expect(await countsOf(test.database, NOBODY)).toEqual([0, 0]);
    expect(await countsOf(test.database, runId)).toEqual([2, 4]);
  });

  it('are refused together when one of them has no run', async () => {
    const runId = await runWithEvents(rooms);
    const both = test.database.query(`${RAW}, ($3, $4, 'stream-status', now())`, [runId, 90, NOBODY, 1]);
    expect(await refusalOf(both)).toBe('23503');
    expect(await countsOf(test.database, runId)).toEqual([2, 4]);
  });

  it('go with their run, and no others do', async () => {
    const [gone, kept] = [await runWithEvents(rooms), await runWithEvents(rooms)];
    await rooms.runs.delete(gone);
    expect(await countsOf(test.database, gone)).toEqual([0, 0]);
    expect(await countsOf(test.database, kept)).toEqual([2, 4]);
  });

  it('go with all runs when those are emptied', async () => {
    const runId = await runWithEvents(rooms);
    const emptied = test.database.transaction(async (tx) => {
      await tx.query('truncate runs cascade');
      const [row] = await tx.query('select count(*)::int as count from run_events_canonical');
      expect(row?.['count']).toBe(0);
      throw new Error('enough');
    });
    await expect(emptied).rejects.toThrow('enough');
    expect(await countsOf(test.database, runId)).toEqual([2, 4]);
  });
});

describe.runIf(STORES.includes('postgres'))('a run that is deleted while events arrive', () => {
  let test: TestDatabase;
  let rooms: Door;
  let other: Database;

  beforeAll(async () => {
    test = await openTestDatabase('postgres');
    rooms = openDoor(test.database);
    other = await openDatabase(test.options);
  });
  afterAll(async () => {
    await other.close();
    await test.close();
  });

  /** Until the other connection waits for a lock of this database. */
  const untilBlocked = async (): Promise<void> => {
    for (let blocked = 0; blocked === 0;) {
      const [row] = await test.database.query(
        `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      blocked = Number(row?.['count']);
    }
  };

  it('takes those along whose transaction was ahead', async () => {
    const runId = await runWithEvents(rooms);
    let deleting: Promise<unknown> = Promise.resolve();
    await test.database.transaction(async (tx) => {
      await tx.query(RAW, [runId, 90]);
      deleting = other.query('delete from runs where id = $1', [runId]);
      await untilBlocked();
    });
    await deleting;
    expect(await countsOf(test.database, runId)).toEqual([0, 0]);
  });

  it('refuses those that come behind, and takes them when it was not deleted after all', async () => {
    const runId = await runWithEvents(rooms);
    let appending: Promise<string | undefined> = Promise.resolve(undefined);
    const deleteAnd = async (then: () => void): Promise<void> =>
      test.database.transaction(async (tx) => {
        await tx.query('delete from runs where id = $1', [runId]);
        appending = refusalOf(other.query(RAW, [runId, 91]));
        await untilBlocked();
        then();
      });
    const undone = deleteAnd(() => {
      throw new Error('not after all');
    });
    await expect(undone).rejects.toThrow('not after all');
    expect(await appending).toBeUndefined();
    expect(await countsOf(test.database, runId)).toEqual([3, 4]);
    await deleteAnd(() => undefined);
    expect(await appending).toBe('23503');
    expect(await countsOf(test.database, runId)).toEqual([0, 0]);
  });

  it('is not deleted on a snapshot that may lack its last events', async () => {
    const runId = await runWithEvents(rooms);
    const deleting = test.database.transaction(async (tx) => {
      await tx.query('set transaction isolation level repeatable read');
      await tx.query('delete from runs where id = $1', [runId]);
    });
    expect(await refusalOf(deleting)).toBe('0A000');
    expect(await countsOf(test.database, runId)).toEqual([2, 4]);
  });
});
