import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { EventDraft } from '../contracts/events.js';
import type { OutboundAnswer, OutboundMessage } from '../contracts/outbound.js';
import type { RawDraft } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import type { RunId } from '../contracts/ids.js';
import { isoTime, type Clock } from '../contracts/time.js';
import type { RunFailureCode } from '../errors/codes.js';
import { EventNormalizerService } from '../events/event-normalizer.service.js';
import { RunEventService, type NewRun } from '../events/run-event.service.js';
import type { PolicyDescription } from '../runtime/runtime-provider.interface.js';
import { resolvePolicy } from '../events/normalize.js';
import { created, decide, type RunCommand } from './decide.js';

/** What is heard in one breath: raw events, the answers they give to queued messages, and what else follows from them. */
export interface Heard {
  readonly raws: readonly RawDraft[];
  readonly answers?: readonly OutboundAnswer[];
  readonly queue?: readonly OutboundMessage[];
  readonly then?: (run: Run) => readonly EventDraft[];
  /** See `Change.sequel`. */
  readonly sequel?: boolean;
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
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Insert-or-get by idempotency key; `created` says whether this call inserted it. [status: queued] */
  createRun(run: Omit<NewRun, 'firstEvents'>): Promise<{ run: Run; created: boolean; fingerprint: string }> {
    return this.door.create({ ...run, firstEvents: (fresh) => [created(fresh, run.createdAt)] });
  }

  /** [status: starting] */
  markStarted(runId: RunId): Promise<Run> {
    return this.command(runId, { type: 'start' });
  }

  /** Records the acknowledged start, the session as read, and the policy it is bound to. [status: binding_session] */
  bindSession(runId: RunId, heard: Heard, policy: PolicyDescription | undefined): Promise<Run> {
    const now = isoTime(this.clock.now());
    const then = (run: Run): readonly EventDraft[] =>
      policy && run.session.bound ? [resolvePolicy(run, policy, now)] : [];
    return this.hear(runId, { ...heard, then });
  }

  /** [status: running] */
  markRunning(runId: RunId): Promise<Run> {
    return this.command(runId, { type: 'open' });
  }

  markFailed(runId: RunId, code: RunFailureCode, message: string): Promise<Run> {
    return this.command(runId, { type: 'fail', code, message });
  }

  /** Only for a run whose session does not exist; otherwise the runtime has the word. */
  markCancelled(runId: RunId, reason: string, by: string): Promise<Run> {
    return this.command(runId, { type: 'cancel', reason, by });
  }

  /** Records what was heard about a run and whatever follows from it. */
  async hear(runId: RunId, heard: Heard): Promise<Run> {
    const { run } = await this.door.record(runId, {
      heard: heard.raws,
      interpret: (current, raw) => this.normalizer.normalize(current, raw, `${current.runtimeKind}-runtime`),
      ...(heard.then === undefined ? {} : { decide: heard.then }),
      ...(heard.answers === undefined ? {} : { answers: heard.answers }),
      ...(heard.queue === undefined ? {} : { queue: heard.queue }),
      ...(heard.sequel === undefined ? {} : { sequel: heard.sequel }),
    });
    return run;
  }

  private async command(runId: RunId, command: RunCommand): Promise<Run> {
    const now = isoTime(this.clock.now());
    const { run } = await this.door.record(runId, { decide: (current) => decide(current, command, now) });
    return run;
  }
}
