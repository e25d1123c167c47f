import { Inject, Injectable } from '@nestjs/common';
import type { RunId, Seq } from '../contracts/ids.js';
import { PROJECTION_VERSION, type Projection } from '../contracts/projection.js';
import type { Database, Executor } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import type { Write } from '../db/statement.js';
import { noSuchRun } from '../errors/app-error.js';
import { CheckpointRepository } from '../storage/checkpoint.repository.js';
import { EventRepository } from '../storage/event.repository.js';
import { ProjectionRepository, type StoredProjection } from '../storage/projection.repository.js';
import { RunRepository } from '../storage/run.repository.js';
import { fold, type Folded } from './checkpoints.js';
import { readable, type ReadableEvent } from './read.js';
import { initialProjection } from './reduce.js';

/** Events folded between two turns of the event loop. */
const FOLD_PAGE_MAX = 500;
/** What is appended while a rebuild folds is folded under the row's lock; before that it catches up this often. */
const CATCH_UP_ROUNDS_MAX = 5;

/** Does the work while nothing else changes the run in this process. */
type Aside = <T>(work: () => Promise<T>) => Promise<T>;

/** Applies canonical events to the read model. State n is the fold of events 1 to n, stored or computed. */
@Injectable()
export class ProjectionService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly projections: ProjectionRepository,
    private readonly checkpoints: CheckpointRepository,
    private readonly events: EventRepository,
    private readonly runs: RunRepository,
  ) {}

  /**
   * Folds new events and adds the write that stores the result to `writes`, for the transaction that stores the events.
   * `isStored`: the row holds `before`, so only what changed need be written.
   */
  applyAndPersist(
    writes: Write[],
    before: Projection,
    events: readonly ReadableEvent[],
    isStored: boolean,
  ): Projection {
    const [last] = events.slice(-1);
    if (last === undefined) return before;
    const folded = fold(before, events);
    const stored = { seq: last.seq, projection: folded.projection };
    writes.push(...this.keep(last.runId, folded));
    writes.push(this.projections.update(last.runId, isStored ? before : undefined, stored));
    return folded.projection;
  }

  /** The same for the first events of a run. */
  createAndPersist(writes: Write[], runId: RunId, events: readonly ReadableEvent[]): Projection {
    const folded = fold(initialProjection(runId), events);
    writes.push(...this.keep(runId, folded));
    writes.push(this.projections.insert(runId, { seq: events.at(-1)?.seq ?? START, projection: folded.projection }));
    return folded.projection;
  }

  private keep(runId: RunId, { checkpoints }: Folded): readonly Write[] {
    return checkpoints.map((checkpoint) => this.checkpoints.upsert(runId, checkpoint));
  }

  /**
   * The state at `seq`, from the row if it stands there in the present version, else folded anew. Then the states on the
   * way are kept anew too: those of another version are of no use to anybody who looks back.
   */
  async load(executor: Executor, runId: RunId, seq: Seq): Promise<{ projection: Projection; isStored: boolean }> {
    const stored = await this.projections.find(runId, executor);
    if (stored !== undefined && isPresent(stored) && stored.seq === seq) {
      return { projection: stored.projection, isStored: true };
    }
    const { projection } = await this.foldFrom(executor, await this.nearest(runId, seq, executor), seq, true);
    return { projection, isStored: false };
  }

  /** The latest state; one of another version is folded anew and stored. undefined: there is no such run. */
  async find(runId: RunId): Promise<Projection | undefined> {
    const stored = await this.projections.find(runId);
    if (stored === undefined || isPresent(stored)) return stored?.projection;
    return this.rebuild(runId);
  }

  /** The latest state; throws RUN_NOT_FOUND. */
  async get(runId: RunId): Promise<Projection> {
    return (await this.find(runId)) ?? notFound();
  }

  /**
   * The state as it was after `seq`; beyond the last event it is the latest. Costs a fold from the nearest state that was
   * kept: of less than CHECKPOINT_EVERY events, unless the projection's version has changed since.
   */
  async stateAt(runId: RunId, seq: number): Promise<Projection> {
    return (await this.foldFrom(this.database, await this.nearest(runId, seq), seq)).projection;
  }

  /**
   * Folds the whole log anew and stores the result, whatever was stored. Only the end of that, which is short, is done
   * `aside` from the run's changes. Throws RUN_NOT_FOUND.
   */
  async rebuild(runId: RunId, aside: Aside = (work) => work()): Promise<Projection> {
    const caughtUp = await this.catchUp(runId);
    return aside(() =>
      this.database.transaction(async (tx) => {
        const run = (await this.runs.lock(tx, runId)) ?? notFound();
        const latest = await this.foldFrom(tx, caughtUp, run.lastSeq);
        await tx.writeAll([this.projections.update(runId, undefined, latest)]);
        return latest.projection;
      }),
    );
  }

  /** Folds without the lock until little is left to fold with it, and keeps the states on the way anew. */
  private async catchUp(runId: RunId): Promise<StoredProjection> {
    let state = start(runId);
    for (let round = 0; round < CATCH_UP_ROUNDS_MAX; round += 1) {
      const latest = await this.events.latestSeq(runId);
      if (latest - state.seq <= FOLD_PAGE_MAX && round > 0) return state;
      state = await this.foldFrom(this.database, state, latest, true);
    }
    return state;
  }

  private async nearest(runId: RunId, seq: number, executor: Executor = this.database): Promise<StoredProjection> {
    return (await this.checkpoints.findBefore(runId, seq, executor)) ?? start(runId);
  }

  private async foldFrom(
    executor: Executor,
    from: StoredProjection,
    toSeq: number,
    keeps = false,
  ): Promise<StoredProjection> {
    let { seq, projection } = from;
    while (seq < toSeq) {
      const page = await this.events.listCanonical(
        runIdOf(from),
        { afterSeq: seq, toSeq, limit: FOLD_PAGE_MAX },
        executor,
      );
      if (page.length === 0) break;
      const folded = fold(projection, page.map(readable));
      projection = folded.projection;
      if (keeps && folded.checkpoints.length > 0) await executor.writeAll(this.keep(runIdOf(from), folded));
      seq = page.at(-1)?.seq ?? seq;
    }
    return { seq, projection };
  }
}

const START = 0 as Seq;

function start(runId: RunId): StoredProjection {
  return { seq: START, projection: initialProjection(runId) };
}

function runIdOf(state: StoredProjection): RunId {
  // A projection knows its run from the very start.
  return state.projection.view.run.runId as RunId;
}

function isPresent(stored: StoredProjection): boolean {
  return stored.projection.projectionVersion === PROJECTION_VERSION;
}

function notFound(): never {
  throw noSuchRun();
}
