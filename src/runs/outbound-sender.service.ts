import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { NORMALIZE_SETTINGS, PAYLOAD_CODEC, type NormalizeSettings } from '../events/event-normalizer.service.js';
import { isAborted } from '../contracts/aborted.js';
import type { PayloadCodec } from '../contracts/envelope.js';
import type { OutboundDraft } from '../contracts/outbound.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { gate } from '../errors/gate.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { cleanPayload } from '../storage/clean-payload.js';
import { toEnvelope } from './outbound-plan.js';
import { toAppError } from './refusal.js';
import { isAdmissionRefused, isTransientError, isTransientRefusal, isUnsent, retryDelayMs } from './retry.js';
import { refusalOf, toRecord, type RecordedSend, type SendOutcome } from './send-step.js';

/**
 * How long the answer to a SessionStart is waited for once its run is given up: whoever gives it up should know whether
 * there is a session. Well within the time that a process has to leave. Milliseconds.
 */
const START_GRACE_MS = 3_000;

/** Sends stored messages. Repeating is safe: the same id and bytes go out, and the runtime answers `duplicate`. */
@Injectable()
export class OutboundSenderService {
  private readonly log = new Logger(OutboundSenderService.name);

  constructor(
    @Inject(PAYLOAD_CODEC) private readonly codec: PayloadCodec,
    @Inject(NORMALIZE_SETTINGS) private readonly settings: NormalizeSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Sends until the runtime accepts or refuses for good. What may pass (unreachable, rate limited …) is repeated with
   * growing waits until `deadline` (epoch milliseconds), or until `signal` aborts, after which nothing is sent. Whoever opens
   * a session hears of a rate limit at once, since that is waited for without a deadline. Never rejects.
   */
  async send(
    message: OutboundDraft,
    provider: RuntimeProvider,
    deadline: number,
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    let reached = false;
    for (let attempt = 0; !isAborted(signal); attempt += 1) {
      const outcome = await this.once(message, provider, signal);
      reached ||= outcome.reached;
      if (outcome.kind === 'answered' || (isOpening(message) && isAdmissionRefused(outcome.ack)))
        return { ...outcome, reached };
      const delay = retryDelayMs(attempt, Math.random());
      if (signal.aborted || this.clock.now() + delay > deadline) return { ...outcome, reached };
      await this.clock.sleep(delay, signal);
    }
    return { ...this.failed(message, signal.reason, signal), reached };
  }

  /** What an error makes of a message that was sent, or could not even be; which of them, the caller knows. */
  failed(message: OutboundDraft, error: unknown, signal: AbortSignal): SendOutcome {
    // Broken off by whoever waits for it: what the runtime made of it is unknown.
    const isBrokenOff = signal.aborted;
    const problem = isBrokenOff
      ? new AppError('RUNTIME_TIMEOUT', `The runtime did not answer ${message.messageType} in time.`)
      : gate(error);
    if (problem.code === 'INTERNAL_ERROR') {
      this.log.error({ message: 'a message could not be sent', runId: message.runId, err: error });
    }
    const kind = isBrokenOff || isTransientError(problem) ? 'unanswered' : 'answered';
    return { kind, reached: false, ack: refusalOf(problem, message), problem };
  }

  /** The outcome as the raw event and the outbox entry that record it. */
  recorded(message: OutboundDraft, outcome: SendOutcome): RecordedSend {
    const mode = message.purpose === 'signal' ? '' : message.modeName;
    const decoded = this.codec.decode(mode, message.messageType, message.payload);
    const clean = cleanPayload(decoded.payload, this.settings.redactPaths);
    const truncated = [...(decoded.truncated ?? []), ...clean.truncated];
    return toRecord(message, { ...decoded, ...clean, truncated }, outcome, isoTime(this.clock.now()));
  }

  private async once(message: OutboundDraft, provider: RuntimeProvider, signal: AbortSignal): Promise<SendOutcome> {
    const envelope = toEnvelope(message);
    try {
      const ack =
        message.purpose === 'session-start'
          ? await this.withGrace((late) => provider.startSession(envelope, late), signal)
          : await provider.send(envelope, signal);
      if (!isTransientRefusal(ack)) return { kind: 'answered', reached: true, ack };
      const problem = toAppError(ack, `The runtime refused ${message.messageType} for now`);
      return { kind: 'unanswered', reached: true, ack, problem };
    } catch (error) {
      return { ...this.failed(message, error, signal), reached: !(error instanceof AppError && isUnsent(error)) };
    }
  }

  /** A call whose own signal aborts START_GRACE_MS after the given one. */
  private async withGrace<T>(call: (late: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const late = new AbortController();
    const ended = new AbortController();
    const wait = (): void => void this.clock.sleep(START_GRACE_MS, ended.signal).then(() => late.abort());
    signal.addEventListener('abort', wait, { once: true });
    try {
      return await call(late.signal);
    } finally {
      signal.removeEventListener('abort', wait);
      ended.abort();
    }
  }
}

function isOpening({ purpose }: OutboundDraft): boolean {
  return purpose === 'session-start' || purpose === 'kickoff';
}
