import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { Run } from '../contracts/run.js';
import type { RunRecord } from '../contracts/run-record.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeAck, RuntimeProvider, SessionCommand } from '../runtime/runtime-provider.interface.js';
import { speakerOf } from './decide.js';
import { isTerminal } from './machine.js';
import { RunExecutorService } from './run-executor.service.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunManagerService } from './run-manager.service.js';
import { RuntimeSelectorService } from './runtime-selector.service.js';
import { StreamConsumerService } from './stream-consumer.service.js';
import { toAppError } from './refusal.js';

/** How long a command waits for the run to show what the runtime answered, before it reports the run as it is. */
const SETTLE_MS_MAX = 8_000;
const SETTLE_STEP_MS = 20;

/** Cancel, suspend and resume, as a person at the console asks for them. The answer is what really happened. */
@Injectable()
export class RunControlService {
  constructor(
    private readonly ledger: RunLedgerService,
    private readonly manager: RunManagerService,
    private readonly executor: RunExecutorService,
    private readonly consumer: StreamConsumerService,
    private readonly selector: RuntimeSelectorService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The run becomes `cancelled` only when the runtime says so, or when no session existed yet. */
  async cancel(ref: string, reason: string): Promise<RunRecord> {
    const record = await this.ledger.getRecord(ref);
    if (record.status === 'cancelled') return record;
    if (isTerminal(record.status)) throw notPossible(record, 'cancelled');
    await this.executor.release(record.id);
    const run = await this.ledger.getRun(record.id);
    if (isTerminal(run.status)) return this.afterRace(run);
    if (run.status === 'queued') return this.cancelUnstarted(run, reason);
    const provider = await this.selector.forKind(run.runtimeKind);
    try {
      const ack = await provider.cancelSession(commandFor(run, reason));
      return await this.cancelled(run, provider, ack, reason);
    } catch (error) {
      if (run.status === 'starting' && isUnknownSession(error)) return this.cancelUnstarted(run, reason);
      if (!isTerminal(run.status)) this.executor.execute(run.id, false);
      throw error;
    }
  }

  /** Only a running run; the run becomes `suspended` when the runtime says so. */
  suspend(ref: string, reason: string): Promise<RunRecord> {
    return this.pause(ref, reason, 'running', 'suspended', (provider, command) => provider.suspendSession(command));
  }

  /** Only a suspended run; the run becomes `running` again when the runtime says so. */
  resume(ref: string, reason: string): Promise<RunRecord> {
    return this.pause(ref, reason, 'suspended', 'running', (provider, command) => provider.resumeSession(command));
  }

  private async pause(
    ref: string,
    reason: string,
    from: Run['status'],
    to: Run['status'],
    send: (provider: RuntimeProvider, command: SessionCommand) => Promise<RuntimeAck>,
  ): Promise<RunRecord> {
    const record = await this.ledger.getRecord(ref);
    if (record.status === to) return record;
    if (record.status !== from) throw notPossible(record, to);
    const run = await this.ledger.getRun(record.id);
    const ack = await send(await this.selector.forKind(run.runtimeKind), commandFor(run, reason));
    if (!ack.ok) throw toAppError(ack, `The runtime did not let the session become ${to}`);
    this.hearAck(run, ack, reason);
    return this.settled(run, (status) => status === to || isTerminal(status));
  }

  private async cancelUnstarted(run: Run, reason: string): Promise<RunRecord> {
    await this.manager.markCancelled(run.id, reason, speakerOf(run));
    return this.ledger.getRecord(run.id);
  }

  /** `ok` may also come with the state of a session that ended otherwise: the state counts, not the flag. */
  private async cancelled(run: Run, provider: RuntimeProvider, ack: RuntimeAck, reason: string): Promise<RunRecord> {
    if (!ack.ok) throw toAppError(ack, 'The runtime did not cancel the session');
    if (!run.session.bound) await this.bindEnded(run, provider, ack, reason);
    if (!this.consumer.isFollowing(run)) {
      const current = await this.ledger.getRun(run.id);
      if (!isTerminal(current.status)) await this.consumer.observe(current, provider, true);
    }
    this.hearAck(run, ack, reason);
    const settled = await this.settled(run, isTerminal);
    if (ack.sessionState === 'SESSION_STATE_CANCELLED') return settled;
    throw new AppError('CANCEL_REFUSED', 'The session had ended before it could be cancelled.', {
      sessionState: ack.sessionState,
      status: settled.status,
      runId: run.id,
    });
  }

  /** The session began, but the start was released before it could be recorded: it is recorded now, with its end. */
  private async bindEnded(run: Run, provider: RuntimeProvider, ack: RuntimeAck, reason: string): Promise<void> {
    const snapshot = await provider.getSession(run.sessionId, speakerOf(run));
    const info = { via: 'ack', state: ack.sessionState, snapshot, reason, by: speakerOf(run) } as const;
    await this.manager.hear(run.id, {
      raws: [{ kind: 'session-snapshot', receivedAt: isoTime(this.clock.now()), info }],
    });
  }

  private hearAck(run: Run, ack: RuntimeAck, reason: string): void {
    // By the runtime's own clock, so that a late report of WatchSessions is known to be one.
    const observedAt = isoTime(ack.acceptedAtUnixMs);
    this.consumer.hearState(run.sessionId, {
      via: 'ack',
      state: ack.sessionState,
      observedAt,
      reason,
      by: speakerOf(run),
    });
  }

  private async afterRace(run: Run): Promise<RunRecord> {
    const record = await this.ledger.getRecord(run.id);
    if (record.status === 'cancelled') return record;
    throw notPossible(record, 'cancelled');
  }

  /** Waits until the run shows the change; at SETTLE_MS_MAX it is reported as it stands, which is the truth too. */
  private async settled(run: Run, isSettled: (status: Run['status']) => boolean): Promise<RunRecord> {
    const until = this.clock.now() + SETTLE_MS_MAX;
    const never = new AbortController().signal;
    for (;;) {
      const record = await this.ledger.getRecord(run.id);
      if (isSettled(record.status) || this.clock.now() >= until) return record;
      await this.clock.sleep(SETTLE_STEP_MS, never);
    }
  }
}

function commandFor(run: Run, reason: string): SessionCommand {
  return { sessionId: run.sessionId, reason, as: speakerOf(run) };
}

function isUnknownSession(error: unknown): boolean {
  return error instanceof AppError && error.code === 'SESSION_NOT_FOUND';
}

function notPossible(record: RunRecord, to: Run['status']): AppError {
  return new AppError('INVALID_STATE_TRANSITION', `A ${record.status} run cannot become ${to}.`, {
    runId: record.id,
    status: record.status,
  });
}
