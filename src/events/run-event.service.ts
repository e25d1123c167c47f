import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import type { CanonicalEvent } from '../contracts/events.js';
import type { RunId } from '../contracts/ids.js';
import type { OutboundAnswer, OutboundMessage } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import type { Database, Transaction } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import type { Write } from '../db/statement.js';
import { AppError } from '../errors/app-error.js';
import { dedupeKeysOf, place, type Hearing } from './place.js';
import { RunCache, type RunState } from './run-cache.js';
import { RunLanes } from './run-lanes.service.js';
import { RUN_PUBLISHER, type RunPublisher } from './run-publisher.interface.js';
import { RunCreationService, type CreatedRun, type NewRun } from './run-creation.service.js';
import { RunStoreService } from './run-store.service.js';

export type { CreatedRun, NewRun } from './run-creation.service.js';

/** What is to be recorded of a run, all of it or nothing. */
export interface Change extends Hearing {
  /** Answers to queued messages. */
  readonly answers?: readonly OutboundAnswer[];
  /** Messages to be sent from now on. */
  readonly queue?: readonly OutboundMessage[];
  /** Rows that belong to the new events, for tables of their own. */
  readonly rows?: readonly Write[];
}

export interface Recorded {
  /** The run as the change left it. */
  readonly run: Run;
  readonly events: readonly CanonicalEvent[];
  /** Raw events that were heard before, and dropped. */
  readonly knownCount: number;
}

/** The second attempt finds what a concurrent one inserted; a third is needed only if that was deleted in between. */
const CREATE_ATTEMPTS_MAX = 3;

/**
 * The one door through which a run changes. One transaction per change: lock the run · number · append raw and
 * canonical · fold the projection and the metrics · save · commit; then publish.
 */
@Injectable()
export class RunEventService {
  private readonly log = new Logger(RunEventService.name);
  private readonly cache = new RunCache();
  private readonly lanes = new RunLanes();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly creation: RunCreationService,
    private readonly store: RunStoreService,
    @Inject(RUN_PUBLISHER) private readonly publisher: RunPublisher,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Makes a run with its first events and messages, or finds the one its idempotency key already made. Throws
   * SESSION_ALREADY_EXISTS when another run has the session id.
   */
  async create(input: NewRun): Promise<CreatedRun> {
    for (let attempt = 0; attempt < CREATE_ATTEMPTS_MAX; attempt += 1) {
      const made = await this.creation.attempt(input, isoTime(this.clock.now()));
      if (made === undefined) continue;
      const { events, ...result } = made;
      if (events.length > 0) this.announce(made.run, events);
      return result;
    }
    throw new AppError('DATABASE_UNAVAILABLE', 'The run could not be created just now.');
  }

  /**
   * Records a change of a run and answers what came of it; nothing new writes nothing. Changes of one run wait for each
   * other; `signal` ends that wait, never a write. Throws RUN_NOT_FOUND, what `decide` throws, and DATABASE_UNAVAILABLE
   * for what may succeed when the very same change is recorded again: what the first try stored is then known.
   */
  async record(runId: RunId, change: Change, signal?: AbortSignal): Promise<Recorded> {
    return this.lanes.run(
      runId,
      async () => {
        const { state, recorded } = await this.write(runId, change, signal);
        // Late events of a finished run are rare: they may read it again.
        if (state.run.endedAt === undefined) this.cache.keep(state);
        else this.cache.forget(runId);
        if (recorded.events.length > 0) this.announce(recorded.run, recorded.events);
        return recorded;
      },
      signal,
    );
  }

  private async write(runId: RunId, change: Change, signal: AbortSignal | undefined) {
    try {
      return await this.database.transaction((tx) => this.writeIn(tx, runId, change), signal);
    } catch (error) {
      // Whether the commit arrived may be unknown; the row will tell.
      this.cache.forget(runId);
      throw error;
    }
  }

  private async writeIn(
    tx: Transaction,
    runId: RunId,
    change: Change,
  ): Promise<{ state: RunState; recorded: Recorded }> {
    const stand = await this.store.lock(tx, runId);
    const before = this.cache.find(runId, stand) ?? (await this.store.load(tx, runId));
    const known = await this.store.knownKeys(tx, runId, dedupeKeysOf(change.heard ?? []));
    const placed = place(before.run, change, known, () => uuid());
    const { answers = [], queue = [], rows = [] } = change;
    const state = await this.store.save(tx, before, { ...placed, answers, queue, rows }, isoTime(this.clock.now()));
    return { state, recorded: { run: state.run, events: placed.events, knownCount: placed.knownCount } };
  }

  /** After the commit, in the order of seq. What was committed has happened, whatever becomes of the news. */
  private announce(run: Run, events: readonly CanonicalEvent[]): void {
    try {
      this.publisher.publish(run, events);
    } catch (error) {
      this.log.error({ message: 'publishing failed', runId: run.id, error: String(error) });
    }
  }
}
