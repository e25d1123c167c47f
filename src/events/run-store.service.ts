import { Injectable } from '@nestjs/common';
import type { CanonicalEvent, EventPlace } from '../contracts/events.js';
import type { IsoTime, RunId } from '../contracts/ids.js';
import type { OutboundAnswer, OutboundDraft } from '../contracts/outbound.js';
import { isTerminal, type Run, type RunSummary } from '../contracts/run.js';
import type { Transaction } from '../db/database.client.js';
import type { Write } from '../db/statement.js';
import { AppError, noSuchRun } from '../errors/app-error.js';
import { MetricsService } from '../projection/metrics.service.js';
import { ProjectionService } from '../projection/projection.service.js';
import { readable } from '../projection/read.js';
import { summaryOf } from '../projection/summary.js';
import { EVENTS_PER_TRANSACTION_MAX, EventRepository } from '../storage/event.repository.js';
import { OutboundMessageRepository } from '../storage/outbound-message.repository.js';
import { RunRepository, type RunPlace } from '../storage/run.repository.js';
import type { RunSeed } from '../storage/run-row.js';
import { RuntimeSessionRepository } from '../storage/runtime-session.repository.js';
import type { Placed } from './place.js';
import type { RunState } from './run-cache.js';

/** A placed change, and what it does to the outbox. */
export interface PlacedChange extends Omit<Placed, 'knownCount'> {
  readonly answers: readonly OutboundAnswer[];
  readonly queue: readonly OutboundDraft[];
  /** Rows that belong to the new events, for tables of their own. */
  readonly rows?: readonly Write[];
}

/**
 * A run's rows in all tables. What a change writes goes to the database as one statement, whatever the change
 * consists of.
 */
@Injectable()
export class RunStoreService {
  constructor(
    private readonly runs: RunRepository,
    private readonly sessions: RuntimeSessionRepository,
    private readonly events: EventRepository,
    private readonly outbox: OutboundMessageRepository,
    private readonly projection: ProjectionService,
    private readonly metrics: MetricsService,
  ) {}

  /** Takes the run for this transaction; throws RUN_NOT_FOUND. */
  async lock(tx: Transaction, runId: RunId): Promise<RunPlace> {
    const place = await this.runs.lock(tx, runId);
    if (place === undefined) throw noSuchRun();
    return place;
  }

  async load(tx: Transaction, runId: RunId): Promise<RunState> {
    const run = await this.runs.getRun(runId, tx);
    const { projection, isStored } = await this.projection.load(tx, runId, run.lastSeq);
    return { run, projection, isStored, metrics: await this.metrics.load(tx, runId) };
  }

  /** Must be asked under the lock: another writer may just have stored the same envelopes. */
  knownKeys(tx: Transaction, runId: RunId, keys: readonly string[]): Promise<ReadonlySet<string>> {
    return this.events.knownKeys(runId, keys, tx);
  }

  /** Whether this very event is in the log already, and with it everything that was to be written with it. */
  isWritten(tx: Transaction, event: EventPlace): Promise<boolean> {
    return this.events.hasEvent(tx, event);
  }

  /** Writes a change of a locked run and answers the state it leads to. Nothing new writes nothing. */
  async save(tx: Transaction, before: RunState, change: PlacedChange, now: IsoTime): Promise<RunState> {
    const { writes, state } = this.plan(before, change, now);
    const counts = await tx.writeAll(writes);
    if (state.run !== before.run) requireOneRow(counts[0], before.run.id);
    return state;
  }

  /**
   * What a change writes, and the state it leads to. The run's own row comes first: it is met only as `before` has
   * it, and every writer locks it before the run's other rows.
   */
  plan(before: RunState, change: PlacedChange, now: IsoTime): { writes: readonly Write[]; state: RunState } {
    const { raws, events, answers, queue } = change;
    refuseTooMany(events);
    const runId = before.run.id;
    const writes: Write[] = [];
    const heard = events.map(readable);
    const projection = this.projection.applyAndPersist(writes, before.projection, heard, before.isStored);
    const metrics = this.metrics.recordEvents(writes, before.metrics, heard);
    const run = withSummary(change.run, summaryOf(projection, metrics));
    writes.push(...this.events.appendRaw(raws), ...this.events.appendCanonical(events, raws));
    if (run.session !== before.run.session) writes.push(this.sessions.update(run));
    if (answers.length > 0) writes.push(this.outbox.answer(runId, answers, now));
    if (queue.length > 0) writes.push(this.outbox.append(runId, queue));
    writes.push(...(change.rows ?? []));
    if (run !== before.run) writes.unshift(this.runs.update(before.run, run, now));
    return { writes, state: { run, projection, metrics, isStored: before.isStored || events.length > 0 } };
  }

  /** What a new run's rows are in all tables, and the state they amount to. Its own comes first, as in `plan`. */
  planNew(seed: RunSeed, change: PlacedChange, now: IsoTime): { writes: readonly Write[]; state: RunState } {
    const { raws, events, queue } = change;
    refuseTooMany(events);
    const writes: Write[] = [this.sessions.insert(change.run)];
    const heard = events.map(readable);
    const projection = this.projection.createAndPersist(writes, seed.id, heard);
    const metrics = this.metrics.createAndRecord(writes, seed.id, heard);
    const run = withSummary(change.run, summaryOf(projection, metrics));
    writes.push(...this.events.appendRaw(raws), ...this.events.appendCanonical(events, raws));
    if (queue.length > 0) writes.push(this.outbox.append(seed.id, queue));
    writes.unshift(this.runs.insert(seed, run, now));
    return { writes, state: { run, projection, metrics, isStored: true } };
  }
}

/** A finished run's record carries what it amounts to; late events may still change that. */
function withSummary(run: Run, summary: RunSummary): Run {
  if (!isTerminal(run.status) || isSame(run.summary, summary)) return run;
  return { ...run, summary };
}

function isSame(a: RunSummary, b: RunSummary): boolean {
  const fields = Object.keys({ ...a, ...b });
  return fields.every((field) => Reflect.get(a, field) === Reflect.get(b, field));
}

function refuseTooMany(events: readonly CanonicalEvent[]): void {
  if (events.length <= EVENTS_PER_TRANSACTION_MAX) return;
  throw new AppError('INTERNAL_ERROR', `A change may have ${EVENTS_PER_TRANSACTION_MAX} events at most.`);
}

/** Under the row's lock nobody else can have moved it. */
function requireOneRow(count: number | undefined, runId: RunId): void {
  if (count !== 1) throw new AppError('INTERNAL_ERROR', 'The run was not as the door knew it.', { runId });
}
