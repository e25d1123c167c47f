import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { RawDraft } from '../contracts/raw-event.js';
import { isTerminal, type Run } from '../contracts/run.js';
import type { SessionSnapshot, SessionState } from '../contracts/session.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { gate } from '../errors/gate.js';
import { isFinalState } from '../events/lifecycle.js';
import type { RuntimeAck, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { isAborted } from '../contracts/aborted.js';
import { isOurs, speakerOf } from './decide.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import { untilLasting } from './patience.stream.js';
import { isTransientError } from './retry.js';
import { RunKickoffService } from './run-kickoff.service.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunManagerService } from './run-manager.service.js';
import { SessionCloseService } from './session-close.service.js';
import { SessionStartService } from './session-start.service.js';
import { StartFailureService } from './start-failure.service.js';
import type { Errand } from './start-places.stream.js';
import type { StartStep } from './start-step.js';
import { StreamConsumerService } from './stream-consumer.service.js';

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
    private readonly starts: SessionStartService,
    private readonly kickoff: RunKickoffService,
    private readonly failure: StartFailureService,
    private readonly closing: SessionCloseService,
    private readonly consumer: StreamConsumerService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async start(stored: Run, provider: RuntimeProvider, errand: Errand): Promise<void> {
    const { signal } = errand;
    let run = stored;
    const step: StartStep = { ...errand, provider, deadline: this.clock.now() + this.config.runs.startDeadlineMs };
    // What is further on was begun before, and its SessionStart may have been sent.
    errand.left.session ??= run.status === 'starting' || run.status === 'binding_session';
    if (run.status === 'queued') run = await this.manager.markStarted(run.id);
    if (isTerminal(run.status)) return;
    // Read once: nobody but who starts the run sends any of it.
    const opening = await this.ledger.openingOf(run.id);
    if (run.status === 'starting') run = await this.startSession(run, opening, step);
    if (run.status === 'starting' || isTerminal(run.status) || signal.aborted) return;
    const messages = opening.filter(({ purpose }) => purpose === 'kickoff');
    // However far the run has come: its session may have been suspended before all of them were sent.
    const isDue = run.status === 'binding_session' || messages.length > 0;
    if (isDue && step.isOver !== true) run = await this.kickoff.send(run, messages, step);
    if (isTerminal(run.status) || isAborted(signal)) return;
    this.consumer.follow(run, provider, errand.recovered);
    // Runs of an earlier process come one after the other, and not all of them at the runtime at once.
    if (errand.recovered) await this.kickoff.untilStanding(run, step);
  }

  private async startSession(run: Run, [start]: readonly OutboundMessage[], step: StartStep): Promise<Run> {
    if (!start) return this.manager.markFailed(run.id, 'REQUEST_INVALID', 'The run has no stored SessionStart.');
    const outcome = await this.starts.send(start, step);
    if (outcome === undefined) return this.ledger.getRun(run.id);
    if (outcome.kind === 'unanswered') {
      return step.signal.aborted ? run : this.failure.fail(run, start, outcome, 'START_DEADLINE_EXCEEDED', step);
    }
    let session: SessionSnapshot | undefined;
    try {
      session = await this.sessionAfter(outcome.ack, run, step);
    } catch (error) {
      if (step.signal.aborted || !isTransientError(error)) throw error;
      // Accepted or not, nobody knows what the session is.
      const unread = { ...outcome, kind: 'unanswered', problem: gate(error) } as const;
      return this.failure.fail(run, start, unread, 'START_DEADLINE_EXCEEDED', step);
    }
    if (session !== undefined) return this.bind(run, start, outcome.ack, session, step);
    return outcome.ack.ok ? run : this.manager.hear(run.id, this.failure.refusal(start, outcome, 'START_REJECTED'));
  }

  /** The session as the runtime has it: after our start, or before it when an earlier attempt of ours got through. */
  private async sessionAfter(ack: RuntimeAck, run: Run, step: StartStep): Promise<SessionSnapshot | undefined> {
    if (!ack.ok && ack.errorCode !== 'SESSION_ALREADY_EXISTS') return undefined;
    const { provider, signal } = step;
    try {
      const read = () => provider.getSession(run.sessionId, speakerOf(run), signal);
      const session = await untilLasting(read, { ...step, clock: this.clock });
      return ack.ok || isOurs(session, run) ? session : undefined;
    } catch (error) {
      // Only an answer can say that the session is not ours; a call that got none decides nothing.
      if (ack.ok || signal.aborted || isTransientError(error)) throw error;
      return undefined;
    }
  }

  private async bind(
    run: Run,
    start: OutboundMessage,
    ack: RuntimeAck,
    session: SessionSnapshot,
    step: StartStep,
  ): Promise<Run> {
    const accepted: RuntimeAck = ack.ok ? ack : { ...ack, ok: true, duplicate: true, sessionState: session.state };
    const { raws, answers } = this.sender.recorded(start, { kind: 'answered', reached: true, ack: accepted });
    const receivedAt = isoTime(this.clock.now());
    const snapshot: RawDraft = {
      kind: 'session-snapshot',
      receivedAt,
      info: { via: 'ack', state: reported(session), snapshot: session },
    };
    step.isOver = isFinalState(session.state);
    const policy = await step.provider.findPolicy(session.policyVersion, step.signal).catch(() => {
      // Unreadable is one thing; broken off is another: then the bind is left to whoever goes on.
      step.signal.throwIfAborted();
      return undefined;
    });
    const bound = await this.manager.bindSession(run.id, { raws: [...raws, snapshot], answers }, policy);
    // Given up by somebody in this very moment.
    if (isTerminal(bound.status)) await this.closing.close(bound, step.provider, step);
    return bound;
  }
}

/** A final state waits for its history: the follower hears it again and records it in its place. */
function reported({ state }: SessionSnapshot): SessionState {
  return isFinalState(state) ? 'SESSION_STATE_UNSPECIFIED' : state;
}
