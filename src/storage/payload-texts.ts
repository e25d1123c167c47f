import type { CanonicalEvent } from '../contracts/events.js';
import { partsOf, type EventBody } from './event-text.js';

/**
 * A text that stands in the raw payload, byte for byte, is stored in an event as its place there: `\u0001<offset>,<bytes>`.
 * So a sender's words are stored once, and no knowledge of the payload's format is needed to read them again. A text or
 * key that begins with U+0001 by itself gets one more in front.
 */
const MARK = '\u0001';
const MARK_UNIT = 0x01;

/** Texts of at least this many UTF-16 units are looked for in the raw payload; for shorter ones a place saves nothing. */
export const LONG_TEXT_UNITS_MIN = 64;

/**
 * Bytes that may be searched for the texts of one event; the texts after that are stored as they are. A text with letters
 * that the payload escapes is never found, and a payload of a MiB may have thousands of those.
 */
export const SEARCHED_BYTES_MAX = 8 * 1024 * 1024;

/** A place, or a text that was given a second mark, in JSON. The first quote of a JSON string is never behind a backslash. */
const MARKED = /(?<!\\)"\\u0001(?:(\d+),(\d+)"|\\u0001)/g;
const MARK_IN_JSON = '"\\u0001';

/** An event's data as it is stored; `bytes` are the payload of the raw event it came from, if it came from one. */
export function foldTexts(data: CanonicalEvent['data'], bytes: Uint8Array | undefined): EventBody {
  const { payload, rest } = partsOf(data);
  const places = new Places(bytes);
  const text = JSON.stringify(places.fold(rest));
  return payload === undefined ? { data: text } : { payload: JSON.stringify(places.fold(payload)), data: text };
}

/** Whether reading this body takes the raw payload. */
export function hasPlaces({ payload, data }: EventBody): boolean {
  return data.includes(MARK_IN_JSON) || payload?.includes(MARK_IN_JSON) === true;
}

/** The body with every text in its place; `bytes` are those that `foldTexts` was given. */
export function unfoldTexts(body: EventBody, bytes: Uint8Array): EventBody {
  const raw = asBuffer(bytes);
  const texts = new Map<string, string>();
  const unfold = (json: string): string =>
    json.replace(MARKED, (place: string, offset: string | undefined, length: string | undefined) => {
      if (offset === undefined) return MARK_IN_JSON;
      const text = texts.get(place) ?? textAt(raw, Number(offset), Number(length));
      texts.set(place, text);
      return text;
    });
  const data = unfold(body.data);
  return body.payload === undefined ? { data } : { payload: unfold(body.payload), data };
}

/** The long texts of one event and where they stand; each is looked for once. */
class Places {
  private readonly raw: Buffer | undefined;
  private readonly known = new Map<string, string>();
  /** The text that was folded last, not among the known ones yet: most events have one, twice, and a map would hash it. */
  private last: { readonly text: string; readonly folded: string } | undefined;
  /** Where the last text found ends: the next one of a payload most likely comes behind it. */
  private next = 0;
  private bytesLeft = SEARCHED_BYTES_MAX;

  constructor(bytes: Uint8Array | undefined) {
    this.raw = bytes && asBuffer(bytes);
  }

  /** What needs no change is returned as it is. Payloads are bounded in depth long before they get here. */
  fold(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    return Array.isArray(value) ? this.list(value) : this.object(value);
  }

  private list(list: readonly unknown[]): readonly unknown[] {
    if (list.length === 0) return list;
    const items = list.map((item) => this.fold(item));
    return items.every((item, index) => item === list[index]) ? list : items;
  }

  private object(object: object): object {
    // Copied whole when the first field differs, and changed there: made of pairs, a copy took six times as long.
    let copy: Record<string, unknown> | undefined;
    for (const key of Object.keys(object)) {
      if (isUnusual(key)) return this.pairs(object);
      const value = fieldOf(object, key);
      const folded = this.fold(value);
      if (folded === value) continue;
      copy ??= { ...object };
      copy[key] = folded;
    }
    return copy ?? object;
  }

  private pairs(object: object): object {
    return Object.fromEntries(Object.keys(object).map((key) => [marked(key), this.fold(fieldOf(object, key))]));
  }

  private text(text: string): string {
    if (text.length < LONG_TEXT_UNITS_MIN || this.raw === undefined) return marked(text);
    const { last, known } = this;
    if (last?.text === text) return last.folded;
    if (last !== undefined) known.set(last.text, last.folded);
    const folded = (known.size > 0 ? known.get(text) : undefined) ?? this.place(this.raw, text);
    this.last = { text, folded };
    return folded;
  }

  private place(raw: Buffer, text: string): string {
    const length = Buffer.byteLength(text);
    let offset = this.search(raw, text, this.next, raw.length);
    if (offset < 0) offset = this.search(raw, text, 0, Math.min(this.next + length - 1, raw.length));
    if (offset < 0) return marked(text);
    this.next = offset + length;
    return `${MARK}${offset},${length}`;
  }

  /** Where it begins between these bytes, or -1: as far as the event's bytes last. */
  private search(raw: Buffer, text: string, from: number, to: number): number {
    const end = Math.min(to, from + this.bytesLeft);
    const offset = (end < raw.length ? raw.subarray(0, end) : raw).indexOf(text, from);
    this.bytesLeft -= (offset < 0 ? end : offset) - from;
    return offset;
  }
}

function fieldOf(object: object, key: string): unknown {
  return Reflect.get(object, key);
}

/** A key that needs a second mark, or that cannot be set like any other. */
function isUnusual(key: string): boolean {
  return isMarked(key) || key === '__proto__';
}

function marked(text: string): string {
  return isMarked(text) ? MARK + text : text;
}

/** Asked of every text and key there is. */
function isMarked(text: string): boolean {
  return text.charCodeAt(0) === MARK_UNIT;
}

function textAt(raw: Buffer, offset: number, length: number): string {
  return JSON.stringify(raw.toString('utf8', offset, offset + length));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
