import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import { PAYLOAD_CODEC } from '../events/event-normalizer.service.js';
import type { EncodedPayload, PayloadCodec, PayloadEnvelope } from '../contracts/envelope.js';
import type { JsonObject } from '../contracts/json.js';
import type { OutboundDraft } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeAck } from '../runtime/runtime-provider.interface.js';
import { OutboundSenderService } from './outbound-sender.service.js';
import { missingCredentials } from '../runtime/permission.js';
import { toAppError } from './refusal.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunManagerService } from './run-manager.service.js';
import { RuntimeSelectorService } from './runtime-selector.service.js';

/** How long a message sent on request may be repeated while the runtime is away. Milliseconds. */
const SEND_MS_MAX = 10_000;

export interface MessageInput {
  readonly from: string;
  readonly to?: readonly string[] | undefined;
  readonly messageType: string;
  readonly payload?: JsonObject | undefined;
  readonly payloadEnvelope?: PayloadEnvelope | undefined;
}

export interface SignalInput {
  readonly from: string;
  readonly to?: readonly string[] | undefined;
  readonly signalType: string;
  readonly data?: JsonObject | undefined;
  /** 0–1. */
  readonly confidence?: number | undefined;
  readonly severity?: string | undefined;
}

export interface MessageAnswer {
  readonly messageId: string;
  readonly ack: {
    readonly ok: true;
    readonly duplicate: boolean;
    readonly sessionState: string;
    readonly acceptedAt: string;
  };
}

/** Sends into a running session on behalf of a participant whose credentials we hold. */
@Injectable()
export class RunMessageService {
  constructor(
    private readonly ledger: RunLedgerService,
    private readonly manager: RunManagerService,
    private readonly selector: RuntimeSelectorService,
    private readonly sender: OutboundSenderService,
    @Inject(PAYLOAD_CODEC) private readonly codec: PayloadCodec,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async sendMessage(ref: string, input: MessageInput): Promise<MessageAnswer> {
    const run = await this.runningRun(ref);
    const encoded = this.codec.encode(run.modeName, input.messageType, input.payloadEnvelope ?? input.payload);
    return this.deliver(run, this.toOutbound(run, 'message', input.from, input.to ?? [], input.messageType, encoded));
  }

  /** A Signal is ambient: it reaches everybody who watches signals and is never part of the session's history. */
  async sendSignal(ref: string, input: SignalInput): Promise<MessageAnswer> {
    const run = await this.runningRun(ref);
    const data = { ...input.data, ...(input.severity === undefined ? {} : { severity: input.severity }) };
    const encoded = this.codec.encode('', 'Signal', {
      signalType: input.signalType,
      data: Buffer.from(JSON.stringify(data)).toString('base64'),
      confidence: input.confidence ?? 0,
      correlationSessionId: run.sessionId,
    });
    return this.deliver(run, this.toOutbound(run, 'signal', input.from, input.to ?? [], 'Signal', encoded));
  }

  private async runningRun(ref: string): Promise<Run> {
    const { id } = await this.ledger.getRecord(ref);
    const run = await this.ledger.getRun(id);
    if (run.status === 'running') return run;
    throw new AppError('INVALID_STATE_TRANSITION', `A ${run.status} run takes no messages.`, {
      runId: id,
      status: run.status,
    });
  }

  private toOutbound(
    run: Run,
    purpose: 'message' | 'signal',
    from: string,
    to: readonly string[],
    messageType: string,
    encoded: EncodedPayload,
  ): OutboundDraft {
    const nowMs = this.clock.now();
    return {
      runId: run.id,
      messageId: uuidv7(),
      purpose,
      modeName: run.modeName,
      messageType,
      sessionId: run.sessionId,
      sender: from,
      to,
      payload: encoded.bytes,
      payloadEncoding: encoded.encoding,
      ...(encoded.typeName === undefined ? {} : { payloadTypeName: encoded.typeName }),
      timestampUnixMs: nowMs,
      status: 'queued',
      createdAt: isoTime(nowMs),
    };
  }

  private async deliver(run: Run, message: OutboundDraft): Promise<MessageAnswer> {
    const provider = await this.selector.forKind(run.runtimeKind);
    if (!provider.hasCredentialsFor(message.sender)) throw missingCredentials('Send', message.sender);
    await this.manager.hear(run.id, { raws: [], queue: [message] });
    const deadline = this.clock.now() + SEND_MS_MAX;
    const outcome = await this.sender.send(message, provider, deadline, AbortSignal.timeout(SEND_MS_MAX));
    await this.manager.hear(run.id, this.sender.recorded(message, outcome));
    if (outcome.problem !== undefined) throw outcome.problem;
    return this.toMessageAnswer(message, outcome.ack);
  }

  private toMessageAnswer(message: OutboundDraft, ack: RuntimeAck): MessageAnswer {
    if (!ack.ok) throw toAppError(ack, `The runtime refused ${message.messageType} of ${message.sender}`);
    return {
      messageId: message.messageId,
      ack: {
        ok: true,
        duplicate: ack.duplicate,
        sessionState: ack.sessionState,
        acceptedAt: isoTime(ack.acceptedAtUnixMs),
      },
    };
  }
}
