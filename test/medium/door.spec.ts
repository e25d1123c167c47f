import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId } from '../../src/contracts/ids.js';
import type { Run } from '../../src/contracts/run.js';
import { initialProjection, reduce } from '../../src/projection/reduce.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';
import {
  envelope,
  expectConsistentLog,
  failedDraft,
  newRunOf,
  openDoor,
  receivedFrom,
  startedDraft,
  type Door,
} from '../support/door.js';

describe.each(STORES)('the door on %s', (store) => {
  let test: TestDatabase;
  let rooms: Door;

  beforeAll(async () => {
    test = await openTestDatabase(store);
    rooms = openDoor(test.database);
  });
  afterAll(() => test.close());

  const create = async (given = {}): Promise<Run> => (await rooms.door.create(newRunOf(given))).run;
  const logOf = (runId: RunId) => rooms.events.listCanonical(runId, { afterSeq: 0, limit: 5_000 });
  const expectConsistent = (runId: RunId) => expectConsistentLog(rooms, runId);
  /** The events that were published last. */
  const newest = () => rooms.published.at(-1)?.events ?? [];

  it('creates a run with its first event', async () => {
    const run = await create();
    const [first] = await expectConsistent(run.id);
    expect(first).toMatchObject({ seq: 1, type: 'run.created', trace: { traceId: 'a'.repeat(32) } });
    expect(first?.source).toEqual({ kind: 'macp-control-plane', name: 'run-manager', position: null, ordinal: null });
    expect(await rooms.runs.getRun(run.id)).toEqual(run);
  });

  it('numbers and stores what is heard', async () => {
    const run = await create();
    const { run: after } = await rooms.door.record(run.id, {
      heard: [envelope('m1'), envelope('m2')],
      interpret: receivedFrom,
      decide: (current) => [startedDraft(current)],
    });
    const events = newest();
    expect(events.map((event) => [event.seq, event.type])).toEqual([
      [2, 'message.received'],
      [3, 'message.received'],
      [4, 'run.started'],
    ]);
    expect(events.map((event) => [event.source.position, event.source.ordinal])).toEqual([
      [1, 1],
      [2, 2],
      [null, null],
    ]);
    expect(after).toMatchObject({ status: 'starting', lastSeq: 4, lastPosition: 2, lastOrdinal: 2 });
    expect(await rooms.runs.getRun(run.id)).toEqual(after);
    const raws = await rooms.events.listRaw(run.id, { afterPosition: 0, limit: 10 });
    expect(raws).toEqual(
      [
        { ...envelope('m1'), receivedAt: raws[0]?.receivedAt, runId: run.id, position: 1, ordinal: 1, parked: null },
        { ...envelope('m2'), receivedAt: raws[1]?.receivedAt, runId: run.id, position: 2, ordinal: 2, parked: null },
      ].map((raw) => ({ ...raw, envelope: { ...raw.envelope, payload: Buffer.from(raw.envelope.payload) } })),
    );
    await expectConsistent(run.id);
  });

  it('lets twenty writers of one run take turns', async () => {
    const run = await create();
    const other = openDoor(test.database);
    await Promise.all(
      Array.from({ length: 20 }, (_x, writer) =>
        (writer % 2 === 0 ? rooms : other).door.record(run.id, {
          heard: [envelope(`a${writer}`), envelope(`b${writer}`)],
          interpret: receivedFrom,
        }),
      ),
    );
    const events = await expectConsistent(run.id);
    expect(events).toHaveLength(41);
    expect(events.slice(1).map((event) => event.source.ordinal)).toEqual(Array.from({ length: 40 }, (_x, i) => i + 1));
    const news = [...rooms.published, ...other.published].filter((told) => told.run.id === run.id);
    expect(
      news
        .flatMap((told) => told.events ?? [])
        .map((event) => event.seq)
        .sort((a, b) => a - b),
    ).toEqual(events.map((event) => event.seq));
  });

  it('tells once that a run has ended, also of one that is made with its end', async () => {
    const run = await create();
    const fail = { decide: (current: Run) => [failedDraft(current, current.createdAt)] };
    await rooms.door.record(run.id, fail);
    await rooms.door.record(run.id, fail);
    const ended = await create({ hearing: fail });
    const told = (id: RunId) => rooms.published.filter((news) => news.run.id === id).map(({ hasEnded }) => hasEnded);
    expect([told(run.id), told(ended.id)]).toEqual([[false, true, false], [true]]);
  });

  it('keeps events until they are committed only for those who read the run', async () => {
    const { door, published } = openDoor(test.database, false);
    const { run } = await door.create(newRunOf());
    const heard = [envelope('m1'), envelope('m2')];
    expect(await door.record(run.id, { heard, interpret: receivedFrom })).toMatchObject({ count: 2 });
    expect(published.at(-1)).toEqual({ run: (await door.record(run.id, {})).run, count: 2, hasEnded: false });
    await expectConsistent(run.id);
  });

  it('makes one run of ten requests with one key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => rooms.door.create(newRunOf({ idempotencyKey: 'once', fingerprint: 'x' }))),
    );
    expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(answers.every(({ fingerprint }) => fingerprint === 'x')).toBe(true);
    expect(await expectConsistent(answers[0]!.run.id)).toHaveLength(1);
  });

  it('answers a repeated create of the same run as the one that made it', async () => {
    const input = newRunOf();
    const first = await rooms.door.create(input);
    const again = await rooms.door.create(input);
    expect(again).toEqual(first);
  });

  it('refuses a session id that another run has', async () => {
    const run = await create();
    const second = newRunOf({ sessionId: run.sessionId });
    await expect(rooms.door.create(second)).rejects.toMatchObject({
      code: 'SESSION_ALREADY_EXISTS',
      details: { runId: run.id },
    });
    expect(await rooms.runs.findByRef(second.id)).toBeUndefined();
  });

  it('drops what it knows, in the table and within the batch', async () => {
    const run = await create();
    await rooms.door.record(run.id, { heard: [envelope('m1'), envelope('m2')], interpret: receivedFrom });
    const again = await rooms.door.record(run.id, {
      heard: [envelope('m1'), envelope('m2'), envelope('m3'), envelope('m3')],
      interpret: receivedFrom,
    });
    expect(again.knownCount).toBe(3);
    expect(newest().map((event) => event.subject.id)).toEqual(['m3']);
    expect(again.run).toMatchObject({ lastSeq: 4, lastOrdinal: 3, lastPosition: 3 });
    await expectConsistent(run.id);
  });

  it('writes nothing when there is nothing new', async () => {
    const run = await create();
    await rooms.door.record(run.id, { heard: [envelope('m1')], interpret: receivedFrom });
    const rowOf = () => test.database.query('select ctid::text, xmin::text from runs where id = $1', [run.id]);
    const before = await rowOf();
    const published = rooms.published.length;
    const nothing = await rooms.door.record(run.id, {
      heard: [envelope('m1')],
      interpret: receivedFrom,
      decide: () => [],
    });
    expect(nothing).toMatchObject({ count: 0, knownCount: 1 });
    expect(await rowOf()).toEqual(before);
    expect(rooms.published).toHaveLength(published);
  });

  it('gives ordinals only to counted envelopes, and jumps over a gap', async () => {
    const run = await create();
    const gap = { status: 'gap', afterSequence: 1, fromOrdinal: 2, toOrdinal: 9 } as const;
    await rooms.door.record(run.id, {
      heard: [
        envelope('m1'),
        envelope('cancel', { messageType: 'SessionSuspend' }),
        { kind: 'stream-status', receivedAt: run.createdAt, info: gap },
        envelope('m10'),
      ],
      interpret: receivedFrom,
    });
    const raws = await rooms.events.listRaw(run.id, { afterPosition: 0, limit: 10 });
    expect(raws.map((raw) => raw.ordinal)).toEqual([1, null, null, 10]);
    expect((await rooms.runs.getRun(run.id)).lastOrdinal).toBe(10);
  });

  it('leaves nothing behind when a decision throws', async () => {
    const run = await create();
    const refused = rooms.door.record(run.id, {
      heard: [envelope('m1')],
      interpret: receivedFrom,
      decide: () => {
        throw new Error('no');
      },
    });
    await expect(refused).rejects.toThrow('no');
    expect(await rooms.events.listRaw(run.id, { afterPosition: 0, limit: 10 })).toEqual([]);
    expect(await expectConsistent(run.id)).toHaveLength(1);
    await rooms.door.record(run.id, { heard: [envelope('m1')], interpret: receivedFrom });
    expect(await expectConsistent(run.id)).toHaveLength(2);
  });

  it('stores hostile strings, and folds what it stored', async () => {
    const run = await create();
    const payload = {
      'key\u0000': 'nul \u0000, lone \ud800 and \udc00, pair \u{1f600}',
      ['__proto__']: 'own',
      huge: 1e308,
      tiny: -0,
      nan: Number.NaN,
      deep: Array.from({ length: 5_000 }).reduce<unknown>((inner) => [inner], 'core') as never,
      missing: undefined,
    };
    const hostile = envelope('bad\u0000id\ud800', { payload: new Uint8Array([0, 255, 0]) });
    await rooms.door.record(run.id, {
      heard: [hostile],
      interpret: (current, raw) => receivedFrom(current, raw, payload),
    });
    expect(await logOf(run.id)).toMatchObject([{}, { data: JSON.parse(JSON.stringify(newest()[0]?.data)) as object }]);
    const [raw] = await rooms.events.listRaw(run.id, { afterPosition: 0, limit: 1 });
    expect(raw).toMatchObject({ envelope: { messageId: 'bad\ufffdid\ufffd', payload: Buffer.from([0, 255, 0]) } });
    await expectConsistent(run.id);
  });

  it('stores a batch whose payloads are larger than one statement takes', async () => {
    const run = await create();
    const payload = new Uint8Array(24 * 1024 * 1024).fill(7);
    const heard = ['m1', 'm2', 'm3'].map((id) => envelope(id, { payload }));
    await rooms.door.record(run.id, { heard, interpret: receivedFrom });
    const rows = await test.database.query('select length(payload) as n from run_events_raw where run_id = $1', [
      run.id,
    ]);
    expect(rows).toEqual(heard.map(() => ({ n: payload.length })));
    await expectConsistent(run.id);
  });

  it('stores a hostile request', async () => {
    const request = { ...newRunOf().request, execution: { tags: ['t\u0000'] } };
    const run = await create({ request, tags: ['t\u0000', 'x'.repeat(5_000)] });
    expect(run.request.execution.tags).toEqual(['t\ufffd']);
    expect(await rooms.runs.getRun(run.id)).toEqual(run);
  });

  it('puts the summary on a finished run, and renews it when late events change it', async () => {
    const run = await create();
    const endedAt = run.createdAt;
    await rooms.door.record(run.id, { decide: (now) => [startedDraft(now), failedDraft(now, endedAt)] });
    const record = await rooms.runs.get(run.sessionId);
    expect(record).toMatchObject({
      id: run.id,
      status: 'failed',
      endedAt,
      errorCode: 'SESSION_EXPIRED',
      errorMessage: 'it broke',
      metadata: { error: 'it broke', durationMs: 0, totalTokens: 0 },
    });
    await rooms.door.record(run.id, { heard: [envelope('late')], interpret: receivedFrom });
    expect((await rooms.runs.getRun(run.id)).status).toBe('failed');
    await expectConsistent(run.id);
  });

  it('believes the row more than its memory', async () => {
    const other = openDoor(test.database);
    const run = await create();
    for (let turn = 0; turn < 4; turn += 1) {
      const writer = turn % 2 === 0 ? rooms : other;
      await writer.door.record(run.id, { heard: [envelope(`t${turn}`)], interpret: receivedFrom });
    }
    expect(await expectConsistent(run.id)).toHaveLength(5);
  });

  it('folds anew what another version stored', async () => {
    const run = await create();
    await rooms.door.record(run.id, { heard: [envelope('m1')], interpret: receivedFrom });
    const spoil = () =>
      test.database.query(
        `update run_projections set projection_version = 0, run = '{}', participants = '[]' where run_id = $1`,
        [run.id],
      );
    await spoil();
    const folded = (await logOf(run.id)).reduce(reduce, initialProjection(run.id));
    expect(await rooms.projection.find(run.id)).toStrictEqual(folded);
    await expectConsistent(run.id);
    await spoil();
    await openDoor(test.database).door.record(run.id, { heard: [envelope('m2')], interpret: receivedFrom });
    await expectConsistent(run.id);
  });

  it('shows the state of any moment, and rebuilding changes nothing', async () => {
    const run = await create();
    const heard = Array.from({ length: 10 }, (_x, index) => envelope(`m${index}`));
    await rooms.door.record(run.id, { heard, interpret: receivedFrom });
    const events = await logOf(run.id);
    for (const seq of [0, 1, 5, 11, 99]) {
      const expected = events.slice(0, seq).reduce(reduce, initialProjection(run.id));
      expect(await rooms.projection.stateAt(run.id, seq)).toStrictEqual(expected);
    }
    const before = await rooms.projections.find(run.id);
    await rooms.projection.rebuild(run.id);
    expect(await rooms.projections.find(run.id)).toStrictEqual(before);
  });

  it('answers and queues messages in the same transaction', async () => {
    const message = (step: number, runId: RunId) => ({
      runId,
      step,
      messageId: `${runId}:${step}`,
      purpose: 'kickoff' as const,
      modeName: 'mode',
      messageType: 'Proposal',
      sessionId: 's',
      sender: 'alice',
      to: ['bob', 'c,"d'],
      payload: Buffer.from([1, 2, 0]),
      payloadEncoding: 'proto',
      timestampUnixMs: 1_700_000_000_000,
      status: 'queued' as const,
      createdAt: newRunOf().createdAt,
    });
    const input = newRunOf();
    await rooms.door.create({ ...input, outbound: [message(0, input.id), message(1, input.id)] });
    expect(await rooms.outbox.listUnanswered(input.id, ['kickoff'])).toEqual([
      { ...message(0, input.id), createdAt: expect.any(String) as string },
      { ...message(1, input.id), createdAt: expect.any(String) as string },
    ]);
    const answer = {
      messageId: `${input.id}:0`,
      status: 'rejected',
      errorCode: 'FORBIDDEN',
      errorMessage: 'no',
    } as const;
    const change = { answers: [answer], queue: [message(2, input.id)] };
    await rooms.door.record(input.id, change);
    await rooms.door.record(input.id, { ...change, answers: [{ ...answer, status: 'accepted' }] });
    const [first, ...rest] = await rooms.outbox.page(input.id);
    expect(first).toMatchObject({
      status: 'rejected',
      errorCode: 'FORBIDDEN',
      answeredAt: expect.any(String) as string,
    });
    expect(rest.map(({ step, status }) => [step, status])).toEqual([
      [1, 'queued'],
      [2, 'queued'],
    ]);
    const { step: _step, ...requested } = message(0, input.id);
    const ids = ['b', 'a', 'c'].map((id) => `${input.id}:${id}`);
    for (const messageId of ids) await rooms.door.record(input.id, { queue: [{ ...requested, messageId }] });
    await rooms.door.record(input.id, { queue: [{ ...requested, messageId: `${input.id}:a` }] });
    const stored = (await rooms.outbox.page(input.id)).slice(3);
    expect(stored.map(({ step, messageId }) => [step, messageId])).toEqual(ids.map((id, index) => [3 + index, id]));
  });

  it('forgets a deleted run with everything it had', async () => {
    const run = await create();
    await rooms.door.record(run.id, { heard: [envelope('m1')], interpret: receivedFrom });
    await expect(rooms.runs.delete(run.id)).rejects.toMatchObject({ code: 'INVALID_STATE_TRANSITION' });
    await rooms.door.record(run.id, { decide: (now) => [failedDraft(now, run.createdAt)] });
    expect(await rooms.runs.delete(run.sessionId)).toBe(run.id);
    await expect(rooms.runs.get(run.id)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(rooms.door.record(run.id, {})).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    const tables = [
      'runtime_sessions',
      'run_events_raw',
      'run_events_canonical',
      'run_projections',
      'run_projection_checkpoints',
      'run_metrics',
    ];
    for (const table of tables) {
      expect(await test.database.query(`select 1 from ${table} where run_id = $1`, [run.id])).toEqual([]);
    }
  });

  it('gives up waiting when asked to, and writes nothing then', async () => {
    const run = await create();
    const gone = new AbortController();
    gone.abort(new Error('stop'));
    await expect(rooms.door.record(run.id, { decide: (now) => [startedDraft(now)] }, gone.signal)).rejects.toThrow(
      'stop',
    );
    expect(await expectConsistent(run.id)).toHaveLength(1);
  });
});
