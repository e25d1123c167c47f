import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IsoTime } from '../../src/contracts/ids.js';
import { isoTime } from '../../src/contracts/time.js';
import type { Database } from '../../src/db/database.client.js';
import type { EventSearch } from '../../src/storage/event-search.js';
import { EventRepository } from '../../src/storage/event.repository.js';
import { toCanonicalEvent } from '../../src/storage/event-text.js';
import { STORES, openTestDatabase, untilSearchable, type TestDatabase } from '../support/database.js';
import { envelope, newRunOf, openDoor, receivedFrom, requestOf, startedDraft, type Door } from '../support/door.js';

describe.each(STORES)('events of all runs on %s', (store) => {
  let test: TestDatabase;
  let rooms: Door;

  beforeAll(async () => {
    test = await openTestDatabase(store);
    rooms = openDoor(test.database);
  });
  afterAll(() => test.close());

  const keyOf = (event: { runId: string; seq: number }): string => `${event.runId} ${event.seq}`;

  async function follow(from: number, given: Partial<EventSearch> = {}) {
    const keys: string[] = [];
    for (let afterOrdinal = from; ;) {
      const page = await rooms.events.search({ limit: 7, ...given, afterOrdinal });
      keys.push(...page.events.map(keyOf));
      afterOrdinal = page.lastOrdinal;
      if (!page.hasMore) return { keys, afterOrdinal };
    }
  }

  it('meet a reader who follows them once each, while others write', async () => {
    const { run: first } = await rooms.door.create(newRunOf());
    const { run: second } = await rooms.door.create(newRunOf());
    const writers = [first, second, first, second].map(async (run, writer) => {
      for (let turn = 0; turn < 10; turn += 1) {
        const heard = [envelope(`${writer}-${turn}-a`), envelope(`${writer}-${turn}-b`)];
        await rooms.door.record(run.id, { heard, interpret: receivedFrom });
      }
    });
    const progress = { isWriting: true };
    const written = Promise.all(writers).then(() => (progress.isWriting = false));
    const met: string[] = [];
    for (let place = 0; ;) {
      const isLastLook = !progress.isWriting;
      if (isLastLook) await untilSearchable(test.database);
      const { keys, afterOrdinal } = await follow(place);
      met.push(...keys);
      place = afterOrdinal;
      if (isLastLook) break;
    }
    await written;
    const stored = await test.database.query('select run_id as "runId", seq from run_events_canonical');
    expect([...met].sort()).toEqual(stored.map((row) => `${String(row['runId'])} ${Number(row['seq'])}`).sort());
    const ofFirst = met.filter((key) => key.startsWith(first.id)).map((key) => Number(key.split(' ')[1]));
    expect(ofFirst).toEqual(ofFirst.map((_seq, index) => index + 1));
  });

  it('are found by type, scenario and time', async () => {
    const metadata = { scenarioRef: 'pack/special@1' };
    const { run } = await rooms.door.create(newRunOf({ request: requestOf({ metadata }) }));
    const late = '2030-01-01T00:00:00.000Z' as IsoTime;
    await rooms.door.record(run.id, { decide: (now) => [startedDraft(now, late)] });
    await untilSearchable(test.database);
    const keys = async (given: Partial<EventSearch>) => (await follow(0, given)).keys;
    expect(await keys({ scenarioRef: 'pack/special@1' })).toEqual([`${run.id} 1`, `${run.id} 2`]);
    expect(await keys({ types: ['run.started'] })).toEqual([`${run.id} 2`]);
    expect(await keys({ afterTs: late })).toEqual([`${run.id} 2`]);
    expect(await keys({ afterTs: isoTime(Date.parse(late) + 1) })).toEqual([]);
    expect(await keys({ scenarioRef: 'pack/special@1', beforeTs: late })).toEqual([`${run.id} 1`]);
    expect(await keys({ scenarioRef: 'pack/special' })).toEqual([]);
  });

  it('are found by a scenario that is longer than its column', async () => {
    const scenarioRef = `pack/${'long'.repeat(100)}@1`;
    const { run } = await rooms.door.create(newRunOf({ request: requestOf({ metadata: { scenarioRef } }) }));
    await untilSearchable(test.database);
    expect((await follow(0, { scenarioRef })).keys).toEqual([`${run.id} 1`]);
  });

  it('miss no run that is made while those of a scenario are looked up', async () => {
    const scenarioRef = 'pack/growing@1';
    const inScenario = () => rooms.door.create(newRunOf({ request: requestOf({ metadata: { scenarioRef } }) }));
    const { run: first } = await inScenario();
    const made = [first.id];
    await untilSearchable(test.database);
    const query: Database['query'] = async (text, values) => {
      const rows = await test.database.query(text, values);
      if (made.length === 1) {
        made.push((await inScenario()).run.id);
        await rooms.door.record(first.id, { heard: [envelope('after-the-look')], interpret: receivedFrom });
        await untilSearchable(test.database);
      }
      return rows;
    };
    const database = new Proxy(test.database, {
      get: (target, key): unknown => (key === 'query' ? query : Reflect.get(target, key)),
    });
    const page = await new EventRepository(database).search({ scenarioRef, afterOrdinal: 0, limit: 100 });
    const { keys } = await follow(page.lastOrdinal, { scenarioRef });
    expect([...page.events.map(keyOf), ...keys].sort()).toEqual(
      [`${made[0]} 1`, `${made[0]} 2`, `${made[1]} 1`].sort(),
    );
  });

  it('look the same as those of one run', async () => {
    const { run } = await rooms.door.create(newRunOf());
    await untilSearchable(test.database);
    const [own] = await rooms.events.listCanonical(run.id, { afterSeq: 0, limit: 1 });
    const { events } = await rooms.events.search({ afterOrdinal: 0, limit: 1_000 });
    expect(events.filter((event) => event.id === own?.id).map(toCanonicalEvent)).toEqual([own]);
  });

  it.runIf(store === 'postgres')('wait for a transaction that began earlier', async () => {
    const { run: slow } = await rooms.door.create(newRunOf());
    const { run: fast } = await rooms.door.create(newRunOf());
    await untilSearchable(test.database);
    const { afterOrdinal } = await follow(0);
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let began = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (began = resolve));
    const writing = test.database.transaction(async (tx) => {
      await tx.query('select 1 from runs where id = $1 for update', [slow.id]);
      await tx.writeAll([
        ...rooms.events.appendCanonical([{ ...(await firstOf(slow.id)), seq: 2 as never, id: fast.id }], []),
      ]);
      began();
      await finished;
    });
    await hasBegun;
    await rooms.door.record(fast.id, { decide: (now) => [startedDraft(now)] });
    expect((await follow(afterOrdinal)).keys).toEqual([]);
    finish();
    await writing;
    await untilSearchable(test.database);
    expect((await follow(afterOrdinal)).keys).toEqual([`${slow.id} 2`, `${fast.id} 2`]);
  });

  describe('of a time window', () => {
    const BEGIN = Date.parse('2020-01-01T00:00:00.000Z');
    const at = (second: number): IsoTime => isoTime(BEGIN + second * 1_000);
    const EVENTS = 6_000;
    let runId: string;

    beforeAll(async () => {
      runId = (await rooms.door.create(newRunOf())).run.id;
      // One a second; every seventh is late, by up to an hour.
      await test.database.query(
        `insert into run_events_canonical (run_id, seq, id, ts, type, schema_version, subject_kind, subject_id,
           source_kind, source_name, data, global_ordinal)
         select $1, n + 1, $1, $2::timestamptz + make_interval(secs => n - case when n % 7 = 0 then n * 37 % 3600 else 0 end),
           'message.received', 3, 'run', '', 'runtime', '', '{}', n from generate_series(1, $3::int) n`,
        [runId, at(0), EVENTS],
      );
      await untilSearchable(test.database);
    });

    it.each([
      ['the beginning', undefined, at(100)],
      ['the middle', at(3_000), at(3_100)],
      ['everything', at(-9_999), undefined],
      ['nothing', at(3_000), at(3_000)],
      ['the end', at(5_950), at(9_999)],
    ])('are all that there are: %s', async (_name, afterTs, beforeTs) => {
      const rows = await test.database.query(
        `select run_id as "runId", seq from run_events_canonical
         where ts >= coalesce($1::timestamptz, '-infinity') and ts < coalesce($2::timestamptz, 'infinity') order by global_ordinal`,
        [afterTs ?? null, beforeTs ?? null],
      );
      const expected = rows.map((row) => `${String(row['runId'])} ${Number(row['seq'])}`);
      expect((await follow(0, { afterTs, beforeTs, limit: 500 })).keys).toEqual(expected);
      const back = await follow(0, { afterTs, beforeTs, limit: 500, newestFirst: true });
      expect(back.keys).toEqual(expected.reverse());
    });
  });

  async function firstOf(runId: Parameters<Door['events']['latestSeq']>[0]) {
    const [first] = await rooms.events.listCanonical(runId, { afterSeq: 0, limit: 1 });
    return first!;
  }
});
