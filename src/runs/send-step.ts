import type { DecodedPayload } from '../contracts/envelope.js';
import type { OutboundAnswer, OutboundDraft, OutboundStatus } from '../contracts/outbound.js';
import type { IsoTime } from '../contracts/ids.js';
import type { RawDraft, SendAckInfo } from '../contracts/raw-event.js';
import type { AppError } from '../errors/app-error.js';
import type { RuntimeAck } from '../runtime/runtime-provider.interface.js';

/** What came of a message. */
export interface SendOutcome {
  /** `unanswered`: time was up, and what became of the message is unknown. */
  readonly kind: 'answered' | 'unanswered';
  /** Whether the runtime may have heard of the message, by any attempt. */
  readonly reached: boolean;
  /** The runtime's word, or what stands for it on record. */
  readonly ack: RuntimeAck;
  /** Why there is no acceptance, where it came as an error or never came. */
  readonly problem?: AppError;
}

/** How an outcome is recorded: the raw event and the outbox entry. */
export interface RecordedSend {
  readonly raws: readonly RawDraft[];
  readonly answers: readonly OutboundAnswer[];
}

/** The payload comes decoded and redacted, since it is stored as it is given here. */
export function toRecord(
  message: OutboundDraft,
  { payload, encoding, typeName, truncated = [] }: DecodedPayload,
  { kind, ack }: SendOutcome,
  receivedAt: IsoTime,
): RecordedSend {
  const refusal = ack.ok ? {} : { errorCode: ack.errorCode ?? 'UNKNOWN', errorMessage: ack.errorMessage ?? '' };
  const info: SendAckInfo = {
    purpose: message.purpose,
    ok: ack.ok,
    duplicate: ack.duplicate,
    sessionState: ack.sessionState,
    acceptedAtUnixMs: ack.acceptedAtUnixMs,
    ...refusal,
    ...(ack.reasons.length > 0 ? { reasons: ack.reasons } : {}),
    message: {
      modeName: message.modeName,
      messageType: message.messageType,
      messageId: message.messageId,
      sessionId: message.sessionId,
      sender: message.sender,
      to: message.to,
      payload,
      decoded: {
        encoding,
        ...(typeName === undefined ? {} : { typeName }),
        ...(truncated.length === 0 ? {} : { truncated }),
      },
      payloadEncoding: message.payloadEncoding,
      ...(message.payloadTypeName === undefined ? {} : { payloadTypeName: message.payloadTypeName }),
      byteLength: message.payload.byteLength,
    },
  };
  const status: OutboundStatus = kind === 'unanswered' ? 'unknown' : ack.ok ? 'accepted' : 'rejected';
  return {
    raws: [{ kind: 'send-ack', receivedAt, info }],
    answers: [{ messageId: message.messageId, status, ...refusal }],
  };
}

/** An error as the refusal that it amounts to. */
export function refusalOf(error: AppError, message: OutboundDraft): RuntimeAck {
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
