import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { RunId } from '../contracts/ids.js';
import { isTerminal, type Run } from '../contracts/run.js';
import type { RunRecord } from '../contracts/run-record.js';
import type { SessionSnapshot, SessionState } from '../contracts/session.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError, hasCode } from '../errors/app-error.js';
import type { RuntimeAck, RuntimeProvider, SessionCommand } from '../runtime/runtime-provider.interface.js';
import { isWantOfRights } from './cancel-route.js';
import { speakerOf } from './decide.js';
import { RunExecutorService } from './run-executor.service.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunManagerService } from './run-manager.service.js';
import { readerOf } from './reader.js';
import { RuntimeSelectorService, isWithoutRuntime } from './runtime-selector.service.js';
import { SessionCancelService } from './session-cancel.service.js';
import { steerersOf } from './steerer.js';
import { StreamConsumerService } from './stream-consumer.service.js';
import { toAppError } from './refusal.js';

/** How long a command waits for the run to show what the runtime answered, before it reports the run as it is. */
const SETTLE_MS_MAX = 8_000;
/** How long the session may take to be read beside a command; without it the command goes on. Milliseconds. */
const READ_MS_MAX = 2_000;
/** How often it looks meanwhile: soon at first, then more and more seldom. */
const LOOK_MS = 20;
const LOOK_MS_MAX = 500;

/** What the runtime answered, and to whom; undefined = to the control plane's own identity. */
interface Steered {
  readonly ack: RuntimeAck;
  readonly as: string | undefined;
}

/** Cancel, suspend and resume, as a person at the console asks for them. The answer is what really happened. */
@Injectable()
export class RunControlService {
  constructor(
    private readonly ledger: RunLedgerService,
    private readonly manager: RunManagerService,
    private readonly executor: RunExecutorService,
    private readonly consumer: StreamConsumerService,
    private readonly selector: RuntimeSelectorService,
    private readonly sessions: SessionCancelService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The run becomes `cancelled` only when the runtime says so, or when no session existed yet. */
  async cancel(ref: string, reason: string): Promise<RunRecord> {
    const asked = await this.ledger.getRecord(ref);
    if (asked.status === 'cancelled') return asked;
    if (isTerminal(asked.status)) throw notPossible(asked, 'cancelled');
    await this.executor.release(asked.id);
    try {
      return await this.cancelReleased(asked.id, reason);
    } catch (error) {
      // Nobody works on the run any more, so whatever went wrong, it is taken up again; one that has ended stays as it is.
      this.executor.execute(asked.id);
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
    const provider = await this.selector.forKind(run.runtimeKind);
    const state = to === 'running' ? 'SESSION_STATE_OPEN' : 'SESSION_STATE_SUSPENDED';
    try {
      const steered = await asFirstAllowed(steerersOf(run, provider), async (as) => {
        this.expect(run, state, reason, as);
        const ack = await send(provider, { sessionId: run.sessionId, reason, as });
        if (!ack.ok) throw toAppError(ack, `The runtime did not let the session become ${to}`);
        return ack;
      });
      // A resume moves the session's deadline, and only the session itself tells whereto.
      const session = to === 'running' ? await this.sessionOf(run, provider) : undefined;
      const snapshot = session?.state === steered.ack.sessionState ? session : undefined;
      this.hearAck(run, steered, reason, snapshot);
    } finally {
      this.consumer.expect(run, undefined);
    }
    return this.settled(run, (status) => status === to || isTerminal(status));
  }

  private async cancelReleased(runId: RunId, reason: string): Promise<RunRecord> {
    const found = await this.ledger.getRun(runId);
    if (isTerminal(found.status)) return this.afterRace(found);
    if (found.status === 'queued' && found.executionMode === 'driver') return this.cancelUnstarted(found, reason);
    const provider = await this.providerOf(found);
    if (provider === undefined) return this.giveUp(found, reason);
    const run = await this.withSession(found, provider, reason);
    if (run === undefined) {
      const record = await this.cancelUnstarted(found, reason);
      // An agent opened the session in this very moment; from here on it is bound.
      return isTerminal(record.status) ? record : this.cancel(runId, reason);
    }
    if (isTerminal(run.status)) return this.afterRace(run);
    const untilEnded = async (withinMs: number) => isTerminal((await this.settled(run, isTerminal, withinMs)).status);
    const expect = (as: string | undefined): void => this.expect(run, 'SESSION_STATE_CANCELLED', reason, as);
    try {
      const answer = await this.sessions.cancel({ run, provider, reason, expect, untilEnded });
      if (answer.via === 'runtime') return await this.cancelled(run, provider, answer, reason);
    } catch (error) {
      if (run.status === 'starting' && hasCode(error, 'SESSION_NOT_FOUND'))
        return await this.cancelUnstarted(run, reason);
      throw error;
    } finally {
      this.consumer.expect(run, undefined);
    }
    const record = await this.ledger.getRecord(run.id);
    if (record.status !== 'cancelled') throw endedBefore(record);
    return record;
  }

  /** undefined: its runtime is not configured here. */
  private async providerOf(run: Run): Promise<RuntimeProvider | undefined> {
    try {
      return await this.selector.forKind(run.runtimeKind);
    } catch (error) {
      if (isWithoutRuntime(error)) return undefined;
      throw error;
    }
  }

  /** Nobody is left to ask. The run is not called cancelled, since its session may go on; but it ends, and can be deleted. */
  private async giveUp(run: Run, reason: string): Promise<RunRecord> {
    const message = `The runtime '${run.runtimeKind}' is not configured here. Given up: ${reason}`;
    await this.manager.markFailed(run.id, 'RUNTIME_NOT_CONFIGURED', message);
    return this.ledger.getRecord(run.id);
  }

  /**
   * The run, where there may be a session to cancel. One that an agent opens may be there before its run has heard of it,
   * and is bound first; where it is not, undefined, and the agent is told before the run is given up.
   */
  private async withSession(run: Run, provider: RuntimeProvider, reason: string): Promise<Run | undefined> {
    if (run.executionMode === 'driver' || run.session.bound) return run;
    try {
      await provider.getSession(run.sessionId, provider.readerOf(speakerOf(run)));
    } catch (error) {
      if (!hasCode(error, 'SESSION_NOT_FOUND')) throw error;
      await this.sessions.forewarn(run, reason);
      return undefined;
    }
    // It is there, so somebody has to bind and follow it, whatever comes of the cancellation; and who opened it, may end it.
    this.executor.execute(run.id);
    await this.settled(run, (status) => status !== 'queued' && status !== 'starting');
    return this.ledger.getRun(run.id);
  }

  private async cancelUnstarted(run: Run, reason: string): Promise<RunRecord> {
    await this.manager.markCancelled(run.id, reason, speakerOf(run));
    return this.ledger.getRecord(run.id);
  }

  /** `ok` may also come with the state of a session that ended otherwise: the state counts, not the flag. */
  private async cancelled(run: Run, provider: RuntimeProvider, answer: Steered, reason: string): Promise<RunRecord> {
    const { ack } = answer;
    if (!run.session.bound) await this.bindEnded(run, provider, answer, reason);
    const current = await this.ledger.getRun(run.id);
    // Whoever followed it may have been released before it was led to its end, or is another process.
    if (!isTerminal(current.status) && current.session.bound) this.consumer.follow(current, provider, true);
    this.hearAck(run, answer, reason);
    const settled = await this.settled(run, isTerminal);
    if (ack.sessionState === 'SESSION_STATE_CANCELLED') return settled;
    throw endedBefore(settled, ack.sessionState);
  }

  /**
   * The session began, but the start was released before it could be recorded: it is recorded now. Its end waits for its
   * history, unless it cannot be read.
   */
  private async bindEnded(run: Run, provider: RuntimeProvider, { ack, as }: Steered, reason: string): Promise<void> {
    const snapshot = await this.sessionOf(run, provider);
    const state = snapshot === undefined ? ack.sessionState : 'SESSION_STATE_UNSPECIFIED';
    const told = { via: 'ack', state, reason, by: this.nameOf(as) } as const;
    const info = snapshot === undefined ? told : { ...told, snapshot };
    await this.manager.hear(run.id, {
      raws: [{ kind: 'session-snapshot', receivedAt: isoTime(this.clock.now()), info }],
    });
  }

  /** Best effort. */
  private async sessionOf(run: Run, provider: RuntimeProvider): Promise<SessionSnapshot | undefined> {
    const as = readerOf(run, provider);
    return provider.getSession(run.sessionId, as, AbortSignal.timeout(READ_MS_MAX)).catch(() => undefined);
  }

  private hearAck(run: Run, { ack, as }: Steered, reason: string, snapshot?: SessionSnapshot): void {
    // By the runtime's own clock, so that a late report of WatchSessions is known to be one.
    const observedAt = isoTime(ack.acceptedAtUnixMs);
    const by = this.nameOf(as);
    const info = { via: 'ack', state: ack.sessionState, observedAt, reason, by } as const;
    this.consumer.hearState(run.runtimeKind, run.sessionId, snapshot === undefined ? info : { ...info, snapshot });
  }

  private expect(run: Run, state: SessionState, reason: string, as: string | undefined): void {
    this.consumer.expect(run, { state, reason, by: this.nameOf(as) });
  }

  private nameOf(as: string | undefined): string {
    return as ?? this.config.runtime.serviceIdentity;
  }

  private async afterRace(run: Run): Promise<RunRecord> {
    const record = await this.ledger.getRecord(run.id);
    if (record.status === 'cancelled') return record;
    throw notPossible(record, 'cancelled');
  }

  /** Waits until the run shows the change; at SETTLE_MS_MAX it is reported as it stands, which is the truth too. */
  private async settled(
    run: Run,
    isSettled: (status: Run['status']) => boolean,
    withinMs = SETTLE_MS_MAX,
  ): Promise<RunRecord> {
    const until = this.clock.now() + withinMs;
    const over = new AbortController();
    try {
      for (let restMs = LOOK_MS; ; restMs = Math.min(2 * restMs, LOOK_MS_MAX)) {
        const record = await this.ledger.getRecord(run.id);
        const leftMs = until - this.clock.now();
        if (isSettled(record.status) || leftMs <= 0) return record;
        const rest = this.clock.sleep(Math.min(restMs, leftMs), over.signal);
        // The end is told here; anything else, and the end of a run that another process follows, is looked for.
        await (this.consumer.isFollowing(run) ? Promise.race([this.consumer.untilFinished(run), rest]) : rest);
      }
    } finally {
      over.abort();
    }
  }
}

/** As the first of `steerers` that has the right to; when none has, the last one's refusal is thrown. */
async function asFirstAllowed(
  [as, ...others]: readonly (string | undefined)[],
  send: (as: string | undefined) => Promise<RuntimeAck>,
): Promise<Steered> {
  try {
    return { as, ack: await send(as) };
  } catch (error) {
    if (others.length === 0 || !isWantOfRights(error)) throw error;
    return asFirstAllowed(others, send);
  }
}

function endedBefore(record: RunRecord, sessionState?: SessionState): AppError {
  return new AppError('CANCEL_REFUSED', 'The session had ended before it could be cancelled.', {
    ...(sessionState === undefined ? {} : { sessionState }),
    status: record.status,
    runId: record.id,
  });
}

function notPossible(record: RunRecord, to: Run['status']): AppError {
  return new AppError('INVALID_STATE_TRANSITION', `A ${record.status} run cannot become ${to}.`, {
    runId: record.id,
    status: record.status,
  });
}
