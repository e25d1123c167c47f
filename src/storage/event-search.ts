import type { IsoTime, RunId } from '../contracts/ids.js';
import { cutPage } from './cut-page.js';
import type { EventWindow } from './event-window.repository.js';
import { BODY_BYTES, CANONICAL_ALIASES } from './stored-texts.repository.js';

/** Types that make up most of a log. No index holds them: whoever asks for them reads the log itself. */
const BULK_TYPES: readonly string[] = ['message.received', 'proposal.updated'];
const BULK_SQL = BULK_TYPES.map((type) => `'${type}'`).join(', ');

/** What a page of events holds in its rows, and as much each in the rows that these point to; one event at least. */
export const EVENT_PAGE_BYTES_MAX = 8_388_608;

export interface CanonicalPage {
  readonly afterSeq: number;
  readonly limit: number;
  /** Less than EVENT_PAGE_BYTES_MAX. */
  readonly bytesMax?: number | undefined;
  /** Inclusive. */
  readonly toSeq?: number | undefined;
  readonly types?: readonly string[] | undefined;
  readonly subjectId?: string | undefined;
}

/** A page of one run's log, ascending. */
export function logStatement(runId: RunId, page: CanonicalPage) {
  const { afterSeq, limit, bytesMax = EVENT_PAGE_BYTES_MAX, toSeq, types = [], subjectId } = page;
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    `e.run_id = ${given(runId)}::uuid`,
    `e.seq > ${given(afterSeq)}::bigint`,
    ...(toSeq === undefined ? [] : [`e.seq <= ${given(toSeq)}::bigint`]),
    ...typesOf(types, given),
    ...(subjectId === undefined ? [] : [`e.subject_id = ${given(subjectId)}`]),
  ];
  const text = cutPage({
    columns: CANONICAL_ALIASES,
    from: 'run_events_canonical e',
    where: conditions.join(' and '),
    key: 'e.seq',
    limit: `${given(limit)}::int`,
    bytes: BODY_BYTES,
    bytesMax,
  });
  return { text, values };
}

/** Events of all runs, in the order of their global ordinals, or of one in that of its seqs. */
export interface EventSearch {
  /** Newest first: events before this ordinal, 0 = from the newest. Not looked at when `run` is given. */
  readonly afterOrdinal: number;
  readonly newestFirst?: boolean | undefined;
  /** Only this run's events; `afterSeq` is the position then, in the same sense. */
  readonly run?: { readonly id: RunId; readonly afterSeq: number } | undefined;
  readonly limit: number;
  readonly types?: readonly string[] | undefined;
  /** Exact scenario (or source) reference of the run. */
  readonly scenarioRef?: string | undefined;
  /** Lower bound, inclusive, and upper bound, exclusive, of `ts`. */
  readonly afterTs?: IsoTime | undefined;
  readonly beforeTs?: IsoTime | undefined;
}

/** Ordinals below are given for good: no transaction that is still writing, or begins later, can get one. */
export const SETTLED_ORDINAL = `(select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + last_value) << 14
       from run_events_transaction_offset)`;

/** What was looked up before a search, so that it reads little of the log. */
export interface SearchLookup {
  /** SETTLED_ORDINAL by then: what the lookup could not see has none below. */
  readonly settled: string;
  /** The runs of the scenario, where they are few. */
  readonly runs?: readonly string[] | undefined;
  /** Where the events of the time window are. */
  readonly window?: EventWindow | undefined;
}

/**
 * The page of a search as one statement. What is not asked for is no part of it: a condition that may not hold keeps the
 * planner from looking up what it could. Without the scenario's runs each event is asked for its run's scenario.
 */
export function searchStatement(search: EventSearch, lookup?: SearchLookup) {
  const { run, types = [], scenarioRef, afterTs, beforeTs, newestFirst } = search;
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const position = run === undefined ? 'e.global_ordinal' : 'e.seq';
  const conditions = [
    ...placeOf(search, position, given),
    `e.global_ordinal < ${lookup === undefined ? SETTLED_ORDINAL : `${given(lookup.settled)}::bigint`}`,
    ...windowOf(lookup?.window, given),
    ...(run === undefined ? [] : [`e.run_id = ${given(run.id)}::uuid`]),
    ...typesOf(types, given),
    ...(scenarioRef === undefined ? [] : [scenarioOf(scenarioRef, lookup?.runs, given)]),
    ...(afterTs === undefined ? [] : [`e.ts >= ${given(afterTs)}::timestamptz`]),
    ...(beforeTs === undefined ? [] : [`e.ts < ${given(beforeTs)}::timestamptz`]),
  ];
  const limit = `${given(search.limit)}::int`;
  const order = newestFirst === true ? 'desc' : 'asc';
  const text = cutPage({
    // What meets all conditions may be far apart, and is looked for once.
    given: `page as materialized (select e.* from run_events_canonical e where ${conditions.join(' and ')}
      order by ${position} ${order} limit ${limit})`,
    columns: `${CANONICAL_ALIASES}, e.global_ordinal as "globalOrdinal"`,
    from: 'page e',
    where: 'true',
    key: position,
    newestFirst,
    limit,
    bytes: BODY_BYTES,
    bytesMax: EVENT_PAGE_BYTES_MAX,
  });
  return { text, values };
}

type Given = (value: unknown) => string;

function placeOf({ run, afterOrdinal, newestFirst }: EventSearch, position: string, given: Given): readonly string[] {
  const after = run?.afterSeq ?? afterOrdinal;
  if (newestFirst !== true) return [`${position} > ${given(after)}::bigint`];
  return after === 0 ? [] : [`${position} < ${given(after)}::bigint`];
}

function windowOf(window: EventWindow | undefined, given: Given): readonly string[] {
  return [
    ...(window?.first === undefined ? [] : [`e.global_ordinal >= ${given(window.first)}::bigint`]),
    ...(window?.last === undefined ? [] : [`e.global_ordinal <= ${given(window.last)}::bigint`]),
  ];
}

function scenarioOf(scenarioRef: string, runs: readonly string[] | undefined, given: Given): string {
  return runs === undefined
    ? `e.run_id in (select id from runs where scenario_ref = ${given(scenarioRef)})`
    : `e.run_id = any(${given([...runs])}::uuid[])`;
}

function typesOf(types: readonly string[], given: Given): readonly string[] {
  if (types.length === 0) return [];
  // Said in so many words, because only then the index of the rarer types may be used.
  const rare = areRare(types) ? [`e.type not in (${BULK_SQL})`] : [];
  return [`e.type = any(${given([...types])}::text[])`, ...rare];
}

/** Whether a filter asks only for types that are indexed. */
function areRare(types: readonly string[]): boolean {
  return !types.some((type) => BULK_TYPES.includes(type));
}
