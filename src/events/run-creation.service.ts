import { Inject, Injectable } from '@nestjs/common';
import type { CanonicalEvent, EventDraft } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import type { Database, Transaction } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { violatedUnique } from '../db/sqlstate.js';
import { AppError } from '../errors/app-error.js';
import { newEventId } from './event-id.provider.js';
import { newRun, type RunSeed } from '../storage/run-row.js';
import { RunRepository } from '../storage/run.repository.js';
import { place, type Hearing } from './place.js';
import type { RunState } from './run-cache.js';
import { RunStoreService } from './run-store.service.js';
import { storableJson } from './storable-json.js';

/** Everything a new run is made of, its first events and the messages it will send. */
export interface NewRun extends RunSeed {
  readonly firstEvents: (run: Run) => readonly EventDraft[];
  /** What of its session was heard already, and made the run. */
  readonly hearing?: Hearing;
  readonly outbound: readonly OutboundMessage[];
}

export interface CreatedRun {
  readonly run: Run;
  /** False: the idempotency key had made this run before. */
  readonly created: boolean;
  /** Of the request that made it. */
  readonly fingerprint: string;
}

type Made = CreatedRun & { readonly events: readonly CanonicalEvent[]; readonly state?: RunState };

/** Makes runs: the row, its session, its first events, what is folded from them and its outbox, in one transaction. */
@Injectable()
export class RunCreationService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly runs: RunRepository,
    private readonly store: RunStoreService,
  ) {}

  /** undefined: a concurrent call with the same key was ahead and is found by the next attempt. */
  async attempt(input: NewRun, now: IsoTime): Promise<Made | undefined> {
    const { firstEvents, hearing, outbound, ...rest } = input;
    const seed = storableJson(rest);
    try {
      return await this.database.transaction((tx) =>
        this.insertOrFind(tx, seed, { firstEvents, hearing: hearing ?? {}, outbound }, now),
      );
    } catch (error) {
      if (violatedUnique(error) === undefined) throw error;
      return this.afterCollision(seed);
    }
  }

  private async insertOrFind(
    tx: Transaction,
    seed: RunSeed,
    { firstEvents, hearing, outbound }: Required<Pick<NewRun, 'firstEvents' | 'hearing' | 'outbound'>>,
    now: IsoTime,
  ): Promise<Made | undefined> {
    const found = await this.runs.insertOrFind(tx, seed);
    if (found === undefined) return undefined;
    if (!found.created) {
      const run = await this.runs.getRun(found.id, tx);
      // The same run id means that an earlier attempt of this very call was stored, although its answer got lost.
      return { run, created: found.id === seed.id, fingerprint: found.fingerprint, events: [] };
    }
    const fresh = newRun(seed);
    const first = place(fresh, { decide: firstEvents }, new Set(), newEventId);
    const { run: made, raws, events: more } = place(first.run, hearing, new Set(), newEventId);
    const events = [...first.events, ...more];
    const state = await this.store.saveNew(tx, fresh, { run: made, raws, events, answers: [], queue: outbound }, now);
    return { run: state.run, created: true, fingerprint: found.fingerprint, events, state };
  }

  /** A run id or a session id that is taken: by an earlier attempt of this very call, or by another run. */
  private async afterCollision(seed: RunSeed): Promise<Made> {
    const other = await this.runs.findRunBySession(seed.sessionId);
    if (other?.id === seed.id) return { run: other, created: true, fingerprint: seed.fingerprint, events: [] };
    throw new AppError('SESSION_ALREADY_EXISTS', 'A run with this session id exists already.', {
      sessionId: seed.sessionId,
      ...(other === undefined ? {} : { runId: other.id }),
    });
  }
}
