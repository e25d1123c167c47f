import type { EventData } from '../contracts/events.js';
import type { JsonObject } from '../contracts/json.js';
import type { OutboundDraft, OutboundMessage } from '../contracts/outbound.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { gate } from '../errors/gate.js';
import { storedRefusal, toAppError } from './refusal.js';
import { refusalOf, type SendOutcome } from './send-step.js';

export interface MessageAnswer {
  readonly messageId: string;
  readonly ack: {
    readonly ok: true;
    readonly duplicate: boolean;
    readonly sessionState: string;
    readonly acceptedAt: string;
  };
}

/**
 * The answer to whoever asked for the message; throws the error that it amounts to. Without a key nobody is told to ask
 * again for what the runtime may have: under another id it would be a second message.
 */
export function answerOf(message: OutboundDraft, outcome: SendOutcome, isKeyed: boolean): MessageAnswer {
  const { kind, reached, ack, problem } = outcome;
  const mayBeRepeated = isKeyed || kind === 'answered' || !reached;
  if (problem !== undefined) throw named(message, problem, mayBeRepeated ? {} : { retryable: false });
  if (!ack.ok) throw named(message, toAppError(ack, refusedSentence(message)));
  const { duplicate, sessionState } = ack;
  const acceptedAt = isoTime(ack.acceptedAtUnixMs);
  return { messageId: message.messageId, ack: { ok: true, duplicate, sessionState, acceptedAt } };
}

/**
 * The answer that a message got before, with the runtime's acknowledgement as the log has it; throws the error if that was
 * the answer. undefined: there is none, and it may be sent again.
 */
export function repeatedAnswer(
  known: OutboundMessage,
  ack: EventData['message.sent']['ack'] | undefined,
): MessageAnswer | undefined {
  const { messageId, status, purpose, createdAt, answeredAt = createdAt } = known;
  if (status === 'accepted') {
    const { duplicate = false, sessionState = 'SESSION_STATE_UNSPECIFIED', acceptedAt = answeredAt } = ack ?? {};
    return { messageId, ack: { ok: true, duplicate, sessionState, acceptedAt } };
  }
  if (status === 'rejected') throw named(known, storedRefusal(known, refusedSentence(known)));
  if (purpose !== 'signal') return undefined;
  const sentence = 'Whether the runtime took this signal is unknown; it is not sent again.';
  throw named(known, new AppError('RUNTIME_TIMEOUT', sentence, { retryable: false }));
}

/** What became of a message whose sender has gone: it was heard, or nobody knows. */
export function leftOutcome(message: OutboundMessage, isHeard: boolean): SendOutcome {
  const problem = new AppError('RUNTIME_TIMEOUT', `No answer to ${message.messageType} was recorded.`);
  const unknown = refusalOf(problem, message);
  if (!isHeard) return { kind: 'unanswered', reached: true, ack: unknown, problem };
  const { errorCode: _code, errorMessage: _message, ...ack } = unknown;
  return { kind: 'answered', reached: true, ack: { ...ack, ok: true } };
}

/** Whether both say the same, whenever they were made. */
export function isSameMessage(a: OutboundDraft, b: OutboundDraft): boolean {
  return (
    a.purpose === b.purpose &&
    a.messageType === b.messageType &&
    a.sender === b.sender &&
    a.payloadEncoding === b.payloadEncoding &&
    a.payloadTypeName === b.payloadTypeName &&
    a.to.length === b.to.length &&
    a.to.every((id, index) => id === b.to[index]) &&
    Buffer.compare(a.payload, b.payload) === 0
  );
}

/** An error that says of which message it is. */
export function named({ messageId }: OutboundDraft, error: unknown, more: JsonObject = {}): AppError {
  const { code, message, details } = gate(error);
  return new AppError(code, message, { ...details, ...more, messageId }, { cause: error });
}

function refusedSentence({ messageType, sender }: OutboundDraft): string {
  return `The runtime refused ${messageType} of ${sender}`;
}
