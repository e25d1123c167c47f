import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId } from '../../src/contracts/ids.js';
import type { OutboundDraft } from '../../src/contracts/outbound.js';
import type { RunListFilter } from '../../src/contracts/run-record.js';
import { isoTime } from '../../src/contracts/time.js';
import type { Database, Transaction } from '../../src/db/database.client.js';
import { StatementExecutor, TransactionExecutor, writeIfOn, type RunStatement } from '../../src/db/executor.client.js';
import { combine, type Write } from '../../src/db/statement.js';
import { searchStatement, type EventSearch } from '../../src/storage/event-search.js';
import { findWindow } from '../../src/storage/event-window.repository.js';
import { EventRepository } from '../../src/storage/event.repository.js';
import { MetricsRepository } from '../../src/storage/metrics.repository.js';
import { OutboundMessageRepository } from '../../src/storage/outbound-message.repository.js';
import { ProjectionRepository } from '../../src/storage/projection.repository.js';
import { encodeCursor } from '../../src/storage/run-cursor.js';
import { listStatement } from '../../src/storage/run-list-statement.js';
import { RunRepository } from '../../src/storage/run.repository.js';
import { RuntimeSessionRepository } from '../../src/storage/runtime-session.repository.js';
import { STORES, UNREDACTED, openTestDatabase, type TestDatabase } from '../support/database.js';
import { envelope, newRunOf, openDoor, receivedFrom, type Door } from '../support/door.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/**
 * Explains what it is asked to run, and answers with no rows. Reading a small table whole is cheap, so the planner is
 * told not to: what it then still reads whole, it has no index for.
 */
class Explainer {
  private nodes: PlanNode[] = [];
  /** What a transaction set for itself holds for its statements. */
  private settings: string[] = [];
  private readonly run: RunStatement;
  readonly database: Database;
  readonly tx: Transaction;

  constructor(real: Database) {
    this.run = async (text, values) => {
      if (text.startsWith('select set_config')) {
        this.settings.push(text);
        return [];
      }
      const [row] = await real.transaction(async (tx) => {
        await tx.query('set local enable_seqscan = off');
        for (const setting of this.settings) await tx.query(setting);
        return tx.query(`explain (format json) ${text}`, values);
      });
      const [{ Plan }] = row?.['QUERY PLAN'] as [{ Plan: PlanNode }];
      this.nodes.push(...nodesOf(Plan));
      return [];
    };
    this.tx = new TransactionExecutor(this.run);
    const transaction = <T>(work: (tx: Transaction) => Promise<T>) => work(this.tx).finally(() => (this.settings = []));
    this.database = Object.assign(new StatementExecutor(this.run), {
      kind: real.kind,
      transaction,
      inquiry: transaction,
      writeIf: (writes: readonly Write[]) => writeIfOn(this.run, writes),
      isReady: () => Promise.resolve(true),
      close: () => Promise.resolve(),
    });
  }

  /** Tables of which all rows were read, and the indexes used; the offset of transactions is a table of one row. */
  async explain(ask: (database: Database, tx: Transaction) => Promise<unknown>) {
    this.nodes = [];
    await ask(this.database, this.tx);
    const whole = this.nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
    return {
      readWhole: whole.filter((table) => table !== 'run_events_transaction_offset'),
      indexes: new Set(this.nodes.flatMap((node) => node['Index Name'] ?? [])),
    };
  }
}

const all: RunListFilter = {
  includeArchived: false,
  includeSandbox: false,
  sortBy: 'createdAt',
  sortOrder: 'desc',
  limit: 50,
};
const cursor = encodeCursor({ sortBy: 'createdAt', sortOrder: 'desc', at: isoTime(0), id: newRunOf().id });

/** Beyond all ordinals there are. */
const SETTLED = String(2n ** 62n);

type Ask = (database: Database, tx: Transaction, id: RunId) => Promise<unknown>;

/** What runs often or over much, and the index it should use; `id` is a run that exists. */
const HOT: Readonly<Record<string, readonly [index: string, ask: Ask]>> = {
  'the lock': ['runs_pkey', (db, tx, id) => new RunRepository(db, UNREDACTED).lock(tx, id)],
  'a run by its id': [
    'runs_pkey',
    (db, _tx, id) => new RunRepository(db, UNREDACTED).getRun(id).catch(() => undefined),
  ],
  'a run by either id': [
    'runtime_sessions_session_id_key',
    (db, _tx, id) => new RunRepository(db, UNREDACTED).findByRef(id),
  ],
  'a run by its key': ['runs_idempotency_key_key', (db) => new RunRepository(db, UNREDACTED).findByKey('k')],
  'unfinished runs': [
    'runs_unfinished_idx',
    (db, _tx, id) => new RunRepository(db, UNREDACTED).listUnfinished({ upTo: id }),
  ],
  'how many runs are unfinished': ['runs_unfinished_idx', (db) => new RunRepository(db, UNREDACTED).countUnfinished()],
  'the run of a session': [
    'runtime_sessions_session_id_key',
    (db) => new RunRepository(db, UNREDACTED).findRunBySession('session'),
  ],
  'known envelopes': [
    'run_events_raw_dedupe_key_key',
    (db, tx, id) => new EventRepository(db).knownKeys(id, ['m:aa', 'm:bb', 'm:cc'], tx),
  ],
  'events after a seq': [
    'run_events_canonical_pkey',
    (db, _tx, id) => new EventRepository(db).listCanonical(id, { afterSeq: 5, limit: 100 }),
  ],
  'events of some types': [
    'run_events_canonical_run_type_idx',
    (db, _tx, id) => new EventRepository(db).listCanonical(id, { afterSeq: 0, limit: 100, types: ['run.created'] }),
  ],
  'raw events after a position': [
    'run_events_raw_pkey',
    (db, _tx, id) => new EventRepository(db).listRaw(id, { afterPosition: 5, limit: 100 }),
  ],
  'the latest seq': ['run_events_canonical_pkey', (db, _tx, id) => new EventRepository(db).latestSeq(id)],
  'events of all runs': [
    'run_events_canonical_global_ordinal_key',
    (db) => new EventRepository(db).search({ afterOrdinal: 0, limit: 100 }),
  ],
  'events of a type': [
    'run_events_canonical_type_idx',
    (db) => new EventRepository(db).search({ afterOrdinal: 0, limit: 100, types: ['run.failed'] }),
  ],
  'where a time window begins': [
    'run_events_canonical_time_idx',
    (db) => findWindow(db, { afterTs: isoTime(0) }, SETTLED),
  ],
  'where a time window ends': [
    'run_events_canonical_time_idx',
    (db) => findWindow(db, { beforeTs: isoTime(0) }, SETTLED),
  ],
  'which runs a scenario has': [
    'runs_scenario_created_idx',
    (db) => new EventRepository(db).search({ afterOrdinal: 0, limit: 100, scenarioRef: 'pack/scenario-77' }),
  ],
  'events of a scenario': ['run_events_canonical_pkey', eventsOfScenario({})],
  'the newest events of a scenario': ['run_events_canonical_pkey', eventsOfScenario({ newestFirst: true })],
  'the projection': ['run_projections_pkey', (db, _tx, id) => new ProjectionRepository(db).find(id)],
  'the metrics': ['run_metrics_pkey', (db, _tx, id) => new MetricsRepository(db).find(id)],
  'the outbox': ['run_outbound_messages_step_idx', (db, _tx, id) => new OutboundMessageRepository(db).page(id)],
  'what opens a session': [
    'run_outbound_messages_step_idx',
    (db, _tx, id) => new OutboundMessageRepository(db).listUnanswered(id, ['session-start', 'kickoff']),
  ],
  'the newest runs': ['runs_listed_created_idx', listing({})],
  'the last changed runs': ['runs_listed_updated_idx', listing({ sortBy: 'updatedAt' })],
  'all runs': ['runs_created_idx', listing({ includeArchived: true, includeSandbox: true })],
  'all runs by change': [
    'runs_updated_idx',
    listing({ includeArchived: true, includeSandbox: true, sortBy: 'updatedAt' }),
  ],
  'a further page': ['runs_listed_created_idx', listing({ cursor })],
  'runs of a status': ['runs_rare_status_idx', listing({ status: ['running'] })],
  'runs with a tag': ['run_tags_created_idx', listing({ tags: ['rare'] })],
  'runs of a mode': ['runs_mode_name_idx', listing({ modeName: 'mode-7' })],
  'runs on a runtime': ['runs_runtime_kind_idx', listing({ runtimeKind: 'other' })],
  'runs of an environment': ['runs_environment_idx', listing({ environment: 'env-7' })],
  'runs of a scenario': ['runs_listed_scenario_idx', ofScenarios(['pack/scenario-77'])],
  'runs by a word': ['run_texts_search_idx', listing({ search: '-4711' })],
};

/** The kinds of writes that runs share. */
async function writesOfBatch({ runs, events, projections, metrics }: Door, id: RunId): Promise<readonly Write[]> {
  const run = await runs.getRun(id);
  const stored = await projections.find(id);
  const numbers = await metrics.find(id);
  const log = await events.listCanonical(id, { afterSeq: 0, limit: 10 });
  return [
    runs.update(run, { ...run, status: 'running' }, run.createdAt),
    new RuntimeSessionRepository().update(run),
    projections.update(id, undefined, stored!),
    metrics.update(id, undefined, numbers!),
    ...events.appendCanonical(log, []),
  ];
}

function listing(filter: Partial<RunListFilter>): Ask {
  return (database) => new RunRepository(database, UNREDACTED).list({ ...all, ...filter });
}

/** One that is asked for, and takes the next step. */
function messageOf(runId: RunId): OutboundDraft {
  return {
    runId,
    messageId: 'm',
    purpose: 'message',
    modeName: '',
    messageType: '',
    sessionId: '',
    sender: '',
    to: [],
    payload: new Uint8Array(),
    payloadEncoding: '',
    timestampUnixMs: 0,
    status: 'queued',
    createdAt: isoTime(0),
  };
}

function ofScenarios(scenarios: readonly string[]): Ask {
  const { text, values } = listStatement({ ...all, scenarioRef: 'any part' }, { scenarios });
  return (database) => database.query(text, values);
}

function eventsOfScenario(search: Partial<EventSearch>): Ask {
  return (database, _tx, id) => {
    const { text, values } = searchStatement(
      { afterOrdinal: 0, limit: 50, scenarioRef: 'x', ...search },
      {
        runs: [id],
        settled: SETTLED,
      },
    );
    return database.query(text, values);
  };
}

const RUNS = 5_000;
const EVENTS_PER_RUN = 20;

describe.each(STORES)('no table is read whole on %s for', (store) => {
  let test: TestDatabase;
  let explainer: Explainer;
  let id: RunId;

  beforeAll(async () => {
    test = await openTestDatabase(store);
    explainer = new Explainer(test.database);
    const { door } = openDoor(test.database);
    const { run } = await door.create(newRunOf());
    const heard = Array.from({ length: 20 }, (_x, index) => envelope(`m${index}`));
    await door.record(run.id, { heard, interpret: receivedFrom });
    id = run.id;
    // Many runs like the first; each with a session, a read model, metrics and a log.
    await test.database.query(
      `insert into runs (id, fingerprint, status, mode, execution_mode, origin, mode_name, runtime_kind, trace_id, tags,
         idempotency_key, scenario_ref, environment, search_text, request, created_at, updated_at)
       select gen_random_uuid(), '', case when n % 100 = 0 then 'running' else 'completed' end, 'live', 'driver', 'request',
         'mode-' || n % 50, 'rust', '', array['tag-' || n % 50], 'key-' || n, 'pack/scenario-' || n % 500, 'env-' || n % 50,
         'needle-' || n, '{"session":{}}', $1::timestamptz + n * interval '1 ms', $1::timestamptz + n * interval '2 ms'
       from generate_series(1, $2::int) n`,
      [isoTime(Date.now()), RUNS],
    );
    const others = 'from runs r where r.id <> $1';
    const copy = async (table: string, columns: string): Promise<void> => {
      await test.database.query(
        `insert into ${table} (run_id, ${columns})
         select r.id, first.* from runs r, (select ${columns} from ${table} where run_id = $1) first where r.id <> $1`,
        [id],
      );
    };
    await test.database.query(
      `insert into runtime_sessions (run_id, session_id, session) select r.id, r.id, '{}' ${others}`,
      [id],
    );
    const blocks = 'run,participants,graph,decision,signals,progress,timeline,trace,outbound_messages,llm,policy,book';
    await copy('run_projections', `projection_version, seq, ${blocks}`);
    await test.database.query(
      `insert into run_events_canonical (run_id, seq, id, ts, type, schema_version, subject_kind, subject_id, source_kind, source_name, data, global_ordinal)
       select r.id, n, r.id, r.created_at, case when n = 1 then 'run.created' else 'message.received' end, 3, 'run', '', 'runtime', '', '{}',
         row_number() over (order by r.id, n) ${others.replace('r where', 'r, generate_series(1, $2::int) n where')}`,
      [id, EVENTS_PER_RUN],
    );
    await test.database.query(
      `insert into run_events_raw (run_id, seq, kind, ordinal, dedupe_key, received_at)
       select r.id, n, 'stream-envelope', n, int4send(n), r.created_at from runs r, generate_series(1, $2::int) n where r.id <> $1`,
      [id, EVENTS_PER_RUN],
    );
    await test.database.query(
      `insert into run_outbound_messages (run_id, step, message_id, purpose, mode_name, message_type, session_id, sender,
         recipients, payload, payload_encoding, timestamp_unix_ms, status, created_at)
       select r.id, 0, r.id, 'kickoff', '', '', '', '', '{}', '', '', 0, 'accepted', r.created_at ${others}`,
      [id],
    );
    const columns = await test.database.query(
      `select string_agg(column_name, ', ') as names from information_schema.columns
       where table_name = 'run_metrics' and column_name <> 'run_id' and table_schema = 'public'`,
    );
    await copy('run_metrics', String(columns[0]?.['names']));
    // An index alone answers only for pages that VACUUM has seen.
    await test.database.query('vacuum analyze');
  }, 120_000);
  afterAll(() => test.close());

  it.each(Object.keys(HOT))('%s', async (name) => {
    const [index, ask] = HOT[name]!;
    const { readWhole, indexes } = await explainer.explain((database, tx) => ask(database, tx, id));
    expect(readWhole).toEqual([]);
    expect([...indexes]).toContain(index);
  });

  it('what a batch writes', async () => {
    const answer = { messageId: 'm', status: 'accepted' } as const;
    const writes = [
      ...(await writesOfBatch(openDoor(test.database), id)),
      new OutboundMessageRepository(test.database).append(id, [messageOf(id)]),
      new OutboundMessageRepository(test.database).answer(id, [answer], isoTime(0)),
    ];
    const { readWhole } = await explainer.explain((_database, tx) => tx.writeAll(writes));
    expect(readWhole).toEqual([]);
  });

  it('batches of one run, which leave every index of its row alone', async () => {
    const { door } = openDoor(test.database);
    const { run } = await door.create(newRunOf());
    const statistics = async () => {
      await test.database.query('select pg_stat_force_next_flush()');
      const [row] = await test.database.query(
        `select pg_stat_get_tuples_updated('runs'::regclass) as all, pg_stat_get_tuples_hot_updated('runs'::regclass) as hot`,
      );
      return { all: Number(row?.['all']), hot: Number(row?.['hot']) };
    };
    const before = await statistics();
    for (let turn = 0; turn < 20; turn += 1) {
      await door.record(run.id, { heard: [envelope(`x${turn}`)], interpret: receivedFrom });
    }
    // Statistics arrive late from other connections; wait until the last update is counted.
    await expect
      .poll(async () => (await statistics()).all - before.all, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(20);
    const after = await statistics();
    expect(after.hot - before.hot).toBeGreaterThanOrEqual(18);
  });
});

describe.each(STORES)('on %s, a statement that is prepared while the tables are small', (store) => {
  it('looks up what it changes by its key nevertheless', async () => {
    const test = await openTestDatabase(store);
    const rooms = openDoor(test.database);
    for (let run = 0; run < 50; run += 1) await rooms.door.create(newRunOf());
    const { run } = await rooms.door.create(newRunOf());
    const { text, values } = combine(await writesOfBatch(rooms, run.id), true);
    const plan = await test.database.transaction(async (tx) => {
      await tx.query(`set local plan_cache_mode = force_generic_plan`);
      await tx.query(`prepare batch as ${text}`);
      // Such a plan is made without knowing the values.
      const [row] = await tx.query(`explain (format json) execute batch (${values.map(() => 'null').join(', ')})`);
      await tx.query('deallocate batch');
      const [{ Plan }] = row?.['QUERY PLAN'] as [{ Plan: PlanNode }];
      return nodesOf(Plan);
    });
    const whole = plan.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? node['Relation Name'] : []));
    expect(whole).toEqual(['run_events_transaction_offset']);
    await test.close();
  });
});
