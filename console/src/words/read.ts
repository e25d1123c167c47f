import { isolated, plain } from './plain.js';

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
  return plain(text).replace(/\s+/g, ' ').trim();
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

/** The first characters as they may stand in a line, with `…` if something was cut; never half of a surrogate pair. */
export function excerpt(text: string, charsMax: number = EXCERPT_MAX): string {
  const whole = plain(text);
  if (whole.length <= charsMax) return isolated(whole);
  const first = whole.slice(0, charsMax - 1).replace(/[\uD800-\uDBFF]$/, '');
  return isolated(`${first.trimEnd()}…`);
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

/** `0.92` → `92 %`, `0.925` → `92.5 %`; what is not all or nothing is not rounded to it. */
export function percentWords(fraction: number): string {
  const tenths = Math.round(fraction * 1_000);
  if (fraction < 1 && tenths >= 1_000) return '99.9 %';
  if (fraction > 0 && tenths <= 0) return '0.1 %';
  return `${tenths / 10} %`;
}

/** The share that a rule asks for. Two thirds are met by two of three, which no percentage says. */
export function thresholdWords(share: number): string {
  if (share === 0.5) return 'at least half';
  return share > 0.666 && share <= 2 / 3 ? 'at least two thirds' : `at least ${percentWords(share)}`;
}
