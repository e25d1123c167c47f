import type { JsonObject, JsonValue } from '../contracts/json.js';
import { cut, storable } from '../contracts/text.js';

/** Deepest nesting kept; what lies below becomes `…`, so that no walker overflows and jsonb takes it. */
export const PAYLOAD_DEPTH_MAX = 100;
/** Paths listed in `truncated`; further ones are cut all the same, without a mention. */
const TRUNCATED_PATHS_MAX = 100;
/** Longest path listed, in UTF-16 units; keys inside it are the sender's choice. */
const PATH_UNITS_MAX = 200;

export const REDACTED = '[redacted]';

export interface CleanPayload {
  readonly payload: JsonObject;
  /** Paths of what was left out here, beyond what the codec has cut. */
  readonly truncated: readonly string[];
}

/** `prompt`, `data.secret` → the segments to look for, last first. */
type Rule = readonly string[];

/**
 * A decoded payload made storable, with the configured paths redacted. A path matches wherever it ends a value's own
 * path below `payload` (so `prompt` matches at any depth, `payload.secret` only at the top); list positions do not
 * count, nor do letter case and underscores, since senders write both `apiKey` and `api_key`.
 */
export function cleanPayload(payload: JsonObject, redactPaths: readonly string[]): CleanPayload {
  const cleaner = new Cleaner(rulesOf(redactPaths));
  return { payload: cleaner.object(payload, 1), truncated: cleaner.truncated };
}

/** A value as the payload shows it that has it at this path. */
export function cleanAt(path: readonly string[], value: unknown, redactPaths: readonly string[]): JsonValue {
  return new Cleaner(rulesOf(redactPaths)).at(path, value, 0);
}

function rulesOf(redactPaths: readonly string[]): readonly Rule[] {
  return redactPaths.map(toRule).filter((rule) => rule.length > 0);
}

function toRule(path: string): Rule {
  return path
    .split('.')
    .filter((segment) => segment !== '')
    .map(fold)
    .reverse();
}

function fold(key: string): string {
  return key.toLowerCase().replaceAll('_', '');
}

/** One walk over one payload. */
class Cleaner {
  readonly truncated: string[] = [];
  private readonly path: string[] = ['payload'];

  constructor(private readonly rules: readonly Rule[]) {}

  at([key, ...rest]: readonly string[], value: unknown, depth: number): JsonValue {
    if (key === undefined) return this.value(value, depth);
    this.path.push(key);
    return this.isRedacted() ? REDACTED : this.at(rest, value, depth + 1);
  }

  object(value: JsonObject, depth: number): JsonObject {
    const clean: Record<string, JsonValue> = {};
    for (const key of Object.keys(value)) {
      const inner: unknown = value[key];
      if (inner === undefined) continue;
      const name = storable(key);
      const field = this.field(key, inner, depth);
      // Defined, so that a sender's `__proto__` is a key like any other; the usual ones are assigned, which is faster.
      if (name === '__proto__') {
        Object.defineProperty(clean, name, { value: field, enumerable: true, configurable: true, writable: true });
      } else clean[name] = field;
    }
    return clean;
  }

  private field(key: string, inner: unknown, depth: number): JsonValue {
    this.path.push(key);
    const cleaned = this.isRedacted() ? REDACTED : this.value(inner, depth);
    this.path.pop();
    return cleaned;
  }

  private value(value: unknown, depth: number): JsonValue {
    if (typeof value === 'string') return storable(value);
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (typeof value === 'boolean') return value;
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    if (typeof value !== 'object' || value === null) return null;
    if (depth >= PAYLOAD_DEPTH_MAX) return this.leftOut();
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth + 1));
    // What is neither a list nor null is an object; its fields are looked at one by one.
    return this.object(value as JsonObject, depth + 1);
  }

  private leftOut(): string {
    if (this.truncated.length < TRUNCATED_PATHS_MAX) {
      this.truncated.push(cut(storable(this.path.slice(1).join('.')), PATH_UNITS_MAX));
    }
    return '…';
  }

  private isRedacted(): boolean {
    return this.rules.some((rule) => rule.every((segment, back) => segment === this.segmentFromEnd(back)));
  }

  private segmentFromEnd(back: number): string | undefined {
    const key = this.path[this.path.length - 1 - back];
    return key === undefined ? undefined : fold(key);
  }
}
