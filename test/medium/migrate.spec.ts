import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.client.js';
import { migrate, openMigrated, readMigrations, type Migration } from '../../src/db/migrate.client.js';
import * as schema from '../../src/db/schema.js';
import { newRunOf, openDoor } from '../support/door.js';
import { STORES, openTestDatabase, untilSearchable, type TestDatabase } from '../support/database.js';

const migrations = readMigrations();
const next: Migration = { name: '9999_more.sql', sql: 'create table more (id int)', checksum: 'c' };

/** The runs themselves, what outlives them or has nothing to do with them, and `run_tags`, which a trigger empties. */
const OF_NO_RUN: ReadonlySet<string> = new Set(['runs', 'audit_entries', 'webhooks', 'run_scenarios', 'run_tags']);

describe.each(STORES)('migrations on %s', (store) => {
  let test: TestDatabase;
  afterEach(() => test.close());
  const open = async (migrated: boolean) => (test = await openTestDatabase(store, { migrated }));

  it('apply once', async () => {
    const { database } = await open(false);
    expect(await migrate(database)).toEqual(migrations.map((migration) => migration.name));
    expect(await migrate(database)).toEqual([]);
  });

  it('go on from where they were', async () => {
    const { database } = await open(true);
    expect(await migrate(database, [...migrations, next])).toEqual([next.name]);
    expect(await database.query('select * from more')).toEqual([]);
  });

  it('refuse a file that was changed after it was applied, and do nothing', async () => {
    const { database } = await open(true);
    const changed = migrations.map((migration) => ({ ...migration, checksum: 'other' }));
    await expect(migrate(database, [...changed, next])).rejects.toMatchObject({ name: 'MigrationMismatchError' });
    await expect(database.query('select * from more')).rejects.toThrow();
  });

  it('refuse a database that is ahead of them', async () => {
    const { database } = await open(true);
    await expect(migrate(database, [])).rejects.toMatchObject({ name: 'MigrationMismatchError' });
  });

  it('leave nothing of a file that fails', async () => {
    const { database } = await open(true);
    const failing = { ...next, sql: 'create table more (id int);\nselect 1/0;\n' };
    await expect(migrate(database, [...migrations, failing])).rejects.toThrow('division by zero');
    expect(await migrate(database, [...migrations, next])).toEqual([next.name]);
  });

  it('make the tables that Drizzle reads', async () => {
    const { database } = await open(true);
    const rows = await database.query(
      `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
         and c.relname <> 'schema_migrations'`,
    );
    const declared = Object.values(schema).flatMap((table: PgTable) => {
      const { name, columns } = getTableConfig(table);
      return columns.map((column) => ({
        table: name,
        column: column.name,
        type: column.getSQLType().replace('timestamp (3)', 'timestamp(3)'),
        required: column.notNull,
      }));
    });
    const sorted = (list: readonly unknown[]) => list.map((entry) => JSON.stringify(entry)).sort();
    const inSql = rows.map(({ table, column, type, required }) => ({ table, column, type, required }));
    expect(sorted(inSql)).toEqual(sorted(declared));
  });

  it('make every table of a run go with it', async () => {
    const { database } = await open(true);
    const rows = await database.query(
      `select conrelid::regclass::text as table, confdeltype as on_delete from pg_constraint
         where contype = 'f' and confrelid = 'runs'::regclass
       union all
       select distinct tgrelid::regclass::text, 'c'::"char" from pg_trigger
         where tgfoid = 'refuse_events_without_run'::regproc
       order by 1`,
    );
    const tables = Object.values(schema).map((table: PgTable) => getTableConfig(table).name);
    expect(rows.map((row) => row['table'])).toEqual(tables.filter((name) => !OF_NO_RUN.has(name)).sort());
    expect(rows.every((row) => row['on_delete'] === 'c')).toBe(true);
  });

  it('keep the order of all events when a restored database counts transactions anew', async () => {
    const { database } = await open(true);
    const { door, events } = openDoor(database);
    await door.create(newRunOf());
    await database.query('update run_events_canonical set global_ordinal = global_ordinal + (1000000::bigint << 14)');
    await migrate(database);
    const { run } = await door.create(newRunOf());
    await untilSearchable(database);
    const found = await events.search({ afterOrdinal: 0, limit: 10 });
    expect(found.events.map((event) => event.runId).at(-1)).toBe(run.id);
    expect(found.events).toHaveLength(2);
  });
});

describe.runIf(STORES.includes('postgres'))('migrations of several processes', () => {
  it('take turns', async () => {
    const test = await openTestDatabase('postgres', { migrated: false });
    const opened = await Promise.all(Array.from({ length: 5 }, () => openMigrated(test.options)));
    expect(opened.flatMap(({ applied }) => applied)).toEqual(migrations.map((migration) => migration.name));
    await Promise.all(opened.map(({ database }) => database.close()));
    await test.close();
  });

  it('do not keep a store open that cannot be migrated', async () => {
    const test = await openTestDatabase('postgres');
    await test.database.query(`update schema_migrations set checksum = 'other'`);
    await expect(openMigrated(test.options)).rejects.toMatchObject({ name: 'MigrationMismatchError' });
    const database = await openDatabase(test.options);
    expect(await database.isReady()).toBe(true);
    await database.close();
    await test.close();
  });

  it('refuse a database that cannot store every text', async () => {
    const test = await openTestDatabase('postgres', { migrated: false });
    const url = new URL(test.options.url!);
    url.pathname += '_latin1';
    const name = url.pathname.slice(1);
    await test.database.query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`);
    await expect(openMigrated({ ...test.options, url: url.href })).rejects.toThrow('encoded in LATIN1');
    await test.database.query(`drop database ${name}`);
    await test.close();
  });
});
