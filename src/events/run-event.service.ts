import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { CanonicalEvent, EventPlace } from '../contracts/events.js';
import type { RunId } from '../contracts/ids.js';
import type { OutboundAnswer, OutboundDraft } from '../contracts/outbound.js';
import type { RawDraft } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import type { Database, Transaction } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { SharedWrites } from '../db/shared-writes.client.js';
import type { Write } from '../db/statement.js';
import { hasCode } from '../errors/app-error.js';
import { newEventId } from './event-id.provider.js';
import { dedupeKeysOf, place, type Hearing, type Placed } from './place.js';
import { RunCache, type RunState } from './run-cache.js';
import { RunLanes, type Lane } from './run-lanes.service.js';
import { RUN_PUBLISHER, type News, type RunPublisher } from './run-publisher.interface.js';
import { RunCreationService, type CreatedRun, type FoundRun, type NewRun } from './run-creation.service.js';
import { RunStoreService, type PlacedChange } from './run-store.service.js';

export type { CreatedRun, NewRun } from './run-creation.service.js';

/** What is to be recorded of a run, all of it or nothing. */
export interface Change extends Hearing {
  /** Answers to queued messages. */
  readonly answers?: readonly OutboundAnswer[];
  /** Messages to be sent from now on. */
  readonly queue?: readonly OutboundDraft[];
  /**
   * What came of the change that the same caller asked for before this one, without waiting for it: when that one fails,
   * for want of a place to wait too, this one fails with it, so that nothing is stored ahead of what it follows.
   */
  readonly follows?: Promise<unknown> | undefined;
  /** Rows that belong to the new events, for tables of their own. */
  readonly rows?: readonly Write[];
}

export interface Recorded {
  /** The run as the change left it. */
  readonly run: Run;
  /** How many events came of it. */
  readonly count: number;
  /** Raw events that were heard before, and dropped. */
  readonly knownCount: number;
}

/** What a change leads to. Its events are kept only for those who read the run live: they would wait for the commit as well. */
interface Outcome {
  readonly state: RunState;
  /** The last event, by which the log tells whether all of it is stored. */
  readonly last: EventPlace | undefined;
  readonly news: News;
  readonly knownCount: number;
}

/** A change, worked out on a state that this process believes in. */
interface Plan extends Outcome {
  readonly before: RunState;
  readonly writes: readonly Write[];
}

/**
 * The one door through which a run changes. One transaction per change, in one of two ways that lead to the same rows:
 *
 * - from memory, where this process wrote the run's last change: number · fold · one statement that appends raw and
 *   canonical and saves everything, if the row still stands where memory says. The next change is worked out meanwhile.
 *   Runs that write at the same time share a statement: all of them are as memory says, or each goes again alone.
 * - from the row, for the first change of a process, and whenever the row stood elsewhere, an envelope was known, the
 *   change was refused or nothing came of a decision: lock · load · number · append · fold · save · commit.
 *
 * After the commit it publishes, in the order of seq.
 */
@Injectable()
export class RunEventService {
  private readonly log = new Logger(RunEventService.name);
  private readonly cache = new RunCache();
  private readonly lanes = new RunLanes();
  private readonly shared: SharedWrites;
  /** Heard in a write of which nobody knows whether it is stored, and the last event of that write, by which the log tells. */
  private readonly unsure = new WeakMap<RawDraft, EventPlace>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly creation: RunCreationService,
    private readonly store: RunStoreService,
    @Inject(RUN_PUBLISHER) private readonly publisher: RunPublisher,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.shared = new SharedWrites(database);
  }

  /**
   * Makes a run with its first events and messages, or finds the one its idempotency key already made. Throws
   * SESSION_ALREADY_EXISTS when another run has the session id.
   */
  async create(input: NewRun): Promise<CreatedRun> {
    const { events, state, ...result } = await this.creation.create(input, isoTime(this.clock.now()));
    if (state !== undefined) this.cache.keep(state);
    this.announce(newsOf(result.run, result.run.endedAt !== undefined, events, true));
    return result;
  }

  /** The run that the idempotency key has made. */
  findKeyed(idempotencyKey: string): Promise<FoundRun | undefined> {
    return this.creation.findKeyed(idempotencyKey);
  }

  /**
   * Records a change of a run and answers what came of it; nothing new writes nothing. Changes of one run are written in
   * the order in which they were asked for; `signal` ends that wait, never a write. Throws RUN_NOT_FOUND, what `decide`
   * throws, and DATABASE_UNAVAILABLE for what may succeed when the very same change is recorded again: what the first
   * try stored of `heard` is then known, by its keys, and what has none by its being the same object.
   */
  async record(runId: RunId, change: Change, signal?: AbortSignal): Promise<Recorded> {
    return this.lanes.run(runId, async (lane) => {
      const { written } = await lane.planning.run(async () => {
        // Planning keeps the thread busy for as long as the database is with a batch: both are at work at once only if
        // what was planned before has left by then.
        if (change.follows !== undefined) await lane.sent;
        const plan = this.plan(lane, runId, change);
        if (plan !== undefined) lane.planned = plan.state;
        let onSent = (): void => undefined;
        lane.sent = new Promise((resolve) => (onSent = resolve));
        const write = async (): Promise<Recorded> => {
          // What it follows has had its turn by now.
          await change.follows;
          return this.write(lane, runId, change, plan, onSent, signal);
        };
        // Whoever comes next gets its turn to write behind this one, whenever it is planned.
        const writing = lane.writing.run(write, signal).finally(onSent);
        // Without a plan, what comes of it is known only when it is written.
        if (plan === undefined) await writing;
        return { written: writing };
      }, signal);
      return written;
    });
  }

  /**
   * For who hears more while it waits: resolves when a change that is recorded now would leave soon, so that what
   * arrives until then becomes one change.
   */
  turn(signal: AbortSignal): Promise<void> {
    return this.shared.turn(signal);
  }

  /** For who has changed a run's row beside its log: the next change begins from the row. */
  forget(runId: RunId): Promise<void> {
    return this.aside(runId, () => Promise.resolve());
  }

  /** Does `work` on what is stored of a run between two of its changes; the next one begins from the row. */
  aside<T>(runId: RunId, work: () => Promise<T>): Promise<T> {
    return this.lanes.run(runId, (lane) =>
      lane.planning.run(() => lane.writing.run(() => work().finally(() => this.disbelieve(lane, runId)))),
    );
  }

  private disbelieve(lane: Lane, runId: RunId): void {
    this.cache.forget(runId);
    lane.planned = undefined;
    lane.stored = undefined;
  }

  /** undefined: the row has to be asked. A refusal, too, is for the row to confirm. */
  private plan(lane: Lane, runId: RunId, change: Change): Plan | undefined {
    const before = lane.planned ?? this.cache.peek(runId);
    if (before === undefined) return undefined;
    if (change.heard?.some((draft) => this.unsure.has(draft)) === true) return undefined;
    lane.stored ??= before;
    try {
      const placed = this.placed(before.run, change, new Set());
      // What was heard and is no news here is none for the row either; anything else is for the row to confirm.
      const { decide, answers, queue, rows } = change;
      const isOnlyHeard = [decide, answers, queue, rows].every((part) => part === undefined);
      if (placed.run === before.run && !isOnlyHeard) return undefined;
      const { writes, state } = this.store.plan(before, placed, isoTime(this.clock.now()));
      return { before, writes, ...this.outcomeOf(before, placed, state) };
    } catch {
      return undefined;
    }
  }

  private async write(
    lane: Lane,
    runId: RunId,
    change: Change,
    plan: Plan | undefined,
    onSent: () => void,
    signal?: AbortSignal,
  ): Promise<Recorded> {
    let sent: EventPlace | undefined;
    try {
      const planned = plan?.before === lane.stored ? plan : undefined;
      sent = planned?.last;
      const { state, news, knownCount } =
        planned !== undefined && (await this.writePlanned(planned, onSent))
          ? planned
          : await this.database.transaction(async (tx) => {
              const written = await this.writeLocked(tx, runId, change, planned);
              sent = written.last;
              return written;
            }, signal);
      // What was planned behind another state than this one is worked out anew.
      if (state !== plan?.state) lane.planned = state;
      lane.stored = state;
      // Late events of a finished run are rare: they may read it again.
      if (state.run.endedAt === undefined) this.cache.keep(state);
      else this.cache.forget(runId);
      this.announce(news);
      return { run: state.run, count: news.count, knownCount };
    } catch (error) {
      // Whether a commit arrived may be unknown; the row will tell.
      this.disbelieve(lane, runId);
      if (sent !== undefined) for (const draft of change.heard ?? []) this.unsure.set(draft, sent);
      throw error;
    }
  }

  /** False also when the connection broke: whether it was written nevertheless is seen under the lock. */
  private async writePlanned(plan: Plan, onSent: () => void): Promise<boolean> {
    if (plan.writes.length === 0) return true;
    try {
      return await this.shared.writeIf(plan.writes, onSent);
    } catch (error) {
      if (hasCode(error, 'DATABASE_UNAVAILABLE')) return false;
      throw error;
    }
  }

  private async writeLocked(tx: Transaction, runId: RunId, change: Change, tried: Plan | undefined): Promise<Outcome> {
    const place = await this.store.lock(tx, runId);
    if (tried?.last !== undefined && (await this.store.isWritten(tx, tried.last))) return tried;
    const before = this.cache.find(runId, place) ?? (await this.store.load(tx, runId));
    const heard = await this.notStored(tx, change.heard ?? []);
    const known = await this.store.knownKeys(tx, runId, dedupeKeysOf(heard));
    const placed = this.placed(before.run, { ...change, heard }, known);
    const state = await this.store.save(tx, before, placed, isoTime(this.clock.now()));
    const knownCount = placed.knownCount + (change.heard ?? []).length - heard.length;
    return { ...this.outcomeOf(before, placed, state), knownCount };
  }

  private outcomeOf(before: RunState, { events, knownCount }: Placed, state: RunState): Outcome {
    const { run } = state;
    const hasEnded = before.run.endedAt === undefined && run.endedAt !== undefined;
    const last = events.at(-1);
    return {
      state,
      last: last && { id: last.id, runId: last.runId, seq: last.seq },
      news: newsOf(run, hasEnded, events, this.publisher.isRead(run.id)),
      knownCount,
    };
  }

  /** Without what an earlier write of unknown outcome did store; a write is stored as a whole. */
  private async notStored(tx: Transaction, heard: readonly RawDraft[]): Promise<readonly RawDraft[]> {
    const tried = new Set(heard.flatMap((draft) => this.unsure.get(draft) ?? []));
    const stored = new Set<EventPlace>();
    for (const event of tried) if (await this.store.isWritten(tx, event)) stored.add(event);
    if (stored.size === 0) return heard;
    return heard.filter((draft) => {
      const event = this.unsure.get(draft);
      return event === undefined || !stored.has(event);
    });
  }

  private placed(run: Run, change: Change, known: ReadonlySet<string>): PlacedChange & Placed {
    const { answers = [], queue = [], rows = [] } = change;
    const { run: after, raws, events, knownCount } = place(run, change, known, newEventId);
    return { run: after, raws, events, knownCount, answers, queue, rows };
  }

  /** After the commit, in the order of seq. What was committed has happened, whatever becomes of the news. */
  private announce(news: News): void {
    if (news.count === 0) return;
    try {
      this.publisher.publishEvent(news);
    } catch (error) {
      this.log.error({ message: 'publishing failed', runId: news.run.id, err: error });
    }
  }
}

function newsOf(run: Run, hasEnded: boolean, events: readonly CanonicalEvent[], isRead: boolean): News {
  return { run, count: events.length, hasEnded, ...(isRead ? { events } : {}) };
}
