import type { WireEnvelope } from '../contracts/envelope.js';
import type { IsoTime, Ordinal, Position, RunId } from '../contracts/ids.js';
import type { RawEvent, RawKind } from '../contracts/raw-event.js';

/** A row of `run_events_raw`. Envelope columns are null for kinds without an envelope, `info` for the others. */
export interface RawRow {
  readonly runId: string;
  readonly seq: number;
  readonly kind: string;
  readonly ordinal: number | null;
  readonly dedupeKey: string | null;
  readonly receivedAt: IsoTime;
  readonly macpVersion: string | null;
  readonly mode: string | null;
  readonly messageType: string | null;
  readonly messageId: string | null;
  readonly sessionId: string | null;
  readonly sender: string | null;
  readonly timestampUnixMs: number | null;
  readonly payload: Uint8Array | null;
  readonly info: object | null;
  readonly parked: string | null;
}

const ENVELOPE_KINDS: ReadonlySet<RawKind> = new Set(['stream-envelope', 'ambient-envelope']);

/** Raw event → its columns by name, as JSON; the payload as base64. */
export function toRawColumns(raw: RawEvent): Readonly<Record<string, unknown>> {
  return {
    seq: raw.position,
    kind: raw.kind,
    ordinal: raw.ordinal,
    received_at: raw.receivedAt,
    parked: raw.parked,
    ...('envelope' in raw ? { dedupe_key: raw.dedupeKey, ...envelopeColumns(raw.envelope) } : { info: raw.info }),
  };
}

function envelopeColumns(envelope: WireEnvelope): Readonly<Record<string, unknown>> {
  return {
    macp_version: envelope.macpVersion,
    mode: envelope.mode,
    message_type: envelope.messageType,
    message_id: envelope.messageId,
    session_id: envelope.sessionId,
    sender: envelope.sender,
    timestamp_unix_ms: envelope.timestampUnixMs,
    payload: Buffer.from(envelope.payload).toString('base64'),
  };
}

/** Row → raw event. What is in the table was written by `toRawColumns`, so each kind has what its shape asks for. */
export function toRawEvent(row: RawRow): RawEvent {
  const place = {
    runId: row.runId as RunId,
    position: row.seq as Position,
    ordinal: row.ordinal as Ordinal | null,
    parked: row.parked,
    receivedAt: row.receivedAt,
  };
  const kind = row.kind as RawKind;
  if (ENVELOPE_KINDS.has(kind)) {
    return { ...place, kind, envelope: envelopeOf(row), dedupeKey: row.dedupeKey ?? '' } as RawEvent;
  }
  return { ...place, kind, info: row.info ?? {} } as RawEvent;
}

function envelopeOf(row: RawRow): WireEnvelope {
  return {
    macpVersion: row.macpVersion ?? '',
    mode: row.mode ?? '',
    messageType: row.messageType ?? '',
    messageId: row.messageId ?? '',
    sessionId: row.sessionId ?? '',
    sender: row.sender ?? '',
    timestampUnixMs: row.timestampUnixMs ?? 0,
    payload: row.payload ?? new Uint8Array(),
  };
}
