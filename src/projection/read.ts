import type { Brand } from '../contracts/brand.js';
import type { IsoTime } from '../contracts/ids.js';
import type { CanonicalEvent } from '../contracts/events.js';
import { cut } from '../contracts/text.js';
import { ID_CHARS_MAX, REASONS_MAX, REASON_CHARS_MAX } from './bounds.js';

/**
 * Readers for `data`, which senders fill. Each takes whatever is there and gives a value that is bounded and survives
 * JSON unchanged (no undefined, NaN, infinity or -0), or says that there is none.
 */

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text with something in it, cut; blank counts as none. */
export function textOf(value: unknown, charsMax: number): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? cut(value, charsMax) : undefined;
}

/** 32-bit FNV-1a, in hex. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** An identifier; '' when it is not a string. */
export function idOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  if (value.length <= ID_CHARS_MAX) return value;
  // 16 units are kept for the cut's `…`, the separator and the eight digits.
  return `${cut(value, ID_CHARS_MAX - 16)}#${fingerprint(value)}`;
}

/** Identifiers of a list, blank ones left out. */
export function idsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(idOf).filter((id) => id.trim() !== '') : [];
}

/** True only for true: flags of senders are not trusted to be booleans. */
export function flagOf(value: unknown): boolean {
  return value === true;
}

/** A finite number; -0 becomes 0, because JSON does not keep the sign. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return value === 0 ? 0 : value;
}

/** A finite number of at least 0. */
export function amountOf(value: unknown): number | undefined {
  const amount = numberOf(value);
  return amount !== undefined && amount >= 0 ? amount : undefined;
}

/** A number of things: whole, not negative, safe; 0 when there is none. */
export function countOf(value: unknown): number {
  return Math.min(Math.trunc(amountOf(value) ?? 0), Number.MAX_SAFE_INTEGER);
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The last text that was found to be a time: the events of an envelope share theirs, and each is read several times. */
const latest: { time: IsoTime | undefined } = { time: undefined };

/** A time in the one form that is served; anything else is none. */
export function timeOf(value: unknown): IsoTime | undefined {
  if (value !== undefined && value === latest.time) return latest.time;
  if (typeof value !== 'string' || !ISO_TIME.test(value) || Number.isNaN(Date.parse(value))) return undefined;
  latest.time = value as IsoTime; // The form was just checked.
  return latest.time;
}

/** Reasons as a list of texts, whatever was sent. */
export function reasonsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const reasons: string[] = [];
  for (const item of value) {
    const reason = textOf(item, REASON_CHARS_MAX);
    if (reason !== undefined) reasons.push(reason);
    if (reasons.length === REASONS_MAX) break;
  }
  return reasons;
}

/** A copy of `value` as JSON keeps it, a note of its size if it is larger than `bytesMax`, undefined if it is no JSON. */
export function jsonOf(value: unknown, bytesMax: number): unknown {
  try {
    const json: unknown = JSON.stringify(value);
    if (typeof json !== 'string') return undefined;
    const byteLength = Buffer.byteLength(json);
    return byteLength <= bytesMax ? JSON.parse(json) : { truncated: true, byteLength };
  } catch {
    // Cycles, big integers or absurd depth: nothing that came out of a stored event.
    return undefined;
  }
}

const EPOCH = '1970-01-01T00:00:00.000Z' as IsoTime;

/** An event whose envelope around `data` is sound; every reader of `data` checks what it reads. */
export type ReadableEvent = Brand<CanonicalEvent, 'ReadableEvent'>;

/** The event with the envelope around `data` made sure of. A stored event is returned as it is. */
export function readable(event: CanonicalEvent): ReadableEvent {
  const { id, seq, ts, type, subject, data }: { readonly [K in keyof CanonicalEvent]: unknown } = event;
  const { kind, id: subjectId }: Readonly<Record<string, unknown>> = isRecord(subject) ? subject : {};
  const isPlace = Number.isSafeInteger(seq) && Number(seq) > 0;
  const isNamed = typeof id === 'string' && typeof type === 'string';
  const isAbout = typeof kind === 'string' && typeof subjectId === 'string';
  if (isPlace && isNamed && isAbout && isRecord(data) && timeOf(ts) !== undefined) return event as ReadableEvent;
  return {
    ...event,
    id: idOf(id),
    seq: isPlace ? seq : 0,
    ts: timeOf(ts) ?? EPOCH,
    type: idOf(type),
    subject: { kind: idOf(kind), id: idOf(subjectId) },
    data: isRecord(data) ? data : {},
  } as ReadableEvent;
}
