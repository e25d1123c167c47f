import type { RunsQuery, RunStatus } from '../../api/types.js';
import type { RunsSearch } from '../../search.js';
import { RUN_STATUS } from '../../words/status.js';

export const STATUSES = Object.keys(RUN_STATUS) as readonly RunStatus[];

/** What the address asks for, as the API is asked. */
export function queryOf(search: RunsSearch): RunsQuery {
  const statuses = statusesIn(search.status);
  const tags = listIn(search.tags);
  const after = startOfDay(search.from);
  const before = startOfNextDay(search.to);
  return {
    ...(statuses.length > 0 && { status: [...statuses] }),
    ...(tags.length > 0 && { tags: [...tags] }),
    ...(search.mode !== undefined && { modeName: search.mode }),
    ...(search.search !== undefined && { search: search.search }),
    ...(search.environment !== undefined && { environment: search.environment }),
    ...(search.scenario !== undefined && { scenarioRef: search.scenario }),
    ...(after !== undefined && { createdAfter: after }),
    ...(before !== undefined && { createdBefore: before }),
    ...(search.sort !== undefined && { sortBy: search.sort }),
    ...(search.order !== undefined && { sortOrder: search.order }),
    ...(search.archived === true && { includeArchived: true }),
    ...(search.sandbox === true && { includeSandbox: true }),
    ...(search.cursor !== undefined && { cursor: search.cursor }),
  };
}

/** The statuses named in an address; what is none is left out. */
export function statusesIn(text: string | undefined): readonly RunStatus[] {
  const named = listIn(text);
  return STATUSES.filter((status) => named.includes(status));
}

/** `a, b,` → a and b. */
export function listIn(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * The address with something changed. What is empty is left out, and the list begins anew: a place in it means nothing under
 * other filters.
 */
export function changed(
  search: RunsSearch,
  change: RunsSearch | { readonly [K in keyof RunsSearch]?: undefined },
): RunsSearch {
  const merged = { ...search, ...change, cursor: undefined };
  return Object.fromEntries(
    Object.entries(merged).filter(([, value]) => value !== undefined && value !== '' && value !== false),
  );
}

const FILTERS = [
  'status',
  'mode',
  'search',
  'tags',
  'environment',
  'scenario',
  'from',
  'to',
  'archived',
  'sandbox',
] as const;

/** How many filters narrow or widen the list. */
export function filterCount(search: RunsSearch): number {
  return FILTERS.filter((key) => search[key] !== undefined).length;
}

/** The address without its filters; the order of the list stays. */
export function withoutFilters(search: RunsSearch): RunsSearch {
  return changed(search, Object.fromEntries(FILTERS.map((key) => [key, undefined])));
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A day as its first moment where the reader is; any other time as it stands. */
function startOfDay(text: string | undefined): string | undefined {
  return text !== undefined && DAY.test(text) ? isoOf(new Date(`${text}T00:00:00`)) : text;
}

/** A day counts to its end, and the API’s bound is exclusive. */
function startOfNextDay(text: string | undefined): string | undefined {
  if (text === undefined || !DAY.test(text)) return text;
  const day = new Date(`${text}T00:00:00`);
  day.setDate(day.getDate() + 1);
  return isoOf(day);
}

/** Undefined for a day that no calendar has, so that the list does not fail over it. */
function isoOf(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
