import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import { isTerminal, type Run } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import type { RunFailureCode } from '../errors/codes.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { decide } from './decide.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunManagerService, type Heard } from './run-manager.service.js';
import type { SendOutcome } from './send-step.js';
import { SessionCloseService } from './session-close.service.js';
import type { Errand } from './start-places.stream.js';
import { StreamConsumerService } from './stream-consumer.service.js';

/** How often the run is looked at while its session takes no kickoff message. Milliseconds. */
const LOOK_MS = 1_000;
/** How long the session may refuse for its state what the follower knows nothing of. Milliseconds. */
const CLOSED_MS_MAX = 60_000;

/** Answers that say that the session stands still or has ended, so that its state decides and not the refusal. */
const SESSION_CODES: ReadonlySet<string> = new Set(['SESSION_NOT_OPEN', 'SESSION_NOT_FOUND']);

/** How a run is being started. */
export interface StartStep extends Errand {
  readonly provider: RuntimeProvider;
  /** Epoch milliseconds until which what may pass is repeated. */
  readonly deadline: number;
}

/** Sends the kickoff of a run into its session. What was sent is known by its answer, whatever the run is meanwhile. */
@Injectable()
export class RunKickoffService {
  constructor(
    private readonly manager: RunManagerService,
    private readonly ledger: RunLedgerService,
    private readonly sender: OutboundSenderService,
    private readonly closing: SessionCloseService,
    private readonly consumer: StreamConsumerService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** [status: running, unless the session is suspended, or has ended, by then] */
  async send(bound: Run, messages: readonly OutboundMessage[], given: StartStep): Promise<Run> {
    const { signal } = given;
    const waiting = [...messages];
    // What others have long been playing does not end for a message that never got in.
    const isUnderWay = bound.status === 'running';
    let run = bound;
    let step = given;
    await this.untilStanding(run, step);
    while (!isTerminal(run.status) && !signal.aborted) {
      const [next] = waiting;
      if (next === undefined) return this.manager.markRunning(run.id);
      if (run.status === 'suspended') {
        run = await this.untilResumed(run, step);
        // The time that it stood still is not the runtime's fault.
        step = { ...step, deadline: this.clock.now() + this.config.runs.startDeadlineMs };
      } else {
        const offered = await this.offer(run, next, step, isUnderWay);
        run = offered.run;
        if (offered.isTaken) waiting.shift();
      }
    }
    return run;
  }

  /** Resolves when the run's subscription stands, so that nothing is missed; when it takes too long, without it. */
  async untilStanding(run: Run, { provider, recovered, deadline, signal }: StartStep): Promise<void> {
    const wait = new AbortController();
    const either = AbortSignal.any([signal, wait.signal]);
    const stands = this.consumer.observe(run, provider, recovered, either);
    await Promise.race([stands, this.clock.sleep(Math.max(deadline - this.clock.now(), 0), either)]);
    wait.abort();
  }

  /** Ends the run for a message that did not get through, and the session that may be there. [status: failed] */
  async fail(
    run: Run,
    message: OutboundMessage,
    outcome: SendOutcome,
    code: RunFailureCode,
    step: StartStep,
  ): Promise<Run> {
    const failed = await this.manager.hear(run.id, this.refusal(message, outcome, code));
    await this.closing.close(failed, step.provider, step);
    // Whoever follows the session knows of no failure of ours: from here on it looks for what has become of it.
    this.consumer.start(failed);
    return failed;
  }

  /** That a message did not get through, and that its run fails for it. */
  refusal(message: OutboundMessage, outcome: SendOutcome, code: RunFailureCode): Heard {
    const now = isoTime(this.clock.now());
    const failure = { type: 'fail', code, message: textOf(message, outcome) } as const;
    return { ...this.sender.recorded(message, outcome), then: (current) => decide(current, failure, now) };
  }

  /** One message, until it is taken, or the run is suspended or over. Where a run is under way, a refusal is noted only. */
  private async offer(offering: Run, message: OutboundMessage, step: StartStep, isUnderWay: boolean) {
    const { provider, deadline, signal } = step;
    const closedMax = this.clock.now() + CLOSED_MS_MAX;
    let run = offering;
    while (!isTerminal(run.status) && run.status !== 'suspended') {
      const outcome = await this.sender.send(message, provider, deadline, signal);
      if (!outcome.ack.ok && signal.aborted) break;
      const isClosed = SESSION_CODES.has(outcome.ack.errorCode ?? '') && this.clock.now() <= closedMax;
      if (outcome.ack.ok || (isUnderWay && !isClosed)) {
        run = await this.manager.hear(run.id, this.sender.recorded(message, outcome));
        return { run, isTaken: true };
      }
      run = isClosed ? await this.look(run, step) : await this.fail(run, message, outcome, 'KICKOFF_REJECTED', step);
    }
    return { run, isTaken: false };
  }

  /** Without a place: nobody knows how long it takes. */
  private async untilResumed(suspended: Run, step: StartStep): Promise<Run> {
    let run = suspended;
    step.place.leave();
    while (run.status === 'suspended' && !step.signal.aborted) run = await this.look(run, step);
    await step.place.enter(step.signal);
    return run;
  }

  /** The run as it is a little later; the follower learns what has become of its session, and records it. */
  private async look(run: Run, { signal }: StartStep): Promise<Run> {
    this.consumer.start(run);
    await this.clock.sleep(LOOK_MS, signal);
    return this.ledger.getRun(run.id);
  }
}

function textOf(message: OutboundMessage, { kind, ack, problem }: SendOutcome): string {
  if (kind === 'unanswered' && problem !== undefined) return problem.message;
  const reason =
    ack.reasons.length > 0 ? `: ${ack.reasons.join('; ')}` : ack.errorMessage ? `: ${ack.errorMessage}` : '';
  return `The runtime refused ${message.messageType} of ${message.sender} with ${ack.errorCode ?? 'no code'}${reason}`;
}
