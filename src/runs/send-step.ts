import type { OutboundAnswer, OutboundDraft } from '../contracts/outbound.js';
import type { DecodedPayload } from '../contracts/envelope.js';
import type { IsoTime } from '../contracts/ids.js';
import type { RawDraft, SendAckInfo } from '../contracts/raw-event.js';
import type { RuntimeAck } from '../runtime/runtime-provider.interface.js';

/** A message of ours and the runtime's answer, as the raw event and the outbox entry that record them. */
export function toAnswer(
  message: OutboundDraft,
  decoded: DecodedPayload,
  ack: RuntimeAck,
  receivedAt: IsoTime,
): { readonly raw: RawDraft; readonly answer: OutboundAnswer } {
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
      payload: decoded.payload,
      payloadEncoding: message.payloadEncoding,
      ...(message.payloadTypeName === undefined ? {} : { payloadTypeName: message.payloadTypeName }),
      byteLength: message.payload.byteLength,
    },
  };
  return {
    raw: { kind: 'send-ack', receivedAt, info },
    answer: { messageId: message.messageId, status: ack.ok ? 'accepted' : 'rejected', ...refusal },
  };
}
