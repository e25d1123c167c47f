import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { Clock } from '../contracts/time.js';
import { AdmissionLines } from './admission-lines.stream.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import { untilLasting } from './patience.stream.js';
import { isAdmissionRefused, retryDelayMs } from './retry.js';
import type { SendOutcome } from './send-step.js';
import { ADMISSION_MS_MAX, type StartStep } from './start-step.js';

/**
 * Asks runtimes to open sessions. A runtime admits so many a minute of each sender; the runs of a sender that it admits no
 * more of stand in line, without a place and without a deadline, and only the first of them asks.
 */
@Injectable()
export class SessionStartService {
  private readonly log = new Logger(SessionStartService.name);
  private readonly lines = new AdmissionLines();

  constructor(
    private readonly sender: OutboundSenderService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Runs that stand in line. */
  get waiting(): number {
    return this.lines.waiting;
  }

  /**
   * Initialize and SessionStart, until the runtime accepts or refuses for good, the step's deadline passes, or its signal
   * aborts. Never rejects: a refusal that is not an acknowledgement (wrong credentials …) comes back as one.
   */
  async send(start: OutboundMessage, step: StartStep): Promise<SendOutcome> {
    const line = `${step.provider.kind} ${start.sender}`;
    if (!this.lines.has(line)) {
      const outcome = await this.once(start, step);
      if (!isAdmissionRefused(outcome.ack)) return outcome;
      this.log.warn({ message: 'no more sessions of a sender are admitted for now', sender: start.sender });
    }
    const until = this.clock.now() + ADMISSION_MS_MAX;
    step.place.leave();
    return this.lines.join(line, step.signal, () => this.untilAdmitted(start, step, until));
  }

  private async untilAdmitted(start: OutboundMessage, step: StartStep, until: number): Promise<SendOutcome> {
    for (let attempt = 0; ; attempt += 1) {
      await step.place.enter(step.signal);
      step.deadline = this.clock.now() + this.config.runs.startDeadlineMs;
      const outcome = await this.once(start, step);
      if (!isAdmissionRefused(outcome.ack) || this.clock.now() > until) return outcome;
      step.place.leave();
      await this.clock.sleep(retryDelayMs(attempt, Math.random()), step.signal);
    }
  }

  private async once(start: OutboundMessage, step: StartStep): Promise<SendOutcome> {
    const { provider, signal } = step;
    try {
      await untilLasting(() => provider.initialize(signal), { ...step, clock: this.clock });
    } catch (error) {
      return this.sender.failed(start, error, signal);
    }
    const outcome = await this.sender.send(start, provider, step.deadline, signal);
    step.left.session ||= outcome.reached;
    return outcome;
  }
}
