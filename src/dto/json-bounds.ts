/** Deepest nesting of arrays and objects in anything a client sends; deeper values would exhaust the stack when written. */
export const JSON_DEPTH_MAX = 64;

/** UTF-16 units of one string in free JSON, as much as a body can hold; named fields have smaller limits of their own. */
export const JSON_STRING_LENGTH_MAX = 1_048_576;

/** UTF-16 units of one key. */
export const JSON_KEY_LENGTH_MAX = 256;

/** In a Unicode pattern a surrogate only matches when its partner is missing. */
const LONE_SURROGATE = /\p{Cs}/u;

export interface BoundsProblem {
  readonly path: string;
  readonly message: string;
}

interface Visit {
  readonly value: unknown;
  readonly path: string;
  readonly depth: number;
}

/**
 * Finds the first thing in a JSON value that we could not keep faithfully: too deep, too long a string, U+0000 or a lone
 * surrogate (a jsonb column refuses them), a number beyond the largest double, which is read as infinity, or the key
 * `__proto__`. Does not recurse.
 */
export function findBoundsProblem(root: unknown): BoundsProblem | undefined {
  const open: Visit[] = [{ value: root, path: '', depth: 0 }];
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    const { value, path, depth } = visit;
    if (typeof value === 'string') {
      const message = textProblem(value, JSON_STRING_LENGTH_MAX);
      if (message !== undefined) return { path, message };
    } else if (typeof value === 'number' && !Number.isFinite(value)) {
      return { path, message: 'must not be a number beyond 1.7976931348623157e308' };
    } else if (typeof value === 'object' && value !== null) {
      if (depth >= JSON_DEPTH_MAX) return { path, message: `must not be nested deeper than ${JSON_DEPTH_MAX} levels` };
      for (const [key, child] of Object.entries(value)) {
        const message = keyProblem(key);
        if (message !== undefined) return { path, message };
        open.push({ value: child, path: path === '' ? key : `${path}.${key}`, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

function keyProblem(key: string): string | undefined {
  if (key === '__proto__') return 'must not have the key __proto__';
  const message = textProblem(key, JSON_KEY_LENGTH_MAX);
  return message === undefined ? undefined : `has a key that ${message}`;
}

function textProblem(text: string, lengthMax: number): string | undefined {
  if (text.length > lengthMax) return `must not be longer than ${lengthMax} characters`;
  if (text.includes('\u0000')) return 'must not contain U+0000';
  if (LONE_SURROGATE.test(text)) return 'must not contain lone surrogates';
  return undefined;
}
