import type { JsonObject, JsonValue } from '../../contracts/json.js';

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** The first text that says something; '' when none does. */
export function firstText(...texts: readonly string[]): string {
  return texts.find((text) => !isBlank(text)) ?? '';
}

export function withoutBlanks(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => !isBlank(text));
}

/** The field as a text; '' when it is absent or something else. */
export function textIn(object: JsonObject, ...names: readonly string[]): string {
  for (const name of names) {
    const value = own(object, name);
    if (typeof value === 'string') return value;
  }
  return '';
}

/** The field as a finite number; undefined when it is absent or something else. */
export function numberIn(object: JsonObject, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = own(object, name);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return undefined;
}

export function objectIn(object: JsonObject, ...names: readonly string[]): JsonObject | undefined {
  for (const name of names) {
    const value = own(object, name);
    if (isObject(value)) return value;
  }
  return undefined;
}

/** The texts of a list field; [] when it is absent or something else. */
export function textsIn(object: JsonObject, name: string): readonly string[] {
  const value = own(object, name);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Field names may be a sender's choice, so what every object inherits must not be mistaken for a field. */
function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** `{name: value}`, or nothing when there is no value: optional fields are absent rather than undefined. */
export function optional<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  // A single computed key has the type of its name; TypeScript widens it to string.
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}

export function sortedTexts(texts: readonly string[]): readonly string[] {
  return [...texts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
