import { Inject, Injectable } from '@nestjs/common';
import type { CanonicalEvent, EventDraft } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import type { Database } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { AppError, hasCode } from '../errors/app-error.js';
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

export interface FoundRun {
  readonly run: Run;
  /** Of the request that made it. */
  readonly fingerprint: string;
}

export interface CreatedRun extends FoundRun {
  /** False: the idempotency key had made this run before. */
  readonly created: boolean;
}

/** `state`, and events to publish: only if this call wrote them. */
type Made = CreatedRun & { readonly events: readonly CanonicalEvent[]; readonly state?: RunState };

/** The second attempt finds what a concurrent one inserted; a third is needed only if that was deleted in between. */
const ATTEMPTS_MAX = 3;

/** Makes runs: the row, its session, its first events, what is folded from them and its outbox, in one statement. */
@Injectable()
export class RunCreationService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly runs: RunRepository,
    private readonly store: RunStoreService,
  ) {}

  /** Makes the run, or finds the one that its idempotency key has made. Throws SESSION_ALREADY_EXISTS. */
  async create(input: NewRun, now: IsoTime): Promise<Made> {
    const { firstEvents, hearing = {}, outbound, ...rest } = input;
    const seed = storableJson(rest);
    const first = place(newRun(seed), { decide: firstEvents }, new Set(), newEventId);
    const { run, raws, events: more } = place(first.run, hearing, new Set(), newEventId);
    const events = [...first.events, ...more];
    const { writes, state } = this.store.planNew(seed, { run, raws, events, answers: [], queue: outbound }, now);
    let cause: unknown;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      try {
        if (await this.database.writeIf(writes)) {
          return { run: state.run, created: true, fingerprint: seed.fingerprint, events, state };
        }
      } catch (error) {
        if (!hasCode(error, 'DATABASE_UNAVAILABLE')) throw error;
        cause = error;
      }
      // Somebody was ahead; or the answer got lost, and perhaps the run is there.
      const found = await this.find(seed);
      if (found !== undefined) return { ...found, events: [] };
    }
    throw new AppError('DATABASE_UNAVAILABLE', 'The run could not be created just now.', undefined, { cause });
  }

  /** The run that the idempotency key has made. */
  async findKeyed(idempotencyKey: string): Promise<FoundRun | undefined> {
    const keyed = await this.runs.findByKey(idempotencyKey);
    return keyed && { run: await this.runs.getRun(keyed.id), fingerprint: keyed.fingerprint };
  }

  /** The run that has the key, or the session id. The same run id tells that this very call has made it. */
  private async find(seed: RunSeed): Promise<CreatedRun | undefined> {
    const keyed = seed.idempotencyKey === undefined ? undefined : await this.findKeyed(seed.idempotencyKey);
    if (keyed !== undefined) return { ...keyed, created: keyed.run.id === seed.id };
    const run = await this.runs.findRunBySession(seed.sessionId);
    if (run === undefined) return undefined;
    if (run.id === seed.id) return { run, created: true, fingerprint: seed.fingerprint };
    throw new AppError('SESSION_ALREADY_EXISTS', 'A run with this session id exists already.', {
      sessionId: seed.sessionId,
      runId: run.id,
    });
  }
}
