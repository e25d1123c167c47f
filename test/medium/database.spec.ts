import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/config/package-root.provider.js';
import { isoTime } from '../../src/contracts/time.js';
import { openDatabase, type Database } from '../../src/db/database.client.js';
import { DirectoryInUseError, lockDirectory } from '../../src/files/directory-lock.client.js';
import { placesMax } from '../../src/db/postgres.client.js';
import { decide } from '../../src/runs/decide.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';
import { envelope, newRunOf, openDoor, receivedFrom } from '../support/door.js';

const FAIL = { type: 'fail', code: 'START_REJECTED', message: 'test' } as const;

describe.each(STORES)('the database %s', (store) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase(store);
  });
  afterAll(() => test.close());

  it('reads every type the same way', async () => {
    const [row] = await test.database.query(
      `select $1::timestamptz(3) as time, '1999-12-31 23:59:59+05:30'::timestamptz as early, 9007199254740991::bigint as big,
         '\\x00ff10'::bytea as bytes, '{"a":[1,null]}'::jsonb as json, array['a','b,"'] as texts, 0.1::float8 as fraction,
         null::timestamptz as nothing, true as yes`,
      ['2025-01-31T10:00:00.120Z'],
    );
    expect(row).toEqual({
      time: '2025-01-31T10:00:00.120Z',
      early: '1999-12-31T18:29:59.000Z',
      big: 9_007_199_254_740_991,
      bytes: Buffer.from([0, 255, 16]),
      json: { a: [1, null] },
      texts: ['a', 'b,"'],
      fraction: 0.1,
      nothing: null,
      yes: true,
    });
  });

  it('keeps what a transaction did only if it succeeds', async () => {
    await test.database.query('create table kept (n int)');
    await expect(
      test.database.transaction(async (tx) => {
        await tx.query('insert into kept values (1)');
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await test.database.transaction(async (tx) => tx.query('insert into kept values (2)'));
    expect(await test.database.query('select n from kept')).toEqual([{ n: 2 }]);
  });

  it('does several writes as one statement and counts the rows of each', async () => {
    await test.database.query('create table counted (n int, t text)');
    const insert = (n: number, count: number) => ({
      text: 'insert into counted select $1::int, $2 from generate_series(1, $3::int)',
      values: [n, 't', count],
    });
    expect(await test.database.writeAll([insert(1, 3), insert(2, 0), insert(3, 12)])).toEqual([3, 0, 12]);
    expect(await test.database.writeAll([])).toEqual([]);
  });

  it('hands over what the server refuses as it is', async () => {
    await expect(test.database.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    expect(await test.database.isReady()).toBe(true);
  });

  it('lets timers fire between transactions in a row', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    for (let turn = 0; turn < 50; turn += 1) await test.database.transaction((tx) => tx.query('select 1'));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  it('answers once it is closed that it is not ready', async () => {
    const other = await openTestDatabase(store, { migrated: false });
    await other.close();
    await other.database.close();
    expect(await other.database.isReady()).toBe(false);
    await expect(other.database.query('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(other.database.transaction((tx) => tx.query('select 1'))).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
  });
});

describe.runIf(STORES.includes('postgres'))('PostgreSQL in trouble', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase('postgres', { poolMax: 4 });
  });
  afterAll(() => test.close());

  const cutOthers = (database: Database) =>
    database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );

  it('is unavailable, not fatal, when it cannot be reached', async () => {
    const database = await openDatabase({
      url: 'postgres://nobody@127.0.0.1:1/none',
      poolMax: 2,
      onError: () => undefined,
    });
    expect(await database.isReady()).toBe(false);
    await expect(database.query('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(database.transaction(() => Promise.resolve())).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await database.close();
  });

  it('takes the same change again after the connection broke in the middle of it', async () => {
    const { door, events } = openDoor(test.database);
    const { run } = await door.create(newRunOf());
    const killer = await openDatabase(test.options);
    let attempts = 0;
    const change = {
      heard: [envelope('m1'), envelope('m2')],
      interpret: receivedFrom,
    };
    const broken = test.database.transaction(async (tx) => {
      attempts += 1;
      await tx.query('select 1 from runs where id = $1 for update', [run.id]);
      await cutOthers(killer);
      await tx.query('select 1');
    });
    await expect(broken).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(attempts).toBe(1);
    await door.record(run.id, change);
    await cutOthers(killer);
    await killer.close();
    expect((await door.record(run.id, change)).knownCount).toBe(2);
    expect(await events.latestSeq(run.id)).toBe(3);
  });

  it('leaves reads a connection while every transaction waits', async () => {
    const count = placesMax(4) + 3;
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const waiting = Array.from({ length: count }, () => test.database.transaction(() => finished));
    expect(await test.database.query('select 1 as one')).toEqual([{ one: 1 }]);
    finish();
    await Promise.all(waiting);
  });

  it('leaves transactions a connection while every read takes long, and says that it answers', async () => {
    const database = await openDatabase({ ...test.options, poolMax: 4 });
    const reads = Array.from({ length: 6 }, () => database.query('select pg_sleep(1)'));
    const before = Date.now();
    expect(await database.transaction((tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
    expect(await database.isReady()).toBe(true);
    expect(Date.now() - before).toBeLessThan(900);
    await Promise.all(reads);
    await database.close();
  });

  it('says of a statement that took too long just that', async () => {
    const hasty = await openDatabase({ ...test.options, poolMax: 2, statementMsMax: 50 });
    await expect(hasty.query('select pg_sleep(5)')).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('in time') as string,
    });
    expect(await hasty.query('select 1 as one')).toEqual([{ one: 1 }]);
    await hasty.close();
  });

  it('ends a wait for a row that somebody keeps, and says that trying again may help', async () => {
    const { door } = openDoor(test.database);
    const { run } = await door.create(newRunOf());
    const other = await openDatabase({ ...test.options, poolMax: 2 });
    await test.database.transaction(async (tx) => {
      await tx.query('select 1 from runs where id = $1 for update', [run.id]);
      const impatient = other.transaction(async (waiting) => {
        await waiting.query(`set local lock_timeout = '50ms'`);
        return waiting.query('select 1 from runs where id = $1 for update', [run.id]);
      });
      await expect(impatient).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    });
    await other.close();
  });

  it.each(['', 'options=-c%20work_mem%3D8MB%20-c%20datestyle%3DGerman'])(
    'reads and deletes alike whatever the database sets%s',
    async (query) => {
      const other = await openTestDatabase('postgres', { poolMax: 2 });
      const settings = {
        datestyle: 'SQL, DMY',
        bytea_output: 'escape',
        extra_float_digits: '-3',
        default_transaction_isolation: 'repeatable read',
      };
      for (const [name, value] of Object.entries(settings)) {
        await other.database.query(
          `do $$ begin execute format('alter database %I set ${name} = ''${value}''', current_database()); end $$`,
        );
      }
      const { url = '' } = other.options;
      const more = query === '' ? '' : `${url.includes('?') ? '&' : '?'}${query}`;
      const database = await openDatabase({ ...other.options, url: `${url}${more}` });
      const [row] = await database.query(
        `select '2025-01-31T10:00:00.120Z'::timestamptz(3) as time, '\\x00ff10'::bytea as bytes, 0.1::float8 + 0.2 as sum`,
      );
      expect(row).toEqual({ time: '2025-01-31T10:00:00.120Z', bytes: Buffer.from([0, 255, 16]), sum: 0.1 + 0.2 });
      const { door, runs } = openDoor(database);
      const { run } = await door.create(newRunOf());
      await door.record(run.id, { decide: (now) => decide(now, FAIL, isoTime(0)) });
      expect(await runs.delete(run.id)).toBe(run.id);
      await database.close();
      await other.close();
    },
  );

  it.each([
    [1, 1],
    [2, 1],
    [4, 3],
    [10, 7],
  ])('of %i connections gives %i to transactions', (poolMax, expected) => {
    expect(placesMax(poolMax)).toBe(expected);
  });
});

describe('the folder of the embedded database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'macp-database-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('belongs to one opener at a time, and keeps its data', async () => {
    const dataDir = join(folder, 'store');
    const options = { dataDir, poolMax: 1, onError: () => undefined };
    const first = await openDatabase(options);
    await expect(openDatabase(options)).rejects.toBeInstanceOf(DirectoryInUseError);
    const alias = join(folder, 'alias');
    symlinkSync(dataDir, alias);
    await expect(openDatabase({ ...options, dataDir: alias })).rejects.toBeInstanceOf(DirectoryInUseError);
    await first.query('create table t as select 7 as n');
    await first.close();
    const second = await openDatabase(options);
    expect(await second.query('select n from t')).toEqual([{ n: 7 }]);
    await second.close();
  });

  it('is taken over from a dead process, never from a living one', () => {
    const dead = spawnSync(process.execPath, ['-e', '0']).pid;
    const lock = join(folder, 'database.lock');
    writeFileSync(lock, `${dead} 1`);
    lockDirectory(folder, 'database.lock')();
    writeFileSync(lock, '');
    lockDirectory(folder, 'database.lock')();
    writeFileSync(lock, `${process.pid} 1`);
    lockDirectory(folder, 'database.lock')();
    writeFileSync(lock, `${process.ppid} `);
    expect(() => lockDirectory(folder, 'database.lock')).toThrow(`process ${process.ppid}`);
  });

  it('is taken by one of many who find it left by a dead process at the same moment', async () => {
    const dead = spawnSync(process.execPath, ['-e', '0']).pid;
    const module = pathToFileURL(join(packageRoot(), 'dist', 'src', 'files', 'directory-lock.client.js')).href;
    for (let round = 0; round < 5; round += 1) {
      const contested = mkdtempSync(join(folder, 'contested-'));
      writeFileSync(join(contested, 'x.lock'), `${dead} 1`);
      const script = `const { lockDirectory } = await import('${module}');
        while (Date.now() < ${Date.now() + 700});
        try { lockDirectory('${contested}', 'x.lock'); process.stdout.write('taken'); } catch { process.stdout.write('refused'); }
        process.stdin.resume();`;
      const said = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
            stdio: ['pipe', 'pipe', 'ignore'],
          });
          const [word] = (await once(child.stdout, 'data')) as [Buffer];
          return { word: word.toString(), child };
        }),
      );
      for (const { child } of said) child.kill('SIGKILL');
      expect(said.filter(({ word }) => word === 'taken')).toHaveLength(1);
    }
  });
});
