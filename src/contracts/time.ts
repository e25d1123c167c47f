import type { IsoTime } from './ids.js';

/** Latest instant that an ISO time with a four-digit year can name: 9999-12-31T23:59:59.999Z. */
const EPOCH_MS_MAX = 253_402_300_799_999;

/** Epoch milliseconds → our one time format. Clamped to years 1970–9999: senders choose timestamps freely. */
export function isoTime(epochMs: number): IsoTime {
  const safe = Number.isFinite(epochMs) ? Math.min(Math.max(Math.trunc(epochMs), 0), EPOCH_MS_MAX) : 0;
  // The output of toISOString for these years is exactly the branded format.
  return new Date(safe).toISOString() as IsoTime;
}

/** Our one time format → epoch milliseconds. */
export function epochMs(time: IsoTime): number {
  return Date.parse(time);
}

/** The world's clock, passed in wherever time matters. Tests bring their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`, or early and silently when `signal` aborts; callers look at the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
