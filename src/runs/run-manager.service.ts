import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { EventDraft } from '../contracts/events.js';
import type { OutboundAnswer, OutboundDraft } from '../contracts/outbound.js';
import type { RawDraft } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import type { RunId } from '../contracts/ids.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { RunFailureCode } from '../errors/codes.js';
import { EventNormalizerService } from '../events/event-normalizer.service.js';
import { RunEventService, type CreatedRun, type NewRun } from '../events/run-event.service.js';
import type { PolicyDescription } from '../runtime/runtime-provider.interface.js';
import { sightedAt, withPolicy, type Normalized, type PlacedRaw } from '../events/normalize.js';
import { storableJson } from '../events/storable-json.js';
import { AdoptionRepository } from '../storage/adoption.repository.js';
import { created, decide, neverOpened, type RunCommand } from './decide.js';

export interface RequestedRun extends CreatedRun {
  /** It began with the discovery of its session, before anybody asked for it. */
  readonly discovered: boolean;
}

/** A report of a session that describes it. */
export type SnapshotRaw = Extract<RawDraft, { kind: 'session-snapshot' }>;

/** What is heard in one breath: raw events, the answers they give to queued messages, and what else follows from them. */
export interface Heard {
  readonly raws: readonly RawDraft[];
  readonly answers?: readonly OutboundAnswer[];
  readonly queue?: readonly OutboundDraft[];
  readonly then?: (run: Run) => readonly EventDraft[];
  /** See `Change.follows`. */
  readonly follows?: Promise<unknown> | undefined;
}

/**
 * Owns the run state machine: every change of a run is asked for here, decided by a pure function under the run's row
 * lock, and written by the door in one transaction.
 */
@Injectable()
export class RunManagerService {
  constructor(
    private readonly door: RunEventService,
    private readonly normalizer: EventNormalizerService,
    private readonly adoption: AdoptionRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Insert-or-get by idempotency key; `created` says whether this call inserted it. [status: queued]
   * An observed run whose session was discovered before is taken over as it stands. Throws SESSION_ALREADY_EXISTS when
   * the session's run was asked for by another request, or is not what this one asks for.
   */
  async createRun(run: Omit<NewRun, 'firstEvents'>): Promise<RequestedRun> {
    try {
      return await this.insertOrGet(run);
    } catch (error) {
      const runId = run.executionMode === 'observer' ? ownerOfSession(error) : undefined;
      if (runId === undefined) throw error;
      if (await this.adoption.adopt(runId, storableJson(run), isoTime(this.clock.now()))) {
        await this.door.forget(runId);
        const adopted = await this.hear(runId, { raws: [] });
        return { run: adopted, created: false, fingerprint: run.fingerprint, discovered: true };
      }
      // A concurrent repetition of this very request may have been ahead: then its key is known by now.
      if (run.idempotencyKey !== undefined) return this.insertOrGet(run);
      throw error;
    }
  }

  /** The run that the request's idempotency key has made, if it has. */
  async findRun({ idempotencyKey }: Pick<NewRun, 'idempotencyKey'>): Promise<RequestedRun | undefined> {
    const found = idempotencyKey === undefined ? undefined : await this.door.findKeyed(idempotencyKey);
    return found && this.toRequested({ ...found, created: false });
  }

  /**
   * The run of a session that nobody registered, bound as it was found, in one transaction. Throws
   * SESSION_ALREADY_EXISTS when the session has a run by now.
   */
  discoverRun(
    run: Omit<NewRun, 'firstEvents' | 'hearing'>,
    seen: SnapshotRaw,
    policy: PolicyDescription | undefined,
  ): Promise<CreatedRun> {
    return this.door.create({
      ...run,
      firstEvents: (fresh) => [created(fresh, sightedAt(fresh, seen.info, seen.receivedAt), { origin: 'discovery' })],
      hearing: { heard: [seen], interpret: this.interpreter(policy) },
    });
  }

  /** [status: starting] */
  markStarted(runId: RunId): Promise<Run> {
    return this.command(runId, { type: 'start' });
  }

  /**
   * Records the session as it was read, or first seen, with what led there and the policy it is bound to.
   * [status: binding_session, and on from there where an observed session is open or suspended]
   */
  bindSession(runId: RunId, heard: Heard, policy: PolicyDescription | undefined): Promise<Run> {
    return this.hear(runId, heard, policy);
  }

  /** [status: running] */
  markRunning(runId: RunId): Promise<Run> {
    return this.command(runId, { type: 'open' });
  }

  markFailed(runId: RunId, code: RunFailureCode, message: string): Promise<Run> {
    return this.command(runId, { type: 'fail', code, message });
  }

  /** [status: failed], unless the session has been seen after all. */
  markNeverOpened(runId: RunId): Promise<Run> {
    const now = isoTime(this.clock.now());
    return this.hear(runId, { raws: [], then: (run) => neverOpened(run, now) });
  }

  /** Only for a run whose session does not exist; otherwise the runtime has the word. */
  markCancelled(runId: RunId, reason: string, by: string): Promise<Run> {
    return this.command(runId, { type: 'cancel', reason, by });
  }

  /** Resolves when what was heard until then is best recorded; see the door. */
  turn(signal: AbortSignal): Promise<void> {
    return this.door.turn(signal);
  }

  /** Records what was heard about a run and whatever follows from it. */
  async hear(runId: RunId, heard: Heard, policy?: PolicyDescription): Promise<Run> {
    const { run } = await this.door.record(runId, {
      heard: heard.raws,
      interpret: this.interpreter(policy),
      ...(heard.then === undefined ? {} : { decide: heard.then }),
      ...(heard.answers === undefined ? {} : { answers: heard.answers }),
      ...(heard.queue === undefined ? {} : { queue: heard.queue }),
      ...(heard.follows === undefined ? {} : { follows: heard.follows }),
    });
    return run;
  }

  private async insertOrGet(run: Omit<NewRun, 'firstEvents'>): Promise<RequestedRun> {
    return this.toRequested(
      await this.door.create({
        ...run,
        firstEvents: (fresh) => [created(fresh, run.createdAt, { decisionPrompt: this.normalizer.intentOf(fresh) })],
      }),
    );
  }

  private async toRequested(made: CreatedRun): Promise<RequestedRun> {
    const mayBeDiscovered = !made.created && made.run.executionMode === 'observer';
    return { ...made, discovered: mayBeDiscovered && (await this.adoption.isDiscovered(made.run.id)) };
  }

  private interpreter(policy: PolicyDescription | undefined) {
    return (run: Run, raw: PlacedRaw): Normalized => {
      const normalized = this.normalizer.normalize(run, raw, `${run.runtimeKind}-runtime`);
      if (policy === undefined) return normalized;
      return { ...normalized, drafts: withPolicy(normalized.drafts, run, policy) };
    };
  }

  private async command(runId: RunId, command: RunCommand): Promise<Run> {
    const now = isoTime(this.clock.now());
    const { run } = await this.door.record(runId, { decide: (current) => decide(current, command, now) });
    return run;
  }
}

/** The run that has the session id already, as the refusal names it. */
function ownerOfSession(error: unknown): RunId | undefined {
  if (!(error instanceof AppError) || error.code !== 'SESSION_ALREADY_EXISTS') return undefined;
  const runId = error.details?.['runId'];
  return typeof runId === 'string' ? (runId as RunId) : undefined;
}
