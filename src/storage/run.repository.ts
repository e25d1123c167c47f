import { Inject, Injectable } from '@nestjs/common';
import { eq, getTableColumns } from 'drizzle-orm';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { IsoTime, RunId } from '../contracts/ids.js';
import { TERMINAL_STATUSES, type Run } from '../contracts/run.js';
import type { RunListFilter, RunPage, RunRecord } from '../contracts/run-record.js';
import type { Database, Executor, Transaction } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { Permits } from '../db/permits.client.js';
import { runs, runtimeSessions } from '../db/schema.js';
import type { Write } from '../db/statement.js';
import { AppError, noSuchRun } from '../errors/app-error.js';
import { isUuid } from './run-cursor.js';
import { listRuns } from './run-list.repository.js';
import { updateOfRun } from './run-change.js';
import { insertionOfRun } from './run-insertion.js';
import { toRun, toRunRecord, type RunRow, type RunSeed } from './run-row.js';
import { RunSampleRepository } from './run-sample.repository.js';

/** Deletions under way at once, and those that wait for them; a further one is refused. */
const DELETIONS_MAX = 2;
const DELETIONS_WAITING_MAX = 1_000;
/** Runs per page while looking for unfinished ones. */
const UNFINISHED_PAGE_MAX = 500;
/** As runs_unfinished_idx has it. */
const UNFINISHED = `status not in ('completed', 'failed', 'cancelled')`;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** What a run's row tells without its large columns: whether anything happened since one looked. */
export interface RunPlace {
  readonly status: string;
  readonly lastSeq: number;
  readonly lastPosition: number;
}

/** The run that an idempotency key has made. */
export interface KeyedRun {
  readonly id: RunId;
  readonly fingerprint: string;
}

const JOINED = {
  ...getTableColumns(runs),
  sessionId: runtimeSessions.sessionId,
  session: runtimeSessions.session,
};

/** The runs table: what a run is, apart from its log. Methods without an executor read outside of any transaction. */
@Injectable()
export class RunRepository {
  private readonly samples: RunSampleRepository;
  private readonly deletions = new Permits(DELETIONS_MAX, DELETIONS_WAITING_MAX);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<AppConfig, 'normalize'>,
  ) {
    this.samples = new RunSampleRepository(database);
  }

  /** By run id or session id. */
  async findByRef(ref: string): Promise<RunRecord | undefined> {
    const row = (await this.findRow(ref, 'id')) ?? (await this.findRow(ref, 'sessionId'));
    return row && toRunRecord(row, this.config.normalize.redactPaths);
  }

  /** By run id or session id, as `findByRef`, without reading the run. */
  async idOf(ref: string): Promise<RunId | undefined> {
    const [row] = await this.database.query(
      `select run_id from runtime_sessions where run_id = $1::uuid or session_id = $2
       order by run_id = $1::uuid desc nulls last limit 1`,
      [isUuid(ref) ? ref : null, ref],
    );
    return row && (String(row['run_id']) as RunId);
  }

  /** By run id or session id; throws RUN_NOT_FOUND. */
  async get(ref: string): Promise<RunRecord> {
    return (await this.findByRef(ref)) ?? notFound();
  }

  /** The run as the door sees it; throws RUN_NOT_FOUND. */
  async getRun(runId: RunId, executor: Executor = this.database): Promise<Run> {
    const row = await this.findRow(runId, 'id', executor);
    return row === undefined ? notFound() : toRun(row);
  }

  /** The run whose session this is, if it is one of ours. */
  async findRunBySession(sessionId: string): Promise<Run | undefined> {
    const row = await this.findRow(sessionId, 'sessionId');
    return row && toRun(row);
  }

  /** One page; throws VALIDATION_ERROR for a bad cursor. */
  list(filter: RunListFilter): Promise<RunPage> {
    return listRuns(this.database, this.samples, filter, this.config.normalize.redactPaths);
  }

  /** How many runs are not terminal, and the greatest of their ids. */
  async countUnfinished(): Promise<{ readonly count: number; readonly last?: RunId }> {
    // Not max(id): there is none for uuid. The subquery reads one entry of the index.
    const [row] = await this.database.query(
      `select count(*)::int as count, (select id from runs where ${UNFINISHED} order by id desc limit 1) as last
       from runs where ${UNFINISHED}`,
      [],
    );
    const last = row?.['last'];
    // The column holds what this service gave as a run's id.
    return { count: Number(row?.['count']), ...(typeof last === 'string' ? { last: last as RunId } : {}) };
  }

  /** The next UNFINISHED_PAGE_MAX runs that are not terminal, in order of their ids; none: that was all. */
  async listUnfinished(range: { readonly after?: RunId | undefined; readonly upTo: RunId }): Promise<RunId[]> {
    const rows = await this.database.query(
      `select id from runs where ${UNFINISHED} and id > $1 and id <= $2 order by id limit $3`,
      [range.after ?? NIL_UUID, range.upTo, UNFINISHED_PAGE_MAX],
    );
    return rows.map((row) => String(row['id']) as RunId);
  }

  /**
   * Takes a finished run out of the lists; `updatedAt` stays, since the run itself does not change. Again is no error. Throws RUN_NOT_FOUND, and INVALID_STATE_TRANSITION for a
   * run that is still under way.
   */
  async archive(ref: string, now: IsoTime): Promise<RunRecord> {
    const record = await this.get(ref);
    if (record.archivedAt !== null) return record;
    const { id } = record;
    const rows = await this.database.query(
      `update runs set archived_at = $2 where id = $1 and status = any($3) returning 1`,
      [id, now, [...TERMINAL_STATUSES]],
    );
    if (rows.length === 0) refuseUnfinished(await this.get(id), 'archived');
    return this.get(id);
  }

  /** Removes a finished run and all that belongs to it, few at once: a long log takes long. Throws RUN_NOT_FOUND and INVALID_STATE_TRANSITION. */
  async delete(ref: string): Promise<RunId> {
    const record = await this.get(ref);
    const rows = await this.deletions.run(() =>
      this.database.query('delete from runs where id = $1 and status = any($2) returning 1', [
        record.id,
        [...TERMINAL_STATUSES],
      ]),
    );
    if (rows.length === 0) refuseUnfinished(await this.get(record.id), 'deleted');
    return record.id;
  }

  /** See `updateOfRun`. */
  update(before: Run, after: Run, now: IsoTime): Write {
    return updateOfRun(before, after, now);
  }

  /** Takes the row for this transaction; undefined: there is no such run. Whoever else wants it waits. */
  async lock(tx: Transaction, runId: RunId): Promise<RunPlace | undefined> {
    const [row] = await tx.query('select status, last_seq, last_position from runs where id = $1 for update', [runId]);
    if (row === undefined) return undefined;
    return {
      status: String(row['status']),
      lastSeq: Number(row['last_seq']),
      lastPosition: Number(row['last_position']),
    };
  }

  /** See `insertionOfRun`. */
  insert(seed: RunSeed, run: Run, now: IsoTime): Write {
    return insertionOfRun(seed, run, now);
  }

  async findByKey(idempotencyKey: string): Promise<KeyedRun | undefined> {
    const [row] = await this.database.query('select id, fingerprint from runs where idempotency_key = $1', [
      idempotencyKey,
    ]);
    return row && { id: String(row['id']) as RunId, fingerprint: String(row['fingerprint']) };
  }

  private async findRow(
    value: string,
    by: 'id' | 'sessionId',
    executor: Executor = this.database,
  ): Promise<RunRow | undefined> {
    // Anything but a UUID would be refused as a value of the id's type.
    if (by === 'id' && !isUuid(value)) return undefined;
    const rows = await executor.read((drizzle) =>
      drizzle
        .select(JOINED)
        .from(runs)
        .innerJoin(runtimeSessions, eq(runtimeSessions.runId, runs.id))
        .where(eq(JOINED[by], value)),
    );
    return rows[0];
  }
}

function notFound(): never {
  throw noSuchRun();
}

function refuseUnfinished(record: RunRecord, verb: string): never {
  throw new AppError('INVALID_STATE_TRANSITION', `A ${record.status} run cannot be ${verb}; only a finished one can.`, {
    runId: record.id,
    status: record.status,
  });
}
