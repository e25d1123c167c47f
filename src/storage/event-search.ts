import type { IsoTime, RunId } from '../contracts/ids.js';
import { CANONICAL_ALIASES } from './stored-texts.repository.js';

/** Types that make up most of a log. No index holds them: whoever asks for them reads the log itself. */
const BULK_TYPES: readonly string[] = ['message.received', 'proposal.updated'];
export const BULK_SQL = BULK_TYPES.map((type) => `'${type}'`).join(', ');

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

/** The runs of a scenario, where they are few. */
export interface ScenarioRuns {
  readonly ids: readonly string[];
  /** SETTLED_ORDINAL when they were looked up: events of a run that was made since have none below. */
  readonly settled: string;
}

/**
 * The page of a search as one statement. What is not asked for is no part of it: a condition that may not hold keeps the
 * planner from looking up what it could. Without `scenarioRuns` each event is asked for its run's scenario.
 */
export function searchStatement(search: EventSearch, scenarioRuns?: ScenarioRuns) {
  const { run, types = [], scenarioRef, afterTs, beforeTs } = search;
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const position = run === undefined ? 'e.global_ordinal' : 'e.seq';
  const conditions = [
    ...placeOf(search, position, given),
    `e.global_ordinal < ${scenarioRuns === undefined ? SETTLED_ORDINAL : `${given(scenarioRuns.settled)}::bigint`}`,
    ...(run === undefined ? [] : [`e.run_id = ${given(run.id)}::uuid`]),
    ...(types.length === 0 ? [] : [`e.type = any(${given([...types])}::text[])`]),
    // Said in so many words, because only then the index of the rarer types may be used.
    ...(areRare(types) ? [`e.type not in (${BULK_SQL})`] : []),
    ...(scenarioRef === undefined ? [] : [scenarioOf(scenarioRef, scenarioRuns, given)]),
    ...(afterTs === undefined ? [] : [`e.ts >= ${given(afterTs)}::timestamptz`]),
    ...(beforeTs === undefined ? [] : [`e.ts < ${given(beforeTs)}::timestamptz`]),
  ];
  const text = `select ${CANONICAL_ALIASES}, e.global_ordinal as "globalOrdinal" from run_events_canonical e
    where ${conditions.join(' and ')}
    order by ${position} ${search.newestFirst === true ? 'desc' : 'asc'} limit ${given(search.limit)}::int`;
  return { text, values };
}

type Given = (value: unknown) => string;

function placeOf({ run, afterOrdinal, newestFirst }: EventSearch, position: string, given: Given): readonly string[] {
  const after = run?.afterSeq ?? afterOrdinal;
  if (newestFirst !== true) return [`${position} > ${given(after)}::bigint`];
  return after === 0 ? [] : [`${position} < ${given(after)}::bigint`];
}

function scenarioOf(scenarioRef: string, runs: ScenarioRuns | undefined, given: Given): string {
  return runs === undefined
    ? `e.run_id in (select id from runs where scenario_ref = ${given(scenarioRef)})`
    : `e.run_id = any(${given([...runs.ids])}::uuid[])`;
}

/** Whether a filter asks only for types that are indexed. */
export function areRare(types: readonly string[]): boolean {
  return types.length > 0 && !types.some((type) => BULK_TYPES.includes(type));
}
