import type { EncodedPayload, PayloadCodec, WireEnvelope } from '../contracts/envelope.js';
import type { ExecutionRequest, KickoffMessage, SessionSpec } from '../contracts/execution-request.js';
import type { IsoTime, RunId, SessionId } from '../contracts/ids.js';
import type { JsonObject } from '../contracts/json.js';
import type { OutboundDraft, OutboundMessage } from '../contracts/outbound.js';
import type { OutboundKind } from '../contracts/raw-event.js';
import { AppError } from '../errors/app-error.js';

export const MACP_VERSION = '1.0';

/** Key under which the caller's `session.context` travels in SessionStart extensions. */
export const CONTEXT_EXTENSION = 'context';

export interface PlanInput {
  readonly runId: RunId;
  readonly sessionId: SessionId;
  readonly request: ExecutionRequest;
  readonly createdAt: IsoTime;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly codec: PayloadCodec;
}

/** Who opens the session: the named initiator, else the sender of the first kickoff message, else the first participant. */
export function initiatorOf(request: ExecutionRequest): string {
  const { session, kickoff } = request;
  return session.initiatorParticipantId ?? kickoff[0]?.from ?? session.participants[0]?.id ?? '';
}

/** Same run and step, same id: repeating a step after a crash is a duplicate for the runtime, never a second message. */
export function messageIdOf(runId: RunId, step: number): string {
  return `${runId}:${step}`;
}

/** Everything a run will send until it is running, encoded and numbered, before anything is sent. Step 0 is SessionStart. */
export function planOutbound(input: PlanInput): readonly OutboundMessage[] {
  const start = sessionStart(input);
  const kickoff = input.request.kickoff.map((message, index) => kickoffMessage(input, message, index + 1));
  return [start, ...kickoff];
}

function sessionStart(input: PlanInput): OutboundMessage {
  const { session } = input.request;
  const initiator = initiatorOf(input.request);
  const encoded = input.codec.encode(session.modeName, 'SessionStart', {
    intent: session.intent ?? '',
    participants: session.participants.map((participant) => participant.id),
    modeVersion: session.modeVersion,
    configurationVersion: session.configurationVersion,
    policyVersion: session.policyVersion ?? '',
    ttlMs: session.ttlMs,
    roots: (session.roots ?? []).map((root) => ({ uri: root.uri, name: root.name ?? '' })),
    contextId: session.contextId ?? '',
    extensions: extensionsOf(session, input.codec),
  });
  return {
    ...base(input, 0, 'session-start'),
    messageType: 'SessionStart',
    sender: initiator,
    to: session.participants.map((participant) => participant.id).filter((id) => id !== initiator),
    ...payloadOf(encoded),
    // Zero lets the runtime take its own clock: a deadline counted from ours would shrink while the run waits its turn.
    timestampUnixMs: 0,
  };
}

function extensionsOf(session: SessionSpec, codec: PayloadCodec): JsonObject {
  const given = Object.entries(session.extensions ?? {}).map(
    ([key, envelope]) => [key, base64(codec.encode('', '', envelope).bytes)] as const,
  );
  const context = session.contextEnvelope ?? contextEnvelope(session.context);
  if (context === undefined) return Object.fromEntries(given);
  if (session.extensions?.[CONTEXT_EXTENSION] !== undefined) {
    throw new AppError(
      'VALIDATION_ERROR',
      `session.context and session.extensions.${CONTEXT_EXTENSION} contradict each other.`,
    );
  }
  return Object.fromEntries([...given, [CONTEXT_EXTENSION, base64(codec.encode('', '', context).bytes)] as const]);
}

function contextEnvelope(context: JsonObject | string | undefined) {
  if (context === undefined) return undefined;
  return typeof context === 'string'
    ? ({ encoding: 'text', text: context } as const)
    : ({ encoding: 'json', json: context } as const);
}

function kickoffMessage(input: PlanInput, message: KickoffMessage, step: number): OutboundMessage {
  const encoded = input.codec.encode(
    input.request.session.modeName,
    message.messageType,
    message.payloadEnvelope ?? message.payload,
  );
  return {
    ...base(input, step, 'kickoff'),
    messageType: message.messageType,
    sender: message.from,
    to: message.to,
    ...payloadOf(encoded),
    timestampUnixMs: input.nowMs,
  };
}

function base(input: PlanInput, step: number, purpose: OutboundKind) {
  return {
    runId: input.runId,
    step,
    messageId: messageIdOf(input.runId, step),
    purpose,
    modeName: input.request.session.modeName,
    sessionId: input.sessionId,
    status: 'queued',
    createdAt: input.createdAt,
  } as const;
}

/** The envelope of a stored message; ambient signals carry neither session nor mode. */
export function toEnvelope(message: OutboundDraft): WireEnvelope {
  const ambient = message.purpose === 'signal';
  return {
    macpVersion: MACP_VERSION,
    mode: ambient ? '' : message.modeName,
    messageType: message.messageType,
    messageId: message.messageId,
    sessionId: ambient ? '' : message.sessionId,
    sender: message.sender,
    timestampUnixMs: message.timestampUnixMs,
    payload: message.payload,
  };
}

/** An encoded payload as a stored message has it. */
export function payloadOf({ bytes, encoding, typeName }: EncodedPayload) {
  return {
    payload: bytes,
    payloadEncoding: encoding,
    ...(typeName === undefined ? {} : { payloadTypeName: typeName }),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
