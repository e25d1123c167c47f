import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { RawDraft } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import type { SessionSnapshot } from '../contracts/session.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { RunFailureCode } from '../errors/codes.js';
import type { RuntimeAck, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { decide, speakerOf } from './decide.js';
import { isTerminal } from './machine.js';
import { OutboundSenderService, type SendOutcome } from './outbound-sender.service.js';
import { isTransientError, retryDelayMs } from './retry.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunManagerService } from './run-manager.service.js';
import { StreamConsumerService } from './stream-consumer.service.js';

/** How often a kickoff message is offered again to a session that was suspended meanwhile. Milliseconds. */
const SUSPENDED_RETRY_MS = 1_000;

/** Answers that say that the session stands still or has ended, so that its state decides and not the refusal. */
const SESSION_CODES: ReadonlySet<string> = new Set(['SESSION_NOT_OPEN', 'SESSION_NOT_FOUND']);

interface Step {
  readonly provider: RuntimeProvider;
  /** Epoch milliseconds until which what may pass is repeated. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/**
 * Carries one driver run from wherever it stands to being followed. Each step may be repeated after a crash: ids and bytes
 * were stored before anything was sent, and the runtime answers a repetition with `duplicate`.
 */
@Injectable()
export class RunStarterService {
  constructor(
    private readonly manager: RunManagerService,
    private readonly ledger: RunLedgerService,
    private readonly sender: OutboundSenderService,
    private readonly consumer: StreamConsumerService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async start(stored: Run, provider: RuntimeProvider, recovered: boolean, signal: AbortSignal): Promise<void> {
    let run = stored;
    const step = { provider, deadline: this.clock.now() + this.config.runs.startDeadlineMs, signal };
    if (run.status === 'queued') run = await this.manager.markStarted(run.id);
    // Read once: until the run runs, nothing but what is done here changes it.
    const outbox =
      run.status === 'starting' || run.status === 'binding_session' ? await this.ledger.outboxOf(run.id) : [];
    if (run.status === 'starting') run = await this.startSession(run, outbox, step);
    if (run.status === 'binding_session') run = await this.sendKickoff(run, outbox, recovered, step);
    if (isTerminal(run.status) || signal.aborted) return;
    await this.consumer.observe(run, provider, recovered);
    this.consumer.start(run);
  }

  private async startSession(run: Run, [start]: readonly OutboundMessage[], step: Step): Promise<Run> {
    if (!start) return this.manager.markFailed(run.id, 'REQUEST_INVALID', 'The run has no stored SessionStart.');
    const outcome = await this.initializedSend(start, step);
    if (outcome === undefined) return run;
    if (outcome.kind === 'unanswered') {
      return step.signal.aborted
        ? run
        : this.manager.markFailed(run.id, 'START_DEADLINE_EXCEEDED', outcome.problem.message);
    }
    const { ack } = outcome;
    const session = await this.sessionAfter(ack, run, step);
    if (session === undefined) return ack.ok ? run : this.refused(run, start, ack, 'SESSION_START_REFUSED');
    return this.bind(run, start, ack, session, step);
  }

  /** Initialize and SessionStart; a refusal that is not an acknowledgement (wrong credentials …) comes back as one. */
  private async initializedSend(start: OutboundMessage, step: Step): Promise<SendOutcome | undefined> {
    try {
      await this.repeat(step, () => step.provider.initialize(step.signal));
      return await this.sender.send(start, step.provider, step.deadline, step.signal);
    } catch (error) {
      if (step.signal.aborted) return undefined;
      if (!(error instanceof AppError)) throw error;
      return isTransientError(error)
        ? { kind: 'unanswered', problem: error }
        : { kind: 'answered', ack: refusalOf(error, start) };
    }
  }

  /** The session as the runtime has it: after our start, or before it when an earlier attempt of ours got through. */
  private async sessionAfter(ack: RuntimeAck, run: Run, step: Step): Promise<SessionSnapshot | undefined> {
    if (!ack.ok && ack.errorCode !== 'SESSION_ALREADY_EXISTS') return undefined;
    const speaker = speakerOf(run);
    try {
      const session = await this.repeat(step, () => step.provider.getSession(run.sessionId, speaker, step.signal));
      return ack.ok || isOurs(session, run, speaker) ? session : undefined;
    } catch (error) {
      // Only an answer can say that the session is not ours; a call that got none decides nothing.
      if (ack.ok || step.signal.aborted || isTransientError(error)) throw error;
      return undefined;
    }
  }

  private async bind(
    run: Run,
    start: OutboundMessage,
    ack: RuntimeAck,
    session: SessionSnapshot,
    step: Step,
  ): Promise<Run> {
    const accepted: RuntimeAck = ack.ok ? ack : { ...ack, ok: true, duplicate: true, sessionState: session.state };
    const { raw, answer } = this.sender.answered(start, accepted);
    const receivedAt = isoTime(this.clock.now());
    const snapshot: RawDraft = {
      kind: 'session-snapshot',
      receivedAt,
      info: { via: 'ack', state: openOr(session), snapshot: session },
    };
    const policy = await step.provider.findPolicy(session.policyVersion, step.signal).catch(() => {
      // Unreadable is one thing; broken off is another: then the bind is left to whoever goes on.
      step.signal.throwIfAborted();
      return undefined;
    });
    return this.manager.bindSession(run.id, { raws: [raw, snapshot], answers: [answer] }, policy);
  }

  private async sendKickoff(
    bound: Run,
    outbox: readonly OutboundMessage[],
    recovered: boolean,
    step: Step,
  ): Promise<Run> {
    let run = bound;
    const stands = this.consumer.observe(run, step.provider, recovered);
    await Promise.race([stands, this.clock.sleep(Math.max(step.deadline - this.clock.now(), 0), step.signal)]);
    for (const message of outbox.filter(({ purpose, status }) => purpose === 'kickoff' && status === 'queued')) {
      if (step.signal.aborted) return this.ledger.getRun(run.id);
      run = await this.kickOff(run, message, step);
      if (run.status !== 'binding_session') return run;
    }
    return step.signal.aborted ? this.ledger.getRun(run.id) : this.manager.markRunning(run.id);
  }

  private async kickOff(run: Run, message: OutboundMessage, step: Step): Promise<Run> {
    while (!step.signal.aborted) {
      const outcome = await this.sender
        .send(message, step.provider, step.deadline, step.signal)
        .catch((error: unknown) => {
          if (!(error instanceof AppError)) throw error;
          return { kind: 'answered', ack: refusalOf(error, message) } as const;
        });
      if (outcome.kind === 'unanswered') return this.abandon(run, step, outcome.problem.message);
      if (outcome.ack.ok) return this.manager.hear(run.id, this.recorded(message, outcome.ack));
      if (!SESSION_CODES.has(outcome.ack.errorCode ?? '')) {
        const failed = await this.refused(run, message, outcome.ack, 'KICKOFF_FAILED');
        await this.endSession(run, step);
        return failed;
      }
      // The session was suspended, or ended, while it was being bound: the follower learns which, and records the end.
      this.consumer.start(run);
      await this.clock.sleep(SUSPENDED_RETRY_MS, step.signal);
      const current = await this.ledger.getRun(run.id);
      if (isTerminal(current.status)) return current;
    }
    return run;
  }

  private recorded(message: OutboundMessage, ack: RuntimeAck) {
    const { raw, answer } = this.sender.answered(message, ack);
    return { raws: [raw], answers: [answer] };
  }

  private refused(run: Run, message: OutboundMessage, ack: RuntimeAck, code: RunFailureCode): Promise<Run> {
    const now = isoTime(this.clock.now());
    const reason =
      ack.reasons.length > 0 ? `: ${ack.reasons.join('; ')}` : ack.errorMessage ? `: ${ack.errorMessage}` : '';
    const text = `The runtime refused ${message.messageType} of ${message.sender} with ${ack.errorCode ?? 'no code'}${reason}`;
    const failure = { type: 'fail', code, message: text } as const;
    return this.manager.hear(run.id, {
      ...this.recorded(message, ack),
      then: (current) => decide(current, failure, now),
    });
  }

  private async abandon(run: Run, step: Step, problem: string): Promise<Run> {
    if (step.signal.aborted) return run;
    const failed = await this.manager.markFailed(run.id, 'KICKOFF_FAILED', problem);
    await this.endSession(run, step);
    return failed;
  }

  /** A run that failed at its start leaves no session behind that agents would go on playing; best effort. */
  private async endSession(run: Run, step: Step): Promise<void> {
    const command = { sessionId: run.sessionId, reason: 'The kickoff of the run failed.', as: speakerOf(run) };
    await step.provider.cancelSession(command, step.signal).catch(() => undefined);
  }

  private async repeat<T>(step: Step, call: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        const delay = retryDelayMs(attempt, Math.random());
        if (!isTransientError(error) || step.signal.aborted || this.clock.now() + delay > step.deadline) throw error;
        await this.clock.sleep(delay, step.signal);
      }
    }
  }
}

/** A final state waits for its history: the follower hears it again and records it in its place. */
function openOr(session: SessionSnapshot): SessionSnapshot['state'] {
  return session.state === 'SESSION_STATE_SUSPENDED' ? session.state : 'SESSION_STATE_OPEN';
}

function isOurs(session: SessionSnapshot, run: Run, speaker: string): boolean {
  const { modeName, configurationVersion } = run.request.session;
  return (
    session.initiator === speaker &&
    session.modeName === modeName &&
    session.configurationVersion === configurationVersion
  );
}

function refusalOf(error: AppError, message: OutboundMessage): RuntimeAck {
  return {
    ok: false,
    duplicate: false,
    messageId: message.messageId,
    sessionId: message.sessionId,
    acceptedAtUnixMs: 0,
    sessionState: 'SESSION_STATE_UNSPECIFIED',
    errorCode: error.code,
    errorMessage: error.message,
    reasons: [],
  };
}
