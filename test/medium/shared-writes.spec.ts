import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId } from '../../src/contracts/ids.js';
import type { Database } from '../../src/db/database.client.js';
import type { Write } from '../../src/db/statement.js';
import { AppError } from '../../src/errors/app-error.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';
import { envelope, expectConsistentLog, newRunOf, openDoor, receivedFrom, type Door } from '../support/door.js';

const RUNS = 12;

/** The database, and how many runs each conditional statement was for. */
class Counted {
  readonly runs: number[] = [];
  readonly database: Database;
  /** Until the server has read a statement, and until it answers. */
  left: Promise<void> = Promise.resolve();
  answered: Promise<void> = Promise.resolve();

  constructor(real: Database) {
    this.database = Object.assign(Object.create(real) as Database, {
      writeIf: async (writes: readonly Write[], signal?: AbortSignal, onSent?: () => void) => {
        this.runs.push(writes[0]?.columns?.rows ?? 1);
        await this.left;
        onSent?.();
        await this.answered;
        return real.writeIf(writes, signal);
      },
    });
  }
}

describe.each(STORES)('batches of several runs on %s', (store) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await openTestDatabase(store);
  });
  afterAll(() => test.close());

  const open = async () => {
    const counted = new Counted(test.database);
    const rooms = openDoor(counted.database);
    const ids: RunId[] = [];
    for (let run = 0; run < RUNS; run += 1) ids.push((await rooms.door.create(newRunOf())).run.id);
    // What is made is a statement of its own each time.
    counted.runs.length = 0;
    return { counted, rooms, ids };
  };
  /** As a follower does: what it hears is recorded when its turn has come. */
  const hear = async ({ door }: Door, runId: RunId, name: string) => {
    await door.turn(new AbortController().signal);
    return door.record(runId, { heard: [envelope(`${name}1`), envelope(`${name}2`)], interpret: receivedFrom });
  };
  const subjectsOf = async (rooms: Door, runId: RunId) =>
    (await expectConsistentLog(rooms, runId)).slice(1).map(({ subject }) => subject.id);

  it('share a statement, and each log is as if it were alone', async () => {
    const { counted, rooms, ids } = await open();
    const recorded = await Promise.all(ids.map((id, index) => hear(rooms, id, `r${index}m`)));
    expect(counted.runs).toEqual([RUNS]);
    for (const [index, id] of ids.entries()) {
      expect(await subjectsOf(rooms, id)).toEqual([`r${index}m1`, `r${index}m2`]);
      expect(recorded[index]?.run).toEqual(await rooms.runs.getRun(id));
    }
    const ordinals = await test.database.query(
      `select count(distinct global_ordinal >> 14)::int as transactions, count(*)::int as events
         from run_events_canonical where run_id = any($1) and seq > 1`,
      [ids],
    );
    expect(ordinals).toEqual([{ transactions: 1, events: 2 * RUNS }]);
    expect(rooms.published.filter(({ count }) => count === 2).map(({ run }) => run.id)).toEqual(ids);
  });

  it('go again alone when one of the runs is not as this process knew it', async () => {
    const { counted, rooms, ids } = await open();
    const [moved = '' as RunId] = ids;
    await openDoor(test.database).door.record(moved, { heard: [envelope('elsewhere')], interpret: receivedFrom });
    await Promise.all(ids.map((id) => hear(rooms, id, 'm')));
    expect(counted.runs).toEqual([RUNS, ...ids.map(() => 1)]);
    expect(await subjectsOf(rooms, moved)).toEqual(['elsewhere', 'm1', 'm2']);
    for (const id of ids.slice(1)) expect(await subjectsOf(rooms, id)).toEqual(['m1', 'm2']);
  });

  it('are stored although the run of one of them is gone', async () => {
    const { rooms, ids } = await open();
    const [gone = '' as RunId, ...others] = ids;
    await test.database.query('delete from runs where id = $1', [gone]);
    const outcomes = await Promise.allSettled(ids.map((id) => hear(rooms, id, 'm')));
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'RUN_NOT_FOUND' } });
    for (const id of others) expect(await subjectsOf(rooms, id)).toEqual(['m1', 'm2']);
  });

  it('are found in every log when the answer to all of them got lost', async () => {
    const { counted, rooms, ids } = await open();
    const deaf = openDoor(
      Object.assign(Object.create(counted.database) as Database, {
        writeIf: async (writes: readonly Write[]) => {
          await counted.database.writeIf(writes);
          throw new AppError('DATABASE_UNAVAILABLE', 'The answer got lost.');
        },
      }),
    );
    // The first change of a process begins from the row.
    await Promise.all(ids.map((id) => deaf.door.record(id, { heard: [envelope('m0')], interpret: receivedFrom })));
    await Promise.all(ids.map((id) => hear(deaf, id, 'm')));
    expect(counted.runs).toEqual([RUNS]);
    for (const id of ids) expect(await subjectsOf(rooms, id)).toEqual(['m0', 'm1', 'm2']);
  });

  it.runIf(store === 'postgres')('do not wait for a run that somebody else holds', async () => {
    const { rooms, ids } = await open();
    const [held = '' as RunId, ...others] = ids;
    let all: Promise<unknown> = Promise.resolve();
    await test.database.transaction(async (tx) => {
      await tx.query('select 1 from runs where id = $1 for update', [held]);
      const written = others.map((id) => hear(rooms, id, 'm'));
      all = Promise.all([hear(rooms, held, 'm'), ...written]);
      await Promise.all(written);
      const [row] = await tx.query('select last_seq from runs where id = $1', [held]);
      expect(row?.['last_seq']).toBe(1);
    });
    await all;
    expect(await subjectsOf(rooms, held)).toEqual(['m1', 'm2']);
  });

  it('gather while the statements before them are at the database', async () => {
    const { counted, rooms, ids } = await open();
    const { gate: answered, open: answer } = closed();
    counted.answered = answered;
    const [one = '' as RunId, two = '' as RunId, ...others] = ids;
    const first = [await asked(hear(rooms, one, 'm')), await asked(hear(rooms, two, 'm'))];
    const rest = others.map((id) => hear(rooms, id, 'm'));
    await asked(Promise.resolve());
    expect(counted.runs).toEqual([1, 1]);
    answer();
    await Promise.all([...first.map(({ outcome }) => outcome), ...rest]);
    expect(counted.runs).toEqual([1, 1, RUNS - 2]);
  });

  it('are not worked out while a statement is leaving', async () => {
    const { counted, rooms, ids } = await open();
    const { gate: left, open: leave } = closed();
    counted.left = left;
    const [one = '' as RunId, ...others] = ids;
    const first = await asked(hear(rooms, one, 'm'));
    let turns = 0;
    const rest = others.map(async (id) => {
      await rooms.door.turn(new AbortController().signal);
      turns += 1;
      return rooms.door.record(id, { heard: [envelope('m')], interpret: receivedFrom });
    });
    await asked(Promise.resolve());
    expect({ turns, statements: counted.runs }).toEqual({ turns: 0, statements: [1] });
    leave();
    await Promise.all([first.outcome, ...rest]);
    expect(counted.runs).toEqual([1, RUNS - 1]);
  });

  it('leave when whoever would have joined gives up its turn', async () => {
    const { counted, rooms, ids } = await open();
    const [id = '' as RunId] = ids;
    const stopping = new AbortController();
    const given = rooms.door.turn(stopping.signal);
    const waiting = rooms.door.turn(stopping.signal);
    const recorded = rooms.door.record(id, { heard: [envelope('m')], interpret: receivedFrom });
    stopping.abort();
    await Promise.all([given, waiting, recorded]);
    expect(counted.runs).toEqual([1]);
  });
});

function closed(): { readonly gate: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  return { gate, open };
}

/** Some turns of the event loop later. */
async function asked<T>(outcome: Promise<T>): Promise<{ readonly outcome: Promise<T> }> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return { outcome };
}
