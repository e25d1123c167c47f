import type { CanonicalEvent, EventSource, TraceRef } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { JsonObject } from '../contracts/json.js';

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
  readonly source: EventSource;
  readonly trace: TraceRef | null;
  readonly data: JsonObject;
}

/** Canonical event → its columns by name, as JSON. */
export function toCanonicalColumns(event: CanonicalEvent): Readonly<Record<string, unknown>> {
  return {
    seq: event.seq,
    id: event.id,
    ts: event.ts,
    type: event.type,
    schema_version: event.schemaVersion,
    subject_kind: event.subject.kind,
    subject_id: event.subject.id,
    source: event.source,
    trace: event.trace ?? null,
    data: event.data,
  };
}

/** The one mapper from row to event: REST, streams, replay and the fold all receive this shape. */
export function toCanonicalEvent(row: CanonicalRow): CanonicalEvent {
  const { runId, seq, id, ts, type, schemaVersion, source, trace, data } = row;
  const subject = { kind: row.subjectKind, id: row.subjectId };
  // The row was written from a CanonicalEvent, whose type and data belong together.
  return {
    id,
    runId,
    seq,
    ts,
    type,
    schemaVersion,
    subject,
    source,
    ...(trace === null ? {} : { trace }),
    data,
  } as object as CanonicalEvent;
}
