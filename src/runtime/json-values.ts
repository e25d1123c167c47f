import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../contracts/json.js';
import { cut, storable } from '../contracts/text.js';

/** Longest string kept in a decoded payload, in UTF-16 units; longer ones are cut and their path is listed. */
export const TEXT_UNITS_MAX = 16 * 1024;
/** Longest bytes field shown in a decoded payload; of longer ones only length and hash are shown. */
export const SHOWN_BYTES_MAX = 16 * 1024;
/** Deepest nesting of foreign JSON that is kept as JSON; deeper text stays text, so that no walker can overflow. */
export const JSON_DEPTH_MAX = 64;
/** Longest path written into `truncated`, in UTF-16 units; keys inside it are the sender's choice. */
const PATH_UNITS_MAX = 200;
/** Longest key of foreign JSON, in UTF-16 units; longer ones are cut. */
const KEY_UNITS_MAX = 1024;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** NaN and infinities become null; minus zero becomes zero, since JSON text does not keep it apart. */
export function jsonNumber(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  return value === 0 ? 0 : value;
}

/** A 64-bit integer as a number when that is exact, else as decimal digits. */
export function jsonInteger(value: bigint): number | string {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value.toString();
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** undefined when the bytes are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** undefined when the text is not JSON, or nested deeper than JSON_DEPTH_MAX. */
export function parsedJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isShallow(value, JSON_DEPTH_MAX) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads foreign values into storable JSON and remembers the paths of the texts it had to cut. */
export class ValueReader {
  private readonly cutPaths: string[] = [];

  get truncated(): readonly string[] {
    return this.cutPaths;
  }

  text(value: string, path: string): string {
    const clean = storable(value);
    if (clean.length > TEXT_UNITS_MAX) this.cutPaths.push(cut(path, PATH_UNITS_MAX));
    return cut(clean, TEXT_UNITS_MAX);
  }

  /** The value of a successful `parsedJson`, whose depth is bounded. */
  json(value: unknown, path: string): JsonValue {
    if (typeof value === 'string') return this.text(value, path);
    if (typeof value === 'number') return jsonNumber(value);
    if (typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((inner, index) => this.json(inner, `${path}[${index}]`));
    if (isJsonObject(value)) return this.object(value, path);
    return null;
  }

  object(value: JsonObject, path: string): JsonObject {
    // fromEntries defines own properties, so that a sender's `__proto__` is a key like any other.
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        const name = cut(storable(key), KEY_UNITS_MAX);
        return [name, this.json(inner, joined(path, name))];
      }),
    );
  }

  /** The bytes rule: UTF-8 JSON is parsed, other UTF-8 is text, the rest is base64; large values are only described. */
  bytes(value: Uint8Array, path: string): JsonValue {
    if (value.byteLength > SHOWN_BYTES_MAX) return { ...describedBytes(value), truncated: true };
    const text = utf8Text(value);
    if (text === undefined) return { base64: base64Of(value) };
    const json = parsedJson(text);
    return json ? this.json(json.value, path) : this.text(text, path);
  }
}

export function describedBytes(value: Uint8Array): { readonly byteLength: number; readonly sha256: string } {
  return { byteLength: value.byteLength, sha256: sha256Hex(value) };
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
