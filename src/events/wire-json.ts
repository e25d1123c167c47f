import type { CanonicalEvent } from '../contracts/events.js';
import type { RunStatus } from '../contracts/run.js';
import { toEventBody, type EventBody, type EventText } from '../storage/event-text.js';
import { sseFrame } from './sse.js';
import type { EventFrame } from './tail.js';

/** Events of these kinds may move the run's status; they are few, and only of them the data is looked into. */
const STATUS_SUBJECTS: ReadonlySet<string> = new Set(['run', 'session']);

/**
 * An event as JSON text, as every client reads it: REST, streams, replay, export. The parts of `data` go over as they are
 * stored, so live and stored are the same bytes. A payload is stored once and written under its two published names;
 * that they are one text keeps them equal.
 */
export function wireJson({ body, ...head }: EventText): string {
  // A head is a JSON object with at least an id, so there is something before the comma.
  return `${JSON.stringify(inOrder(head)).slice(0, -1)},"data":${dataJson(body)}}`;
}

export function toEventFrame(event: EventText): EventFrame {
  const bytes = sseFrame({ event: 'canonical_event', id: event.seq, data: wireJson(event) });
  const status = STATUS_SUBJECTS.has(event.subject.kind) ? statusIn(event) : undefined;
  return { seq: event.seq, bytes, ...(status === undefined ? {} : { status }) };
}

/** Events that were just committed, as frames; what several of them say in common is written out once. */
export function toLiveFrames(events: readonly CanonicalEvent[]): readonly EventFrame[] {
  let said: { readonly data: object; readonly body: EventBody } | undefined;
  return events.map(({ data, ...head }) => {
    if (said?.data !== data) said = { data, body: toEventBody(data) };
    return toEventFrame({ ...head, body: said.body });
  });
}

/** An event's own fields, in the order in which a reader wants them. */
function inOrder({ id, runId, seq, ts, type, schemaVersion, subject, source, trace }: Omit<EventText, 'body'>): object {
  const { kind, name, rawType, position, ordinal } = source;
  const about = { kind: subject.kind, id: subject.id };
  return {
    id,
    runId,
    seq,
    ts,
    type,
    schemaVersion,
    subject: about,
    source: { kind, name, rawType, position, ordinal },
    trace,
  };
}

function dataJson({ payload, data }: EventBody): string {
  if (payload === undefined) return data;
  // Whatever has a payload says how it was encoded, so the rest is never empty.
  return `{"payload":${payload},"decodedPayload":${payload},${data.slice(1)}`;
}

/** Every run event carries the status it leads to; of the session's events, those that move the run. */
function statusIn({ subject, body }: EventText): RunStatus | undefined {
  const said = JSON.parse(body.data) as { readonly status?: RunStatus; readonly runStatus?: RunStatus };
  return subject.kind === 'run' ? said.status : said.runStatus;
}
