import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import type { RunFailureCode } from '../errors/codes.js';
import { decide } from './decide.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import { RunManagerService, type Heard } from './run-manager.service.js';
import type { SendOutcome } from './send-step.js';
import { SessionCloseService } from './session-close.service.js';
import type { StartStep } from './start-step.js';
import { StreamConsumerService } from './stream-consumer.service.js';

/** Ends runs of which a message did not get through: a SessionStart, or one of the kickoff. */
@Injectable()
export class StartFailureService {
  constructor(
    private readonly manager: RunManagerService,
    private readonly sender: OutboundSenderService,
    private readonly closing: SessionCloseService,
    private readonly consumer: StreamConsumerService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The run, and the session that may be there. [status: failed] */
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
}

function textOf(message: OutboundMessage, { kind, ack, problem }: SendOutcome): string {
  if (kind === 'unanswered' && problem !== undefined) return problem.message;
  const reason =
    ack.reasons.length > 0 ? `: ${ack.reasons.join('; ')}` : ack.errorMessage ? `: ${ack.errorMessage}` : '';
  return `The runtime refused ${message.messageType} of ${message.sender} with ${ack.errorCode ?? 'no code'}${reason}`;
}
