import type { EventData, EventDraft } from '../../contracts/events.js';
import type { OutboundKind, SendAckInfo } from '../../contracts/raw-event.js';
import type { Run } from '../../contracts/run.js';
import { isoTime } from '../../contracts/time.js';
import { cut, storable } from '../../contracts/text.js';
import { cleanPayload } from '../../storage/clean-payload.js';
import { DEFAULT_POLICY } from '../session-metadata.js';
import type { NormalizeEnv, RawOf } from './env.js';
import { firstText, isBlank, optional, textIn } from './text.js';

/** Longest error code and error message kept, in UTF-16 units. */
const ERROR_UNITS_MAX = 500;

/** The two names of a policy's refusal: the runtime's internal one, on streams, and the registry's. */
const POLICY_DENIALS: ReadonlySet<string> = new Set(['PolicyDenied', 'POLICY_DENIED']);

/** The runtime's answer to a message of ours. An accepted SessionStart is recorded by the snapshot that follows it. */
export function normalizeAck(run: Run, raw: RawOf<'send-ack'>, env: NormalizeEnv): readonly EventDraft[] {
  const { info } = raw;
  const at = { ts: raw.receivedAt, source: { kind: 'runtime', name: env.sourceName, rawType: raw.kind } } as const;
  const { messageType } = info.message;
  const messageId = isBlank(info.message.messageId) ? String(raw.position) : storable(info.message.messageId);
  if (!info.ok) return refused(run, info, messageId, at);
  if (info.purpose === 'session-start') return [];
  const subject = { kind: messageType === 'Signal' ? 'signal' : 'message', id: messageId } as const;
  return [{ ...at, type: 'message.sent', subject, data: sentData(info, info.purpose, env) }];
}

/**
 * An error on the stream. It names no message, so only its place tells it from others. Driver runs send nothing on
 * the stream: there it is trouble with the subscription, which session.stream.opened tells of.
 */
export function normalizeInlineError(
  run: Run,
  raw: RawOf<'stream-inline-error'>,
  env: NormalizeEnv,
): readonly EventDraft[] {
  const { info } = raw;
  const at = { ts: raw.receivedAt, source: { kind: 'runtime', name: env.sourceName, rawType: raw.kind } } as const;
  const errorMessage = bounded(firstText(info.message, info.code));
  if (POLICY_DENIALS.has(info.code)) return [denied(run, at, { errorMessage, reasons: reasonsIn(info.reasons) })];
  if (run.executionMode === 'driver') return [];
  const data = {
    sessionId: storable(firstText(info.sessionId ?? '', run.sessionId)),
    errorCode: bounded(firstText(info.code, 'UNKNOWN')),
    errorMessage,
  };
  return [{ ...at, type: 'message.send_failed', subject: { kind: 'message', id: String(raw.position) }, data }];
}

type At = Pick<EventDraft, 'ts' | 'source'>;

function refused(run: Run, info: SendAckInfo, messageId: string, at: At): readonly EventDraft[] {
  const { message } = info;
  const errorCode = bounded(firstText(info.errorCode ?? '', 'UNKNOWN'));
  const errorMessage = bounded(firstText(info.errorMessage ?? '', errorCode));
  const failed: EventDraft = {
    ...at,
    type: 'message.send_failed',
    subject: { kind: 'message', id: messageId },
    data: {
      sessionId: storable(message.sessionId),
      sender: storable(message.sender),
      to: message.to.map(storable),
      messageType: storable(message.messageType),
      messageId: storable(message.messageId),
      errorCode,
      errorMessage,
      kind: info.purpose,
    },
  };
  if (!POLICY_DENIALS.has(errorCode)) return [failed];
  const commitmentId = message.messageType === 'Commitment' ? storable(textIn(message.payload, 'commitmentId')) : '';
  const named = {
    messageType: storable(message.messageType),
    messageId: storable(message.messageId),
    ...optional('commitmentId', commitmentId === '' ? undefined : commitmentId),
  };
  return [failed, denied(run, at, { ...named, errorMessage, reasons: reasonsIn(info.reasons) })];
}

type Denial = Pick<
  EventData['policy.denied'],
  'messageType' | 'messageId' | 'commitmentId' | 'errorMessage' | 'reasons'
>;

function denied(run: Run, at: At, denial: Denial): EventDraft {
  const policyVersion = firstText(run.session.policyVersion, DEFAULT_POLICY);
  const subject = { kind: 'policy', id: policyVersion } as const;
  const data = { policyVersion, ...denial, errorCode: 'POLICY_DENIED', decision: 'deny' } as const;
  return { ...at, type: 'policy.denied', subject, data };
}

function sentData(
  info: SendAckInfo,
  kind: Exclude<OutboundKind, 'session-start'>,
  env: NormalizeEnv,
): EventData['message.sent'] {
  const { message } = info;
  const sender = storable(message.sender);
  const { decoded } = message;
  const clean = cleanPayload(message.payload, env.redactPaths);
  const truncated = [...(decoded.truncated ?? []).map(storable), ...clean.truncated];
  return {
    modeName: storable(message.modeName),
    messageType: storable(message.messageType),
    messageId: storable(message.messageId),
    sessionId: storable(message.sessionId),
    sender,
    participantId: sender,
    from: sender,
    to: message.to.map(storable),
    payload: clean.payload,
    payloadEncoding: decoded.encoding,
    ...optional('payloadTypeName', decoded.typeName),
    ...(truncated.length === 0 ? {} : { truncated }),
    kind,
    ack: {
      ok: true,
      duplicate: info.duplicate,
      sessionState: info.sessionState,
      ...(Number.isFinite(info.acceptedAtUnixMs) && info.acceptedAtUnixMs > 0
        ? { acceptedAt: isoTime(info.acceptedAtUnixMs) }
        : {}),
    },
    payloadDescriptor: {
      encoding: message.payloadEncoding,
      ...optional('typeName', message.payloadTypeName),
      byteLength: message.byteLength,
    },
  };
}

function reasonsIn(reasons: readonly string[] | undefined): readonly string[] {
  return (reasons ?? []).map(storable);
}

function bounded(text: string): string {
  return cut(storable(text), ERROR_UNITS_MAX);
}
