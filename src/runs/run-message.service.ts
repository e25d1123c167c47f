import { Inject, Injectable } from '@nestjs/common';
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import { PAYLOAD_CODEC } from '../events/event-normalizer.service.js';
import type { EncodedPayload, PayloadCodec, PayloadEnvelope } from '../contracts/envelope.js';
import type { JsonObject } from '../contracts/json.js';
import type { OutboundDraft } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import type { MessageAnswer } from './message-answer.js';
import { MessageDeliveryService } from './message-delivery.service.js';
import { payloadOf } from './outbound-plan.js';
import { RunLedgerService } from './run-ledger.service.js';

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

/**
 * Sends into a running session on behalf of a participant whose credentials we hold. With an idempotency key the same
 * request is one message, however often it is made; without one each is another.
 */
@Injectable()
export class RunMessageService {
  constructor(
    private readonly ledger: RunLedgerService,
    private readonly delivery: MessageDeliveryService,
    @Inject(PAYLOAD_CODEC) private readonly codec: PayloadCodec,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async sendMessage(ref: string, input: MessageInput, idempotencyKey?: string): Promise<MessageAnswer> {
    const run = await this.runOf(ref);
    const encoded = this.codec.encode(run.modeName, input.messageType, input.payloadEnvelope ?? input.payload);
    const message = this.toOutbound(run, 'message', input.from, input.to ?? [], input.messageType, encoded);
    return this.deliver(run, message, idempotencyKey);
  }

  /** A Signal is ambient: it reaches everybody who watches signals and is never part of the session's history. */
  async sendSignal(ref: string, input: SignalInput, idempotencyKey?: string): Promise<MessageAnswer> {
    const run = await this.runOf(ref);
    const data = { ...input.data, ...(input.severity === undefined ? {} : { severity: input.severity }) };
    const encoded = this.codec.encode('', 'Signal', {
      signalType: input.signalType,
      data: Buffer.from(JSON.stringify(data)).toString('base64'),
      confidence: input.confidence ?? 0,
      correlationSessionId: run.sessionId,
    });
    const message = this.toOutbound(run, 'signal', input.from, input.to ?? [], 'Signal', encoded);
    return this.deliver(run, message, idempotencyKey);
  }

  private async runOf(ref: string): Promise<Run> {
    const { id } = await this.ledger.getRecord(ref);
    return this.ledger.getRun(id);
  }

  private deliver(run: Run, message: OutboundDraft, idempotencyKey: string | undefined): Promise<MessageAnswer> {
    if (idempotencyKey === undefined) return this.delivery.deliver(run, message);
    // A run's id is a UUID, and each is a space of its own.
    return this.delivery.deliverOnce(run, { ...message, messageId: uuidv5(idempotencyKey, run.id) });
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
      ...payloadOf(encoded),
      timestampUnixMs: nowMs,
      status: 'queued',
      createdAt: isoTime(nowMs),
    };
  }
}
