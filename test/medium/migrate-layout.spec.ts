import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId } from '../../src/contracts/ids.js';
import { migrate, readMigrations } from '../../src/db/migrate.client.js';
import { EventRepository } from '../../src/storage/event.repository.js';
import { STORES, openTestDatabase, type TestDatabase } from '../support/database.js';

/** The layout before events named places in the raw payload. */
const FIRST = readMigrations().filter(({ name }) => name === '0001_initial.sql');
const AT = '2026-01-02T03:04:05.678Z';

describe.each(STORES)('a log of the first layout on %s', (store) => {
  let test: TestDatabase;
  const runId = randomUUID() as RunId;

  beforeAll(async () => {
    test = await openTestDatabase(store, { migrated: false });
    await migrate(test.database, FIRST);
    const { database } = test;
    await database.query(
      `insert into runs (id, status, mode, execution_mode, origin, mode_name, runtime_kind, trace_id, fingerprint,
         search_text, request, created_at, updated_at)
       values ($1, 'running', 'live', 'driver', 'request', 'm', 'rust', 't', 'f', '', '{}', $2, $2)`,
      [runId, AT],
    );
    await database.query(
      `insert into run_events_raw (run_id, seq, kind, ordinal, dedupe_key, received_at, message_id, payload)
       values ($1, 1, 'stream-envelope', 1, 'm:' || repeat('ab', 32), $2, 'm1', '\\x0102')`,
      [runId, AT],
    );
    const insert = `insert into run_events_canonical (run_id, seq, id, ts, type, schema_version, subject_kind, subject_id,
         source, trace, data, global_ordinal)
       values ($1, $2::int, $3, $4, $5, 3, 'message', 'm1', $6, $7, $8, $2::int)`;
    const ours = JSON.stringify({ kind: 'macp-control-plane', name: 'run-manager', position: null, ordinal: null });
    const heard = JSON.stringify({ kind: 'runtime', name: 'rust-runtime', rawType: 'Vote', position: 1, ordinal: 1 });
    const trace = JSON.stringify({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) });
    const said = JSON.stringify({ vote: 'APPROVE', payloadEncoding: 'json', payload: { a: [1, null] } });
    await database.query(insert, [
      runId,
      1,
      randomUUID(),
      AT,
      'run.created',
      ours,
      null,
      JSON.stringify({ status: 'queued', payload: 1 }),
    ]);
    await database.query(insert, [runId, 2, randomUUID(), AT, 'message.received', heard, trace, said]);
  });
  afterAll(() => test.close());

  it('is read as it was after the migration, and goes on to know its envelopes', async () => {
    await migrate(test.database);
    const events = new EventRepository(test.database);
    const log = await events.listCanonical(runId, { afterSeq: 0, limit: 10 });
    expect(log).toMatchObject([
      {
        seq: 1,
        ts: AT,
        source: { kind: 'macp-control-plane', name: 'run-manager', position: null, ordinal: null },
        data: { status: 'queued', payload: 1 },
      },
      {
        seq: 2,
        type: 'message.received',
        subject: { kind: 'message', id: 'm1' },
        source: { kind: 'runtime', name: 'rust-runtime', rawType: 'Vote', position: 1, ordinal: 1 },
        trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
        data: { vote: 'APPROVE', payloadEncoding: 'json', payload: { a: [1, null] } },
      },
    ]);
    expect(log[0]).not.toHaveProperty('trace');
    const key = `m:${'ab'.repeat(32)}`;
    const known = await test.database.transaction((tx) => events.knownKeys(runId, [key, 'm:cd'], tx));
    expect([...known]).toEqual([key]);
    expect(await events.listRaw(runId, { afterPosition: 0, limit: 1 })).toMatchObject([{ dedupeKey: key }]);
  });
});
