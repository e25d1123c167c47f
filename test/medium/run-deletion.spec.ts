import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isoTime } from '../../src/contracts/time.js';
import { openDatabase } from '../../src/db/database.client.js';
import { decide } from '../../src/runs/decide.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';
import { newRunOf, openDoor } from '../support/door.js';
import { until } from '../support/until.js';

const RUNS = 6;
const DELETING = `select count(*)::int as count from pg_stat_activity
  where datname = current_database() and state = 'active' and query like 'delete from runs%'`;

// PGlite has one connection.
describe.skipIf(!STORES.includes('postgres'))('deletions on PostgreSQL', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase('postgres', { poolMax: RUNS + 4 });
  });
  afterAll(() => test.close());

  it('are few at once, so that others find a connection', async () => {
    const { door, runs } = openDoor(test.database);
    const made = await Promise.all(Array.from({ length: RUNS }, () => door.create(newRunOf())));
    const fail = { type: 'fail', code: 'START_REJECTED', message: 'test' } as const;
    for (const { run } of made) await door.record(run.id, { decide: (now) => decide(now, fail, isoTime(0)) });
    const other = await openDatabase({ ...test.options, poolMax: 2 });
    const deleting = async () => Number((await other.query(DELETING))[0]?.['count']);
    const deletions = await other.transaction(async (tx) => {
      await tx.query('select 1 from runs for update');
      const under = made.map(({ run }) => runs.delete(run.id));
      await until('deletions are under way', async () => ((await deleting()) === 2 ? true : undefined));
      expect(await test.database.query('select 1 as one')).toEqual([{ one: 1 }]);
      expect(await deleting()).toBe(2);
      return { under };
    });
    expect(await Promise.all(deletions.under)).toEqual(made.map(({ run }) => run.id));
    await other.close();
  });
});
