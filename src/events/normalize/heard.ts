import type { DecodedPayload, WireEnvelope } from '../../contracts/envelope.js';
import type { EnvelopeData, EventDraft } from '../../contracts/events.js';
import type { IsoTime } from '../../contracts/ids.js';
import type { JsonObject, JsonValue } from '../../contracts/json.js';
import type { Run } from '../../contracts/run.js';
import { isoTime } from '../../contracts/time.js';
import { storable } from '../../contracts/text.js';
import { cleanAt, cleanPayload, type CleanPayload } from '../../storage/clean-payload.js';
import { shownStart } from '../../storage/shown-request.js';
import { sha256Hex } from './dedupe-key.js';
import type { NormalizeEnv, RawOf } from './env.js';
import { isBlank } from './text.js';

/** An envelope made readable: what every event that comes from it starts with. */
export interface Heard {
  readonly run: Run;
  /** Time and source of every draft. */
  readonly at: Pick<EventDraft, 'ts' | 'source'>;
  readonly receivedAt: IsoTime;
  readonly ambient: boolean;
  /** The sender is the initiator, a declared participant, or has sent a stream envelope. */
  readonly member: boolean;
  /** H, with an empty `to`. */
  readonly header: EnvelopeData;
  /** Id for a subject that the sender left blank. */
  readonly fallbackId: string;
  /** The mode whose rules apply. */
  readonly mode: string;
  readonly payload: JsonObject;
  /** What a Signal carries, also where `payload` shows only how long it is. */
  readonly signalData: JsonValue | undefined;
  /** The decoded payload before redaction; undefined when something of it was cut, so that it is not what was sent. */
  readonly exact: JsonObject | undefined;
  /** The runtime's clock, as the envelope tells it. */
  readonly sentAt: IsoTime | undefined;
}

export type EnvelopeRaw = RawOf<'stream-envelope' | 'ambient-envelope'>;

export function hear(run: Run, raw: EnvelopeRaw, env: NormalizeEnv, decoded: DecodedPayload): Heard {
  const isStart = raw.envelope.messageType === 'SessionStart';
  const shown = isStart ? shownStart(decoded.payload, env.redactPaths) : decoded.payload;
  const clean = cleanPayload(shown, env.redactPaths);
  const cutInDecoding = (decoded.truncated ?? []).length > 0 || clean.truncated.length > 0;
  const signalData =
    decoded.signalData === undefined ? clean.payload['data'] : cleanAt(['data'], decoded.signalData, env.redactPaths);
  const header = headerOf(run, raw, decoded, clean);
  return heardOf(run, raw, env, {
    header,
    payload: clean.payload,
    signalData,
    exact: cutInDecoding ? undefined : decoded.payload,
  });
}

/** An envelope whose payload says nothing to us; only its size and hash are kept. */
export function hearUnreadable(run: Run, raw: EnvelopeRaw, env: NormalizeEnv): Heard {
  const bytes = raw.envelope.payload;
  const payload = { byteLength: bytes.byteLength, sha256: sha256Hex(bytes) };
  const decoded: DecodedPayload = { payload, encoding: 'undecodable' };
  const header = headerOf(run, raw, decoded, { payload, truncated: [] });
  return heardOf(run, raw, env, { header, payload, signalData: undefined, exact: undefined });
}

type Content = Pick<Heard, 'header' | 'payload' | 'signalData' | 'exact'>;

/** Every field is named: made of two objects, it took several times as long. */
function heardOf(run: Run, raw: EnvelopeRaw, env: NormalizeEnv, content: Content): Heard {
  const { envelope } = raw;
  const { header, payload, signalData, exact } = content;
  return {
    run,
    at: {
      ts: timeOf(run, envelope, raw.receivedAt),
      source: { kind: 'runtime', name: env.sourceName, rawType: storable(envelope.messageType) },
    },
    receivedAt: raw.receivedAt,
    ambient: raw.kind === 'ambient-envelope',
    member: isMember(run, storable(envelope.sender)),
    fallbackId: isBlank(envelope.messageId) ? String(raw.position) : storable(envelope.messageId),
    mode: modeOf(run, envelope),
    sentAt: isGiven(envelope.timestampUnixMs) ? isoTime(envelope.timestampUnixMs) : undefined,
    header,
    payload,
    signalData,
    exact,
  };
}

function headerOf(run: Run, raw: EnvelopeRaw, decoded: DecodedPayload, clean: CleanPayload): EnvelopeData {
  const { envelope } = raw;
  const sender = storable(envelope.sender);
  const truncated = [...(decoded.truncated ?? []).map(storable), ...clean.truncated];
  return {
    modeName: storable(modeOf(run, envelope)),
    messageType: storable(envelope.messageType),
    messageId: storable(envelope.messageId),
    sessionId: storable(envelope.sessionId),
    sender,
    participantId: sender,
    from: sender,
    to: [],
    ambient: raw.kind === 'ambient-envelope',
    payload: clean.payload,
    payloadEncoding: decoded.encoding,
    ...(decoded.typeName === undefined ? {} : { payloadTypeName: decoded.typeName }),
    ...(truncated.length === 0 ? {} : { truncated }),
  };
}

/** Ambient envelopes name no mode of their own; they belong to their run's. */
function modeOf(run: Run, envelope: WireEnvelope): string {
  return isBlank(envelope.mode) ? run.modeName : envelope.mode;
}

/**
 * Senders choose timestamps freely, so they count only between the session's start and our receipt. (Receipt alone
 * would collapse a replayed history into one instant.)
 */
function timeOf(run: Run, { timestampUnixMs }: WireEnvelope, receivedAt: IsoTime): IsoTime {
  if (!isGiven(timestampUnixMs)) return receivedAt;
  const sent = isoTime(timestampUnixMs);
  const { startedAt } = run.session;
  const notBefore = startedAt !== undefined && sent < startedAt ? startedAt : sent;
  return notBefore < receivedAt ? notBefore : receivedAt;
}

function isGiven(timestampUnixMs: number): boolean {
  return Number.isFinite(timestampUnixMs) && timestampUnixMs > 0;
}

function isMember(run: Run, sender: string): boolean {
  const { initiator, participants, seen } = run.session;
  if (isBlank(sender)) return false;
  return sender === initiator || participants.includes(sender) || seen.includes(sender);
}
