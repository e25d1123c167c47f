import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECTION_VERSION } from '../../src/contracts/projection.js';
import type { RawDraft } from '../../src/contracts/raw-event.js';
import type { Run } from '../../src/contracts/run.js';
import type { Database, Transaction } from '../../src/db/database.client.js';
import type { Write } from '../../src/db/statement.js';
import { AppError } from '../../src/errors/app-error.js';
import type { Recorded } from '../../src/events/run-event.service.js';
import { CHECKPOINT_EVERY } from '../../src/projection/checkpoints.js';
import { initialProjection, reduce } from '../../src/projection/reduce.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';
import {
  envelope,
  expectConsistentLog,
  newRunOf,
  openDoor,
  receivedFrom,
  startedDraft,
  type Door,
} from '../support/door.js';

describe.each(STORES)('batches of one run on %s', (store) => {
  let test: TestDatabase;
  let rooms: Door;

  beforeAll(async () => {
    test = await openTestDatabase(store);
    rooms = openDoor(test.database);
  });
  afterAll(() => test.close());

  const create = async (): Promise<Run> => (await rooms.door.create(newRunOf())).run;

  it('shows any moment of a long log from the states it kept on the way', async () => {
    const run = await create();
    for (let batch = 0; batch < 3; batch += 1) {
      const heard = Array.from({ length: 400 }, (_x, index) => envelope(`b${batch}m${index}`));
      await rooms.door.record(run.id, { heard, interpret: receivedFrom });
    }
    const events = await expectConsistentLog(rooms, run.id);
    const kept = async () =>
      (
        await test.database.query('select seq from run_projection_checkpoints where run_id = $1 order by seq', [run.id])
      ).map((row) => row['seq']);
    expect(await kept()).toEqual([CHECKPOINT_EVERY, 2 * CHECKPOINT_EVERY]);
    const expectMoments = async () => {
      for (const seq of [1, 499, 500, 501, 1_000, 1_200]) {
        const expected = events.slice(0, seq).reduce(reduce, initialProjection(run.id));
        expect(await rooms.projection.stateAt(run.id, seq)).toStrictEqual(expected);
      }
    };
    await expectMoments();
    // States of an earlier version are not believed; rebuilding makes them anew, and so does a change that must fold.
    const spoil = () =>
      test.database.query(
        `update run_projection_checkpoints set projection_version = 0, projection = '{}' where run_id = $1`,
        [run.id],
      );
    const expectRenewed = async () => {
      const [row] = await test.database.query(
        'select min(projection_version) as version from run_projection_checkpoints where run_id = $1',
        [run.id],
      );
      expect(row?.['version']).toBe(PROJECTION_VERSION);
      await expectMoments();
    };
    await spoil();
    await expectMoments();
    await rooms.projection.rebuild(run.id);
    await expectRenewed();
    await spoil();
    await test.database.query('update run_projections set projection_version = 0 where run_id = $1', [run.id]);
    await openDoor(test.database).door.record(run.id, { heard: [envelope('after')], interpret: receivedFrom });
    await expectRenewed();
  });

  it('works out a change while the one before it is written, and stores both in order', async () => {
    const run = await create();
    await rooms.door.record(run.id, { heard: [envelope('m0')], interpret: receivedFrom });
    const asked: Promise<Recorded>[] = [];
    for (let index = 0; index < 12; index += 1) {
      const heard = [envelope(`m${index + 1}`), envelope(`m${index}`)];
      asked.push(rooms.door.record(run.id, { heard, interpret: receivedFrom, follows: asked.at(-1) }));
    }
    const written = await Promise.all(asked);
    expect(written.map(({ knownCount }) => knownCount)).toEqual(written.map(() => 1));
    const events = await expectConsistentLog(rooms, run.id);
    expect(events.slice(1).map((event) => event.subject.id)).toEqual(
      Array.from({ length: 13 }, (_x, index) => `m${index}`),
    );
  });

  it('finds out under the lock what was written when the answer got lost', async () => {
    const deaf: Database = Object.assign(Object.create(test.database) as Database, {
      writeIf: async (writes: readonly Write[]) => {
        await test.database.writeIf(writes);
        throw new AppError('DATABASE_UNAVAILABLE', 'The answer got lost.');
      },
    });
    const { door, published } = openDoor(deaf);
    const { run } = await door.create(newRunOf());
    const status = {
      kind: 'stream-status',
      receivedAt: run.createdAt,
      info: { status: 'opened', afterSequence: 0 },
    } as const;
    await door.record(run.id, { heard: [status], decide: (now) => [startedDraft(now)] });
    expect((await expectConsistentLog(rooms, run.id)).slice(1)).toEqual(published.at(-1)?.events);
    expect(await rooms.events.listRaw(run.id, { afterPosition: 0, limit: 10 })).toHaveLength(1);
  });

  it('knows what was written when the answer got lost and nobody could be asked before it is told again', async () => {
    const away = new AppError('DATABASE_UNAVAILABLE', 'The answer got lost.');
    let lost: 'nothing' | 'the statement' | 'the commit' = 'nothing';
    const deaf: Database = Object.assign(Object.create(test.database) as Database, {
      writeIf: async (writes: readonly Write[]) => {
        const isWritten = await test.database.writeIf(writes);
        if (lost === 'the statement') throw away;
        return isWritten;
      },
      transaction: async <T>(work: (tx: Transaction) => Promise<T>) => {
        if (lost === 'the statement') throw away;
        const result = await test.database.transaction(work);
        if (lost === 'the commit') throw away;
        return result;
      },
    });
    const { door } = openDoor(deaf);
    const { run } = await door.create(newRunOf());
    const statusAt = (afterSequence: number) => {
      const info = { status: 'opened', afterSequence } as const;
      return { kind: 'stream-status', receivedAt: run.createdAt, info } as const;
    };
    const interpret = (now: Run, raw: RawDraft) =>
      raw.kind === 'stream-status' ? { drafts: [startedDraft(now)], parked: null } : receivedFrom(now, raw);
    const heard = [statusAt(0), envelope('m1')];
    lost = 'the statement';
    await expect(door.record(run.id, { heard, interpret })).rejects.toBe(away);
    // Meanwhile memory knows where the run stands again.
    lost = 'nothing';
    await door.record(run.id, { heard: [envelope('m2')], interpret });
    const told = await door.record(run.id, { heard: [...heard, statusAt(1)], interpret });
    expect([told.knownCount, told.count]).toEqual([2, 1]);
    await door.forget(run.id);
    lost = 'the commit';
    const last = statusAt(2);
    await expect(door.record(run.id, { heard: [last], interpret })).rejects.toBe(away);
    lost = 'nothing';
    expect(await door.record(run.id, { heard: [last], interpret })).toMatchObject({ count: 0, knownCount: 1 });
    const events = await expectConsistentLog(rooms, run.id);
    expect(events.map(({ type }) => type)).toEqual([
      'run.created',
      'run.started',
      'message.received',
      'message.received',
      'run.started',
      'run.started',
    ]);
  });

  it('finds the run that it made when the answer got lost', async () => {
    const lost = { answers: 1, statements: 0 };
    const deaf: Database = Object.assign(Object.create(test.database) as Database, {
      writeIf: async (writes: readonly Write[]) => {
        lost.statements += 1;
        const isWritten = await test.database.writeIf(writes);
        if (lost.answers-- > 0) throw new AppError('DATABASE_UNAVAILABLE', 'The answer got lost.');
        return isWritten;
      },
    });
    const { door } = openDoor(deaf);
    const input = newRunOf({ idempotencyKey: 'lost' });
    const made = await door.create(input);
    expect(made).toMatchObject({ created: true, run: { id: input.id, lastSeq: 1 } });
    expect(lost.statements).toBe(1);
    await expectConsistentLog(rooms, input.id);
  });

  it('asks the database nothing when what was heard is no news', async () => {
    let asked = 0;
    const counted: Database = Object.assign(Object.create(test.database) as Database, {
      writeIf: (writes: readonly Write[]) => {
        asked += 1;
        return test.database.writeIf(writes);
      },
      transaction: <T>(work: (tx: Transaction) => Promise<T>) => {
        asked += 1;
        return test.database.transaction(work);
      },
    });
    const { door } = openDoor(counted);
    const { run } = await door.create(newRunOf());
    const { run: before } = await door.record(run.id, { heard: [envelope('m1')], interpret: receivedFrom });
    asked = 0;
    const snapshot = {
      kind: 'session-snapshot',
      receivedAt: run.createdAt,
      info: { via: 'read', state: 'SESSION_STATE_OPEN' },
    } as const;
    const nothing = { drafts: [], parked: null };
    const silent = await door.record(run.id, { heard: [snapshot], interpret: () => nothing });
    expect(silent).toEqual({ run: before, count: 0, knownCount: 0 });
    expect(asked).toBe(0);
    // What somebody decided is for the row to confirm.
    await door.record(run.id, { decide: () => [] });
    expect(asked).toBe(1);
    await expectConsistentLog(rooms, run.id);
  });

  it('works out a sequel only when what it follows has left for the database', async () => {
    let leave = (): void => undefined;
    let left = Promise.resolve();
    const slow: Database = Object.assign(Object.create(test.database) as Database, {
      writeIf: async (writes: readonly Write[], _signal?: AbortSignal, onSent?: () => void) => {
        await left;
        onSent?.();
        return test.database.writeIf(writes);
      },
    });
    const { door } = openDoor(slow);
    const { run } = await door.create(newRunOf());
    left = new Promise<void>((resolve) => (leave = resolve));
    const order: string[] = [];
    const change = (name: string) => ({
      heard: [envelope(name)],
      interpret: (...given: Parameters<typeof receivedFrom>) => {
        order.push(name);
        return receivedFrom(...given);
      },
    });
    const first = door.record(run.id, change('m1'));
    const both = [first, door.record(run.id, { ...change('m2'), follows: first })];
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(['m1']);
    leave();
    await Promise.all(both);
    expect(order).toEqual(['m1', 'm2']);
    await expectConsistentLog(rooms, run.id);
  });

  it('begins from the row after it was changed beside the log', async () => {
    const run = await create();
    await rooms.door.record(run.id, { heard: [envelope('m1')], interpret: receivedFrom });
    await test.database.query(`update runs set request = jsonb_set(request, '{mode}', '"sandbox"') where id = $1`, [
      run.id,
    ]);
    await rooms.door.forget(run.id);
    const { run: after } = await rooms.door.record(run.id, { heard: [envelope('m2')], interpret: receivedFrom });
    expect(after.request.mode).toBe('sandbox');
    await expectConsistentLog(rooms, run.id);
  });

  it('does not store a sequel of what could not be stored', async () => {
    const run = await create();
    await rooms.door.record(run.id, { heard: [envelope('m1')], interpret: receivedFrom });
    const failing = rooms.door.record(run.id, {
      heard: [envelope('m2')],
      interpret: () => {
        throw new Error('cannot');
      },
    });
    const sequel = rooms.door.record(run.id, { heard: [envelope('m3')], interpret: receivedFrom, follows: failing });
    const other = rooms.door.record(run.id, { heard: [envelope('m4')], interpret: receivedFrom });
    expect((await Promise.allSettled([failing, sequel, other])).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    const events = await expectConsistentLog(rooms, run.id);
    expect(events.slice(1).map((event) => event.subject.id)).toEqual(['m1', 'm4']);
  });

  it('does not store a sequel of what found no place to wait, also when it is asked for later', async () => {
    const run = await create();
    const refused = rooms.door.record(
      run.id,
      { heard: [envelope('m1')], interpret: receivedFrom },
      AbortSignal.abort(new Error('no place')),
    );
    await expect(refused).rejects.toThrow('no place');
    const sequel = rooms.door.record(run.id, { heard: [envelope('m2')], interpret: receivedFrom, follows: refused });
    await expect(sequel).rejects.toThrow('no place');
    expect(await expectConsistentLog(rooms, run.id)).toHaveLength(1);
  });
});
