import type { CanonicalEvent, EventSource } from '../contracts/events.js';
import type { IsoTime, Ordinal, Position, RunId, Seq } from '../contracts/ids.js';
import type { EventBody, EventText } from './event-text.js';
import { INT2, INT4, TIME } from '../db/column-array.js';
import { packed, type Column } from './row-columns.js';

/** A row of `run_events_canonical`. */
export interface CanonicalRow {
  readonly runId: string;
  readonly seq: number;
  readonly id: string;
  readonly ts: IsoTime;
  readonly type: string;
  readonly schemaVersion: number;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly sourceKind: string;
  readonly sourceName: string;
  readonly rawType: string | null;
  readonly position: number | null;
  readonly ordinal: number | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly parentSpanId: string | null;
  /** The earlier event of this run that says the same; null: the row says it itself. */
  readonly dataSeq: number | null;
  readonly payload: string | null;
  readonly data: string | null;
}

/** An event and what of it is stored in its own row. */
export interface CanonicalInsert {
  readonly event: CanonicalEvent;
  /** undefined: `dataSeq` says it. */
  readonly body: EventBody | undefined;
  readonly dataSeq: number | null;
}

export const CANONICAL_COLUMNS: readonly Column<CanonicalInsert>[] = [
  // First, since it differs from row to row: what is the same in all rows travels once.
  packed('seq', INT4, ({ event }) => event.seq),
  { name: 'run_id', type: 'uuid', travel: 'joined', value: ({ event }) => event.runId },
  { name: 'id', type: 'uuid', travel: 'joined', value: ({ event }) => event.id },
  packed('ts', TIME, ({ event }) => event.ts),
  { name: 'type', type: 'text', travel: 'joined', value: ({ event }) => event.type },
  packed('schema_version', INT2, ({ event }) => event.schemaVersion),
  { name: 'subject_kind', type: 'text', travel: 'joined', value: ({ event }) => event.subject.kind },
  { name: 'subject_id', type: 'text', travel: 'free', value: ({ event }) => event.subject.id },
  { name: 'source_kind', type: 'text', travel: 'joined', value: ({ event }) => event.source.kind },
  { name: 'source_name', type: 'text', travel: 'free', value: ({ event }) => event.source.name },
  { name: 'raw_type', type: 'text', travel: 'free', value: ({ event }) => event.source.rawType },
  packed('position', INT4, ({ event }) => event.source.position),
  packed('ordinal', INT4, ({ event }) => event.source.ordinal),
  { name: 'trace_id', type: 'uuid', travel: 'joined', value: ({ event }) => event.trace?.traceId },
  { name: 'span_id', type: 'text', travel: 'free', value: ({ event }) => event.trace?.spanId },
  { name: 'parent_span_id', type: 'text', travel: 'free', value: ({ event }) => event.trace?.parentSpanId },
  packed('data_seq', INT4, ({ dataSeq }) => dataSeq),
  { name: 'payload', type: 'json', travel: 'joined', value: ({ body }) => body?.payload },
  { name: 'data', type: 'json', travel: 'joined', value: ({ body }) => body?.data },
];

/** The one mapper from row to event: REST, streams, replay and the fold all receive what it makes. */
export function toEventText(row: CanonicalRow, body: EventBody): EventText {
  const trace = row.traceId === null ? {} : { trace: traceOf(row, row.traceId) };
  // The row was written from a CanonicalEvent, whose words are those of the contract.
  return {
    id: row.id,
    runId: row.runId as RunId,
    seq: row.seq as Seq,
    ts: row.ts,
    type: row.type as CanonicalEvent['type'],
    schemaVersion: row.schemaVersion,
    subject: { kind: row.subjectKind as CanonicalEvent['subject']['kind'], id: row.subjectId },
    source: sourceOf(row),
    ...trace,
    body,
  };
}

function sourceOf({ sourceKind, sourceName, rawType, position, ordinal }: CanonicalRow): EventSource {
  return {
    kind: sourceKind as EventSource['kind'],
    name: sourceName,
    ...(rawType === null ? {} : { rawType }),
    position: position as Position | null,
    ordinal: ordinal as Ordinal | null,
  };
}

function traceOf({ spanId, parentSpanId }: CanonicalRow, traceId: string) {
  return {
    // A trace id is written without the dashes of the type that holds it.
    traceId: traceId.replaceAll('-', ''),
    ...(spanId === null ? {} : { spanId }),
    ...(parentSpanId === null ? {} : { parentSpanId }),
  };
}
