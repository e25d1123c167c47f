import { median } from './statistics.js';

/** So many envelopes were stored by then, and so much CPU time had their process used. Milliseconds. */
export interface Progress {
  readonly at: number;
  readonly cpuMs: number;
  readonly count: number;
}

export type Measure = 'at' | 'cpuMs';

/** Milliseconds that each `size` envelopes took, in order, read off the samples by linear interpolation. */
export function costs(samples: readonly Progress[], size: number, measure: Measure): readonly number[] {
  const last = samples.at(-1)?.count ?? 0;
  const parts = Math.floor(last / size);
  const marks = Array.from({ length: parts + 1 }, (_, index) => timeOf(samples, index * size, measure));
  return marks.slice(1).map((at, index) => at - (marks[index] ?? 0));
}

/** Median cost at the end over that at the beginning, each over `window` parts; 1 = no growth. */
export function growthOf(parts: readonly number[], window: number): number {
  if (parts.length < 2 * window) throw new Error(`${parts.length} parts are too few for two windows of ${window}`);
  return median(parts.slice(-window)) / median(parts.slice(0, window));
}

/** Shortest wait between two samples. Milliseconds. */
const SAMPLE_MS_MIN = 5;

/**
 * How long to wait for the next sample: half of what is left at the rate so far, so that the end is told when it comes, but at most
 * `everyMs`, for to ask is work for the same cores.
 */
export function waitMs(samples: readonly Progress[], envelopes: number, everyMs: number): number {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.count === 0) return everyMs;
  const leftMs = ((envelopes - last.count) / last.count) * (last.at - first.at);
  return Math.max(Math.min(SAMPLE_MS_MIN, everyMs), Math.min(everyMs, leftMs / 2));
}

function timeOf(samples: readonly Progress[], count: number, measure: Measure): number {
  const index = samples.findIndex((sample) => sample.count >= count);
  const high = samples[index];
  const low = samples[index - 1];
  if (high === undefined) throw new Error(`${count} envelopes were never reached`);
  if (low === undefined) return high[measure];
  return low[measure] + ((count - low.count) / (high.count - low.count)) * (high[measure] - low[measure]);
}
