import { BARS, type Bar, type BarName } from '../bars.js';
import type { Measured } from './scenario.js';
import { median, spread, type Spread } from './statistics.js';

export type Verdict = 'met' | 'missed' | 'missed here' | '';

/** One line of the table: a figure over all rounds, and what is thought of it. */
export interface Line {
  readonly scenario: string;
  readonly bar: BarName | undefined;
  readonly number: number | undefined;
  readonly name: string;
  readonly unit: string;
  readonly figure: Spread;
  readonly rounds: readonly number[];
  readonly bound: string;
  readonly limit: number | undefined;
  readonly ratio: number | undefined;
  readonly verdict: Verdict;
  readonly notes: readonly string[];
}

/** The lines of a scenario from the figures of its rounds; figures of the same name belong together. */
export function linesOf(scenario: string, rounds: readonly (readonly Measured[])[]): readonly Line[] {
  const groups = new Map<string, Measured[]>();
  for (const measured of rounds.flat()) {
    const key = nameOf(measured);
    groups.set(key, [...(groups.get(key) ?? []), measured]);
  }
  return [...groups.values()].map((group) => lineOf(scenario, group));
}

/** Missing one of these fails the benchmark. */
export function fails(line: Line): boolean {
  return line.verdict === 'missed';
}

function lineOf(scenario: string, group: readonly Measured[]): Line {
  const of = group[0]!.of;
  const bar: Bar = typeof of === 'string' ? BARS[of] : { number: undefined, weight: 'reported', ...of };
  const rounds = group.map(({ value }) => value);
  const figure = spread(rounds);
  const limits = group.flatMap(({ limit }) => (limit === undefined ? [] : [limit]));
  // The share of a round is taken before the median: rounds differ, and each has a limit of its own.
  const ratios = group.flatMap(({ value, limit }) => (limit === undefined ? [] : [value / limit]));
  return {
    scenario,
    bar: typeof of === 'string' ? of : undefined,
    number: bar.number,
    name: bar.name,
    unit: bar.unit,
    figure,
    rounds,
    bound: boundOf(bar),
    limit: limits.length === 0 ? undefined : median(limits),
    ratio: ratios.length === 0 ? undefined : median(ratios),
    verdict: verdictOf(bar, figure.median),
    notes: [...new Set(group.flatMap(({ note }) => (note === undefined ? [] : [note])))],
  };
}

/** Whether a figure keeps the bound of its bar; without one, every figure does. */
export function keeps({ atMost, atLeast }: Bar, value: number): boolean {
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
}

function verdictOf(bar: Bar, value: number): Verdict {
  if (bar.weight === 'reported') return '';
  if (keeps(bar, value)) return 'met';
  return bar.weight === 'ratio' ? 'missed' : 'missed here';
}

function boundOf({ atMost, atLeast }: Bar): string {
  if (atMost !== undefined) return `≤ ${number(atMost)}`;
  return atLeast === undefined ? '' : `≥ ${number(atLeast)}`;
}

function nameOf({ of }: Measured): string {
  return typeof of === 'string' ? of : of.name;
}

/** Three digits where there is a fraction, thousands in groups. */
export function number(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d|.*\.))/g, ' ');
}
