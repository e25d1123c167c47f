import { storable } from '../contracts/text.js';

/** Values nested deeper are replaced: the database's JSON parser has a stack, and so have we. */
export const JSON_DEPTH_MAX = 128;
const TOO_DEEP = '[nested too deeply]';

/**
 * The value as the database's jsonb will give it back: no U+0000 and no lone surrogates in texts and keys, no undefined
 * fields, numbers that are not finite as null, no negative zero, nothing nested deeper than `JSON_DEPTH_MAX`. What needs no change is
 * returned as the same object, so that a clean value costs one walk and no copy.
 */
export function storableJson<T>(value: T): T {
  // Replacing leaves in a value of type T by leaves of the same kind keeps its shape.
  return cleaned(value, 0) as T;
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return storable(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= JSON_DEPTH_MAX) return TOO_DEEP;
  return Array.isArray(value) ? cleanedList(value, depth) : cleanedObject(value, depth);
}

/** Each item is looked at once: looking again at what had to be changed would double the work with every level. */
function cleanedList(list: readonly unknown[], depth: number): readonly unknown[] {
  if (list.length === 0) return list;
  const items = list.map((item) => (item === undefined ? null : cleaned(item, depth + 1)));
  return items.every((item, index) => Object.is(item, list[index])) ? list : items;
}

/** Without a list of its items until there is something to change; most events have nothing, and all come through here. */
function cleanedObject(object: object, depth: number): object {
  let entries: [string, unknown][] | undefined;
  let cleanCount = 0;
  for (const key of Object.keys(object)) {
    const item: unknown = Reflect.get(object, key);
    const clean = cleaned(item, depth + 1);
    const isClean = clean !== undefined && Object.is(clean, item) && storable(key) === key;
    if (isClean && entries === undefined) {
      cleanCount += 1;
      continue;
    }
    entries ??= Object.entries(object).slice(0, cleanCount);
    if (clean !== undefined) entries.push([storable(key), clean]);
  }
  return entries === undefined ? object : Object.fromEntries(entries);
}
