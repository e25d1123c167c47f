import type { CanonicalEvent } from '../contracts/events.js';
import type { RunStatus } from '../contracts/run.js';
import { sseFrame } from './sse.js';
import type { EventFrame } from './tail.js';
import { toWireEvent } from './wire-event.js';

/** An event's own fields, in the order in which a reader wants them. */
const FIELDS = [
  'id',
  'runId',
  'seq',
  'ts',
  'type',
  'schemaVersion',
  'subject',
  'source',
  'trace',
  'data',
] as const satisfies readonly (keyof CanonicalEvent)[];

/** Deeper values keep the order in which they are held; payloads are bounded far above this before they are stored. */
const SORT_DEPTH_MAX = 128;

/**
 * An event as JSON text, the same bytes wherever it is served from: the database's jsonb reorders keys, so they are put
 * in one order here: fields as above, whatever is inside them by code unit.
 */
export function wireJson(event: CanonicalEvent): string {
  const wire = toWireEvent(event);
  const entries = FIELDS.map((field) => [field, sortKeys(wire[field], 0)] as const);
  return JSON.stringify(Object.fromEntries(entries));
}

export function toEventFrame(event: CanonicalEvent): EventFrame {
  const bytes = sseFrame({ event: 'canonical_event', id: event.seq, data: wireJson(event) });
  const status = statusOf(event);
  return { seq: event.seq, bytes, ...(status === undefined ? {} : { status }) };
}

/** Every run event carries the status it leads to; of the session's events, those that move the run. */
function statusOf(event: CanonicalEvent): RunStatus | undefined {
  switch (event.type) {
    case 'run.created':
    case 'run.started':
    case 'run.suspended':
    case 'run.resumed':
    case 'run.completed':
    case 'run.failed':
    case 'run.cancelled':
      return event.data.status;
    case 'session.bound':
    case 'session.state.changed':
      return event.data.runStatus;
    default:
      return undefined;
  }
}

function sortKeys(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > SORT_DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, depth + 1));
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item, depth + 1)]));
}
