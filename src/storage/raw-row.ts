import type { WireEnvelope } from '../contracts/envelope.js';
import type { IsoTime, Ordinal, Position, RunId } from '../contracts/ids.js';
import type { RawEvent, RawKind } from '../contracts/raw-event.js';
import { BYTES, INT4, INT8, TIME } from '../db/column-array.js';
import { packed, type Column } from './row-columns.js';

/** A row of `run_events_raw`. Envelope columns are null for kinds without an envelope, `info` for the others. */
export interface RawRow {
  readonly runId: string;
  readonly seq: number;
  readonly kind: string;
  readonly ordinal: number | null;
  readonly dedupeKey: Uint8Array | null;
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

/** What a row of a table named `e` holds, in SQL; the size of bytes is known without reading them. */
export const RAW_BYTES = 'coalesce(octet_length(e.payload), octet_length(e.info::text), 0)';

/** What a key begins with; the column holds the hash alone, since the row's kind tells the rest. */
const KEY_PREFIX: Readonly<Partial<Record<RawKind, string>>> = { 'stream-envelope': 'm:', 'ambient-envelope': 'a:' };

export const RAW_COLUMNS: readonly Column<RawEvent>[] = [
  // First, since it differs from row to row: what is the same in all rows travels once.
  packed('seq', INT4, (raw) => raw.position),
  { name: 'run_id', type: 'uuid', travel: 'joined', value: (raw) => raw.runId },
  { name: 'kind', type: 'text', travel: 'joined', value: (raw) => raw.kind },
  packed('ordinal', INT4, (raw) => raw.ordinal),
  packed('dedupe_key', BYTES, (raw) => ('dedupeKey' in raw ? Buffer.from(hashOf(raw.dedupeKey), 'hex') : null)),
  packed('received_at', TIME, (raw) => raw.receivedAt),
  { name: 'macp_version', type: 'text', travel: 'free', value: (raw) => envelopeIn(raw)?.macpVersion },
  { name: 'mode', type: 'text', travel: 'free', value: (raw) => envelopeIn(raw)?.mode },
  { name: 'message_type', type: 'text', travel: 'free', value: (raw) => envelopeIn(raw)?.messageType },
  { name: 'message_id', type: 'text', travel: 'free', value: (raw) => envelopeIn(raw)?.messageId },
  { name: 'session_id', type: 'text', travel: 'free', value: (raw) => envelopeIn(raw)?.sessionId },
  { name: 'sender', type: 'text', travel: 'free', value: (raw) => envelopeIn(raw)?.sender },
  packed('timestamp_unix_ms', INT8, (raw) => envelopeIn(raw)?.timestampUnixMs),
  packed('payload', BYTES, (raw) => envelopeIn(raw)?.payload),
  { name: 'info', type: 'jsonb', travel: 'joined', value: (raw) => ('info' in raw ? JSON.stringify(raw.info) : null) },
  { name: 'parked', type: 'text', travel: 'free', value: (raw) => raw.parked },
];

function envelopeIn(raw: RawEvent): WireEnvelope | undefined {
  return 'envelope' in raw ? raw.envelope : undefined;
}

/** The hash in a dedupe key, hex. */
export function hashOf(dedupeKey: string): string {
  return dedupeKey.slice(dedupeKey.indexOf(':') + 1);
}

export function dedupeKeyOf(kind: string, hash: string): string {
  return `${Object.hasOwn(KEY_PREFIX, kind) ? (KEY_PREFIX[kind as RawKind] ?? '') : ''}${hash}`;
}

/** Row → raw event. What is in the table was written from a raw event, so each kind has what its shape asks for. */
export function toRawEvent(row: RawRow): RawEvent {
  const place = {
    runId: row.runId as RunId,
    position: row.seq as Position,
    ordinal: row.ordinal as Ordinal | null,
    parked: row.parked,
    receivedAt: row.receivedAt,
  };
  const kind = row.kind as RawKind;
  if (row.dedupeKey !== null) {
    const dedupeKey = dedupeKeyOf(kind, Buffer.from(row.dedupeKey).toString('hex'));
    return { ...place, kind, envelope: envelopeOf(row), dedupeKey } as RawEvent;
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
