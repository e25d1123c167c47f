import type { IsoTime } from '../contracts/ids.js';
import type { RunListFilter } from '../contracts/run-record.js';
import { epochMs, isoTime } from '../contracts/time.js';
import type { Statement } from '../db/statement.js';
import { decodeCursor } from './run-cursor.js';
import { FILTER_TEXT_UNITS_MAX } from './run-row.js';
import { TRIGRAM_LENGTH } from './search-piece.js';

/** Totals are counted up to here; counting all of a large table on every page would cost more than the page. */
export const RUN_COUNT_MAX = 1_000;
export const RUN_OFFSET_MAX = 10_000;
/**
 * A fragment of fewer than three letters has no trigram to look up. It is searched for among the newest runs only,
 * this many, so that its cost has a bound; longer ones use the index and see every run.
 */
export const SHORT_SEARCH_RUNS_MAX = 5_000;
/** A change later than this after the creation is a late one (`runs_late_idx`). */
const LATE_MS = 86_400_000;

/** What was found out before the list is asked for; it makes the list quick and leaves its answer as it is. */
export interface ListHints {
  /** All scenarios with the wanted part in their name; undefined: none wanted, or too many to name. */
  readonly scenarios?: readonly string[] | undefined;
  /** A piece of the wanted text, joined, that the index is asked for; undefined: none wanted, or the index would not help. */
  readonly piece?: string | undefined;
  /** The one of the wanted tags whose runs are read; undefined: none wanted, or most runs are walked along anyway. */
  readonly tag?: string | undefined;
}

const COLUMNS = {
  createdAt: 'created_at',
  updatedAt: 'updated_at',
} as const;

/** The conditions of the partial indexes in migrations 4 and 6, word for word. */
const LISTED = `archived_at is null and mode <> 'sandbox'`;
const BRIEF = `${LISTED} and octet_length(search_text) <= 512`;
const LONG = `${LISTED} and octet_length(search_text) > 512`;
const RARE = `${BRIEF} and status <> 'completed'`;
const LATE = `${BRIEF} and updated_at - created_at > interval '1 day'`;

/** The expression of `run_texts_search_idx`: what `joined` does, in the database. Ten times as quick there as `translate`. */
const JOINED_TEXT = [' ', '-', String.raw`\n`, '/', '.', '_'].reduce(
  (text, between) => `replace(${text}, E'${between}', 'q')`,
  'search_text',
);

/** Gives each value its placeholder. */
type Placeholder = (value: unknown) => string;

/**
 * Asks in one row for `counted`, the runs that match (at most one more than RUN_COUNT_MAX matter), for `ids`, the page in
 * its order and one id more if there is a further page, and for `places`, the time by which each of them is where it is.
 * Throws VALIDATION_ERROR for a bad cursor.
 */
export function listStatement(filter: RunListFilter, hints: ListHints): Statement {
  const values: unknown[] = [];
  const $: Placeholder = (value) => `$${values.push(value)}`;
  const order = orderOf(filter);
  const source = sourceOf(filter, hints, $);
  const offset = offsetOf(filter);
  const pageEnd = offset + filter.limit + 1;
  // Without a cursor the count is a walk along the same runs from the start, so the page is a part of it.
  const [counted, arms, take] =
    filter.cursor === undefined
      ? ['count(*)::int', source.arms, Math.max(pageEnd, RUN_COUNT_MAX + 1)]
      : [
          `(select count(*)::int from (${found(source.arms, '', RUN_COUNT_MAX + 1)}) as matching)`,
          withCursor(source.arms, filter, $),
          pageEnd,
        ];
  const page = `[${offset + 1}:${pageEnd}]::text[]`;
  const text = `${source.with}select ${counted} as counted, (array_agg(id))${page} as ids,
      (array_agg(${COLUMNS[filter.sortBy]}))${page} as places
    from (${found(arms, order, take)}) as found`;
  return { text, values };
}

export function offsetOf(filter: RunListFilter): number {
  return filter.cursor === undefined ? Math.min(filter.offset ?? 0, RUN_OFFSET_MAX) : 0;
}

/** The part of a text that is looked for: in lower case, as far as the columns hold it; undefined: none. */
export function fragmentOf(text: string | undefined): string | undefined {
  return partOf(text?.toLowerCase());
}

/** As it was given: for columns of which the database itself makes small letters, because it has rules of its own for it. */
function partOf(text: string | undefined): string | undefined {
  const part = text?.trim().slice(0, FILTER_TEXT_UNITS_MAX) ?? '';
  return part === '' ? undefined : part;
}

/** A part of a scenario's name that an index of trigrams can be asked for. */
export function longPartOf(text: string | undefined): string | undefined {
  const part = partOf(text);
  return part !== undefined && part.length >= TRIGRAM_LENGTH ? part : undefined;
}

/** LIKE's pattern for a part of a text; its wildcards stand for themselves. */
export function patternOf(fragment: string): string {
  return `%${fragment.replace(/[\\%_]/g, '\\$&')}%`;
}

interface Source {
  readonly with: string;
  /** Sets of runs that have none in common and are together what the filter asks for; each has an index of its own. */
  readonly arms: readonly Arm[];
}

interface Arm {
  readonly from: string;
  readonly where: readonly string[];
  /** All of them changed before this. */
  readonly changedBefore?: IsoTime;
}

function sourceOf(filter: RunListFilter, hints: ListHints, $: Placeholder): Source {
  const conditions = conditionsOf(filter, hints, $);
  const short = shortConditionsOf(filter, $);
  const shown = [...shownOf(filter), ...conditions];
  if (short.length > 0) return gathered(NEWEST, [...shown, ...short]);
  if (hints.piece !== undefined) {
    const texts = `(select *, run_id as id from run_texts
      where ${JOINED_TEXT} like ${$(patternOf(hints.piece))}) as texts`;
    return filter.cursor === undefined ? { with: '', arms: [{ from: texts, where: shown }] } : gathered(texts, shown);
  }
  if (filter.includeArchived || filter.includeSandbox) return { with: '', arms: [{ from: 'runs', where: shown }] };
  if (hints.tag !== undefined) {
    const tagged = `(select *, run_id as id from run_tags where tag = ${$(hints.tag)}) as tagged`;
    return {
      with: '',
      arms: [
        { from: tagged, where: conditions },
        { from: 'runs', where: [LONG, ...conditions] },
      ],
    };
  }
  return { with: '', arms: listedArms(filter, conditions, $) };
}

/** Listed runs, in sets that can each be read in the order of an index. */
function listedArms(filter: RunListFilter, conditions: readonly string[], $: Placeholder): readonly Arm[] {
  const arm = (...where: readonly string[]): Arm => ({ from: 'runs', where: [...where, ...conditions] });
  const status = filter.status ?? [];
  const slices =
    status.length === 0 || status.includes('completed')
      ? [BRIEF]
      : [...new Set(status)].map((one) => `${RARE} and status = ${$(one)}`);
  const { createdBefore } = filter;
  if (filter.sortBy === 'createdAt' || createdBefore === undefined)
    return [...slices.map((slice) => arm(slice)), arm(LONG)];
  // Runs that were made early changed early, but for a few: the walk along all changes need not begin at today's.
  const changedBefore = isoTime(epochMs(createdBefore) + LATE_MS);
  const soon = $(changedBefore);
  return [
    ...slices.map((slice) => ({ ...arm(slice, `updated_at < ${soon}`), changedBefore })),
    arm(LATE, `updated_at >= ${soon}`),
    arm(LONG),
  ];
}

/** Looked through one by one; otherwise an order of another column is walked to its end. */
const NEWEST = `(select * from runs order by created_at desc, id desc limit ${SHORT_SEARCH_RUNS_MAX}) as newest`;

/** What matches is gathered once, and then counted and paged. */
function gathered(from: string, where: readonly string[]): Source {
  return {
    with: `with gathered as materialized (
        select id, created_at, updated_at from ${from} where ${where.join(' and ')}) `,
    arms: [{ from: 'gathered', where: ['true'] }],
  };
}

function shownOf({ includeArchived, includeSandbox }: RunListFilter): readonly string[] {
  return [...(includeArchived ? [] : ['archived_at is null']), ...(includeSandbox ? [] : [`mode <> 'sandbox'`])];
}

/** At most `take` ids; each arm is ordered and cut by itself, so that each can be read from its own index. */
function found(arms: readonly Arm[], order: string, take: number): string {
  const one = ({ from, where }: Arm): string =>
    `select id, created_at, updated_at from ${from} where ${where.join(' and ') || 'true'} ${order} limit ${take}`;
  const [first, ...others] = arms;
  if (first === undefined || others.length === 0) return first === undefined ? '' : one(first);
  return `select id, created_at, updated_at from (${arms.map((arm) => `(${one(arm)})`).join(' union all ')}) as arms ${order} limit ${take}`;
}

function orderOf({ sortBy, sortOrder }: RunListFilter): string {
  return `order by ${COLUMNS[sortBy]} ${sortOrder}, id ${sortOrder}`;
}

/**
 * The arms from the cursor on. Where the window lies wholly behind the cursor it is left out: of two bounds an index scan may
 * begin at the wider one.
 */
function withCursor(arms: readonly Arm[], filter: RunListFilter, $: Placeholder): readonly Arm[] {
  const { sortBy, sortOrder, createdAfter, createdBefore } = filter;
  const { at, id } = decodeCursor(filter.cursor ?? '', sortBy, sortOrder);
  const isBehind = ({ changedBefore }: Arm): boolean => {
    // Whatever was made after a time also changed after it.
    if (sortOrder === 'asc') return createdAfter !== undefined && epochMs(createdAfter) > epochMs(at);
    const end = sortBy === 'createdAt' ? createdBefore : changedBefore;
    return end !== undefined && epochMs(end) <= epochMs(at);
  };
  if (arms.every(isBehind)) return arms;
  const after = `(${COLUMNS[sortBy]}, id) ${sortOrder === 'asc' ? '>' : '<'} (${$(at)}::timestamptz, ${$(id)}::uuid)`;
  return arms.map((arm) => (isBehind(arm) ? arm : { ...arm, where: [...arm.where, after] }));
}

function conditionsOf(filter: RunListFilter, hints: ListHints, $: Placeholder): readonly string[] {
  const { status = [], tags = [], modeName, runtimeKind, environment, createdAfter, createdBefore } = filter;
  const given = <T>(value: T | undefined, condition: (value: T) => string): readonly string[] =>
    value === undefined ? [] : [condition(value)];
  return [
    ...(status.length === 0 ? [] : [`status = any(${$([...status])}::text[])`]),
    ...(tags.length === 0 ? [] : [`tags @> ${$([...tags])}::text[]`]),
    ...given(modeName, (value) => `mode_name = ${$(value)}`),
    ...given(runtimeKind, (value) => `runtime_kind = ${$(value)}`),
    ...given(environment, (value) => `environment = ${$(value.slice(0, FILTER_TEXT_UNITS_MAX))}`),
    ...given(createdAfter, (value: IsoTime) => `created_at >= ${$(value)}`),
    // Nothing changes before it is made, so a walk along the last changes may end there too.
    ...(filter.sortBy === 'createdAt' ? [] : given(createdAfter, (value) => `updated_at >= ${$(value)}`)),
    ...given(createdBefore, (value: IsoTime) => `created_at < ${$(value)}`),
    ...given(longPartOf(filter.scenarioRef), (part) =>
      hints.scenarios === undefined
        ? `strpos(lower(scenario_ref), lower(${$(part)}::text)) > 0`
        : `scenario_ref = any(${$([...hints.scenarios])}::text[])`,
    ),
    // Not LIKE, which would ask the index for every trigram of the fragment.
    ...given(longFragmentOf(filter.search), (fragment) => `strpos(search_text, ${$(fragment)}) > 0`),
  ];
}

/** A fragment that an index of trigrams can be asked for. */
export function longFragmentOf(text: string | undefined): string | undefined {
  const fragment = fragmentOf(text);
  return fragment !== undefined && fragment.length >= TRIGRAM_LENGTH ? fragment : undefined;
}

function shortConditionsOf(filter: RunListFilter, $: Placeholder): readonly string[] {
  const isShort = (text: string | undefined): text is string => text !== undefined && text.length < TRIGRAM_LENGTH;
  const [part, fragment] = [partOf(filter.scenarioRef), fragmentOf(filter.search)];
  return [
    ...(isShort(part) ? [`strpos(lower(scenario_ref), lower(${$(part)}::text)) > 0`] : []),
    ...(isShort(fragment) ? [`strpos(search_text, ${$(fragment)}) > 0`] : []),
  ];
}
