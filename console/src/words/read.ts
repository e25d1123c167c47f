/** Readers for what senders chose to send: each takes whatever is there, or says that there is nothing of the kind. */
export type Loose = Readonly<Record<string, unknown>>;

/** Characters of a name or label within a sentence. */
export const NAME_MAX = 60;
/** Characters of a sender’s text that a sentence repeats. */
export const EXCERPT_MAX = 160;

export function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** A text with something in it, on one line; '' if there is none. */
export function textIn(data: Loose, key: string): string {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof value === 'string' ? oneLine(value) : '';
}

export function numberIn(data: Loose, key: string): number | undefined {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textsIn(data: Loose, key: string): readonly string[] {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => (typeof item === 'string' && item.trim() !== '' ? [oneLine(item)] : []));
}

export function looseIn(data: Loose, key: string): Loose {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  return isLoose(value) ? value : {};
}

/** The first characters, with `…` if something was cut; never half of a surrogate pair. */
export function excerpt(text: string, charsMax: number = EXCERPT_MAX): string {
  if (text.length <= charsMax) return text;
  return `${text
    .slice(0, charsMax - 1)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`;
}

/** `TaskRequest` → `task request`, `multi_round` → `multi round`. */
export function spaced(name: string): string {
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/[_.-]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** `a`, `a and b`, `a, b and c`; beyond `countMax` the rest is counted. */
export function listWords(words: readonly string[], countMax = 3): string {
  const shown = words.length > countMax ? words.slice(0, countMax - 1) : words;
  const rest = words.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest.toLocaleString('en')} others`] : shown;
  if (all.length < 2) return all.join('');
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`;
}

/** `0.92` → `92 %`. */
export function percentWords(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}
