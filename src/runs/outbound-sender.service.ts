import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { PAYLOAD_CODEC } from '../events/event-normalizer.service.js';
import type { PayloadCodec } from '../contracts/envelope.js';
import type { OutboundDraft } from '../contracts/outbound.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeAck, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { toEnvelope } from './outbound-plan.js';
import { isTransientError, isTransientRefusal, retryDelayMs } from './retry.js';
import { toAnswer } from './send-step.js';

/** What came of a message: the runtime's word, or the last problem when the deadline passed without one. */
export type SendOutcome =
  { readonly kind: 'answered'; readonly ack: RuntimeAck } | { readonly kind: 'unanswered'; readonly problem: AppError };

/** Sends stored messages. Repeating is safe: the same id and bytes go out, and the runtime answers `duplicate`. */
@Injectable()
export class OutboundSenderService {
  constructor(
    @Inject(PAYLOAD_CODEC) private readonly codec: PayloadCodec,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Sends until the runtime accepts or refuses for good. What may pass (unreachable, rate limited …) is repeated with
   * growing waits until `deadline` (epoch milliseconds); anything else is thrown as it came.
   */
  async send(
    message: OutboundDraft,
    provider: RuntimeProvider,
    deadline: number,
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    for (let attempt = 0; ; attempt += 1) {
      const problem = await this.once(message, provider, signal).catch(toTransientProblem);
      if (!(problem instanceof AppError)) return { kind: 'answered', ack: problem };
      const delay = retryDelayMs(attempt, Math.random());
      if (signal.aborted || this.clock.now() + delay > deadline) return { kind: 'unanswered', problem };
      await this.clock.sleep(delay, signal);
    }
  }

  /** The answer as the raw event and the outbox entry that record it. */
  answered(message: OutboundDraft, ack: RuntimeAck) {
    const ambient = message.purpose === 'signal';
    const decoded = this.codec.decode(ambient ? '' : message.modeName, message.messageType, message.payload);
    return toAnswer(message, decoded, ack, isoTime(this.clock.now()));
  }

  private async once(
    message: OutboundDraft,
    provider: RuntimeProvider,
    signal: AbortSignal,
  ): Promise<RuntimeAck | AppError> {
    const envelope = toEnvelope(message);
    const ack =
      message.purpose === 'session-start'
        ? await provider.startSession(envelope, signal)
        : await provider.send(envelope, signal);
    return isTransientRefusal(ack)
      ? new AppError('RATE_LIMITED', `The runtime refused ${message.messageType} for now: ${ack.errorCode ?? ''}.`)
      : ack;
  }
}

function toTransientProblem(error: unknown): AppError {
  if (error instanceof AppError && isTransientError(error)) return error;
  throw error;
}
