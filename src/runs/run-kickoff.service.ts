import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import { isTerminal, type Run } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { speakerOf } from './decide.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import { RunLedgerService } from './run-ledger.service.js';
import { isAdmissionRefused, retryDelayMs } from './retry.js';
import { RunManagerService } from './run-manager.service.js';
import { SessionStartService, type Barrier } from './session-start.service.js';
import { StartFailureService } from './start-failure.service.js';
import { ADMISSION_MS_MAX, type StartStep } from './start-step.js';
import { StreamConsumerService } from './stream-consumer.service.js';

/** How often the run is looked at while its session takes no kickoff message. Milliseconds. */
const LOOK_MS = 1_000;
/** How long the session may refuse for its state what the follower knows nothing of. Milliseconds. */
const CLOSED_MS_MAX = 60_000;

/** Answers that say that the session stands still or has ended, so that its state decides and not the refusal. */
const SESSION_CODES: ReadonlySet<string> = new Set(['SESSION_NOT_OPEN', 'SESSION_NOT_FOUND']);

/** Sends the kickoff of a run into its session. What was sent is known by its answer, whatever the run is meanwhile. */
@Injectable()
export class RunKickoffService {
  constructor(
    private readonly manager: RunManagerService,
    private readonly ledger: RunLedgerService,
    private readonly sender: OutboundSenderService,
    private readonly starts: SessionStartService,
    private readonly failure: StartFailureService,
    private readonly consumer: StreamConsumerService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** [status: running, unless the session is suspended, or has ended, by then] */
  async send(bound: Run, messages: readonly OutboundMessage[], step: StartStep): Promise<Run> {
    const barrier = this.starts.barrier(bound.runtimeKind, speakerOf(bound));
    try {
      return await this.sendAll(bound, messages, step, barrier);
    } finally {
      barrier.lower();
    }
  }

  private async sendAll(
    bound: Run,
    messages: readonly OutboundMessage[],
    step: StartStep,
    barrier: Barrier,
  ): Promise<Run> {
    const { signal } = step;
    const waiting = [...messages];
    let run = bound;
    await this.untilStanding(run, step);
    while (!isTerminal(run.status) && !signal.aborted) {
      const [next] = waiting;
      if (next === undefined) return this.manager.markRunning(run.id);
      if (run.status === 'suspended') {
        barrier.lower();
        run = await this.untilResumed(run, step);
      } else {
        const offered = await this.offer(run, next, step, barrier);
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

  /** One message, until it is taken, or the run is suspended or over. Where a run is under way, a refusal is noted only. */
  private async offer(offering: Run, message: OutboundMessage, step: StartStep, barrier: Barrier) {
    const { provider, signal, left } = step;
    // A session that others have long been playing does not end for a message that never got in.
    const isUnderWay = left.session !== true;
    const admittedMax = this.clock.now() + ADMISSION_MS_MAX;
    let closedMax = this.clock.now() + CLOSED_MS_MAX;
    let run = offering;
    for (let attempt = 0; !isTerminal(run.status) && run.status !== 'suspended'; attempt += 1) {
      const outcome = await this.sender.send(message, provider, step.deadline, signal);
      if (!outcome.ack.ok && signal.aborted) break;
      const now = this.clock.now();
      if (isAdmissionRefused(outcome.ack) && now <= admittedMax) {
        // Not only until it is offered again: a run that begins between two refusals would open one more session.
        barrier.raise();
        run = await this.untilLater(run, step, attempt);
        closedMax = this.clock.now() + CLOSED_MS_MAX;
        continue;
      }
      const isClosed = SESSION_CODES.has(outcome.ack.errorCode ?? '') && now <= closedMax;
      if (outcome.ack.ok || (isUnderWay && !isClosed)) {
        run = await this.manager.hear(run.id, this.sender.recorded(message, outcome));
        return { run, isTaken: true };
      }
      run = isClosed
        ? await this.look(run, step)
        : await this.failure.fail(run, message, outcome, 'KICKOFF_REJECTED', step);
    }
    return { run, isTaken: false };
  }

  /** Without a place: nobody knows how long it takes. */
  private async untilResumed(suspended: Run, step: StartStep): Promise<Run> {
    let run = suspended;
    step.place.leave();
    while (run.status === 'suspended' && !step.signal.aborted) run = await this.look(run, step);
    await this.goOn(step);
    return run;
  }

  /** The run a little later, when the runtime may take more of this sender again. Without a place, so that others may start. */
  private async untilLater(run: Run, step: StartStep, attempt: number): Promise<Run> {
    step.place.leave();
    const later = await this.look(run, step, retryDelayMs(attempt, Math.random()));
    await this.goOn(step);
    return later;
  }

  /** In its place again. The time that it stood still is not the runtime's fault. */
  private async goOn(step: StartStep): Promise<void> {
    await step.place.enter(step.signal);
    step.deadline = this.clock.now() + this.config.runs.startDeadlineMs;
  }

  /** The run as it is a little later; the follower learns what has become of its session, and records it. */
  private async look(run: Run, { signal }: StartStep, afterMs = LOOK_MS): Promise<Run> {
    this.consumer.start(run);
    await this.clock.sleep(afterMs, signal);
    return this.ledger.getRun(run.id);
  }
}
