import type { Window } from '../contracts/dashboard.js';
import type { IsoTime } from '../contracts/ids.js';
import { isoTime } from '../contracts/time.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds. */
export const WINDOWS_MS: Readonly<Record<Window, number>> = {
  '15m': 15 * MINUTE_MS,
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
};

/** Buckets of one chart at most; a line more tells an eye nothing. */
export const BUCKETS_MAX = 31;

/** Widths that people count in. Beyond the last, multiples of it. */
const WIDTHS_MS = [1, 5, 15, 30]
  .map((minutes) => minutes * MINUTE_MS)
  .concat(
    [1, 3, 6, 12].map((hours) => hours * HOUR_MS),
    [1, 7, 30].map((days) => days * DAY_MS),
  );

/**
 * Where each bucket of a period begins, ascending and without holes: multiples of one width counted from 1970, so that
 * a bucket is the same bucket whenever it is asked for. The first one holds `fromMs`, the last one `toMs`.
 */
export function bucketsOf(fromMs: number, toMs: number): readonly IsoTime[] {
  const width = widthFor(Math.max(toMs - fromMs, 0));
  const first = Math.floor(fromMs / width) * width;
  const count = Math.floor((Math.max(toMs, fromMs) - first) / width) + 1;
  return Array.from({ length: Math.min(count, BUCKETS_MAX) }, (_none, index) => isoTime(first + index * width));
}

/** A period that begins within a bucket reaches into one more than its length says. */
function widthFor(lengthMs: number): number {
  const wanted = lengthMs / (BUCKETS_MAX - 1);
  const largest = WIDTHS_MS.at(-1) ?? DAY_MS;
  return WIDTHS_MS.find((width) => width >= wanted) ?? Math.ceil(wanted / largest) * largest;
}
