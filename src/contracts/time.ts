import type { IsoTime } from './ids.js';

/** Latest instant that an ISO time with a four-digit year can name: 9999-12-31T23:59:59.999Z. */
const EPOCH_MS_MAX = 253_402_300_799_999;

/** The last second that was written: the times of a batch are of the same one, and a calendar costs more than the rest. */
const latest = { second: NaN, text: '' };

/** Epoch milliseconds → our one time format. Clamped to years 1970–9999: senders choose timestamps freely. */
export function isoTime(epochMs: number): IsoTime {
  const safe = Number.isFinite(epochMs) ? Math.min(Math.max(Math.trunc(epochMs), 0), EPOCH_MS_MAX) : 0;
  const second = Math.floor(safe / 1_000);
  if (latest.second !== second) {
    latest.second = second;
    latest.text = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length);
  }
  // The output of toISOString for these years is exactly the branded format.
  return `${latest.text}${String(safe % 1_000).padStart(3, '0')}Z` as IsoTime;
}

/** Our one time format → epoch milliseconds. */
export function epochMs(time: IsoTime): number {
  return Date.parse(time);
}

/** The world's clock, passed in wherever time matters. Tests bring their own. */
export interface Clock {
  /** Epoch milliseconds: the time of day, which may be set back. What is told or stored is of this time. */
  now(): number;
  /** Milliseconds since some start; never set back. What falls due within this process is counted in these. */
  ticks(): number;
  /** Resolves after `ms`, or early and silently when `signal` aborts; callers look at the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
