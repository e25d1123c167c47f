/**
 * What stands after the ? of each page’s address. Each reads whatever somebody wrote there: what makes no sense is left out,
 * and the page opens without it.
 */
type Raw = Readonly<Record<string, unknown>>;

export const RUN_TABS = ['story', 'events', 'signals', 'cost', 'details'] as const;
export type RunTab = (typeof RUN_TABS)[number];

export interface RunSearch {
  /** Absent: the first one. */
  readonly tab?: RunTab;
  /** The moment that is shown: a seq. Absent: now. */
  readonly at?: number;
  /** The moment it is compared with. */
  readonly versus?: number;
  /** The event that is opened. */
  readonly event?: number;
  /** Event types, comma-separated: the tail’s filter. */
  readonly types?: string;
}

export function runSearch(raw: Raw): RunSearch {
  return {
    ...optional('tab', oneOf(RUN_TABS, raw['tab'])),
    ...optional('at', seqIn(raw['at'])),
    ...optional('versus', seqIn(raw['versus'])),
    ...optional('event', seqIn(raw['event'])),
    ...optional('types', textIn(raw['types'])),
  };
}

export const WINDOWS = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;
export type Window = (typeof WINDOWS)[number];

export function nowSearch(raw: Raw): { readonly window?: Window } {
  return optional('window', oneOf(WINDOWS, raw['window']));
}

export interface RunsSearch {
  readonly status?: string;
  readonly mode?: string;
  readonly search?: string;
  readonly tags?: string;
  readonly environment?: string;
  readonly scenario?: string;
  readonly from?: string;
  readonly to?: string;
  readonly sort?: 'createdAt' | 'updatedAt';
  readonly order?: 'asc' | 'desc';
  readonly archived?: boolean;
  readonly sandbox?: boolean;
  /** Where the page begins: what the API gave as the place to go on from. */
  readonly cursor?: string;
}

export function runsSearch(raw: Raw): RunsSearch {
  return {
    ...texts(raw, ['status', 'mode', 'search', 'tags', 'environment', 'scenario', 'from', 'to', 'cursor'] as const),
    ...optional('sort', oneOf(['createdAt', 'updatedAt'] as const, raw['sort'])),
    ...optional('order', oneOf(['asc', 'desc'] as const, raw['order'])),
    ...optional('archived', flagIn(raw['archived'])),
    ...optional('sandbox', flagIn(raw['sandbox'])),
  };
}

export function compareSearch(raw: Raw): { readonly left?: string; readonly right?: string } {
  return texts(raw, ['left', 'right'] as const);
}

export function launchSearch(raw: Raw): { readonly example?: string; readonly from?: string } {
  return texts(raw, ['example', 'from'] as const);
}

export interface EventsSearch {
  readonly types?: string;
  readonly run?: string;
  readonly scenario?: string;
  readonly from?: string;
  readonly to?: string;
}

export function eventsSearch(raw: Raw): EventsSearch {
  return texts(raw, ['types', 'run', 'scenario', 'from', 'to'] as const);
}

export const SYSTEM_TABS = ['health', 'sessions', 'modes', 'policies', 'webhooks', 'audit'] as const;
export type SystemTab = (typeof SYSTEM_TABS)[number];

export function systemSearch(raw: Raw): { readonly tab?: SystemTab; readonly page?: number } {
  return { ...optional('tab', oneOf(SYSTEM_TABS, raw['tab'])), ...optional('page', seqIn(raw['page'])) };
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function texts<K extends string>(raw: Raw, keys: readonly K[]): { readonly [P in K]?: string } {
  const entries = keys.flatMap((key) => {
    const text = textIn(raw[key]);
    return text === undefined ? [] : [[key, text] as const];
  });
  return Object.fromEntries(entries) as { readonly [P in K]?: string };
}

function oneOf<T>(known: readonly T[], value: unknown): T | undefined {
  return known.find((item) => item === value);
}

function seqIn(value: unknown): number | undefined {
  const number = Number(value);
  return value !== undefined && value !== '' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** The router reads `2026` and `true` as what they look like; for us they are text. */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function flagIn(value: unknown): true | undefined {
  return value === true || value === 'true' ? true : undefined;
}
