/** First delay before a broken stream is opened again. */
export const RECONNECT_DELAY_MS_MIN = 250;
/** Delays grow no further than this (before jitter). */
export const RECONNECT_DELAY_MS_MAX = 30_000;
/** Share by which a delay may be longer or shorter, so that many streams do not come back in step. */
export const RECONNECT_JITTER = 0.2;
/** A stream that stood this long was a good one, though it was silent: the next outage begins with the shortest wait. */
export const STABLE_MS = 5_000;

/**
 * Milliseconds to wait before attempt number `attempt` (0 = the first retry after a success).
 * `random` is a number in [0, 1). Doubles per attempt up to the maximum, ±20 %; always finite and positive.
 */
export function nextDelayMs(attempt: number, random: number): number {
  // 2^20 × 250 ms is far over the maximum; the bound keeps the power finite.
  const doublings = Math.min(Math.max(0, Math.floor(attempt)), 20);
  const delay = Math.min(RECONNECT_DELAY_MS_MIN * 2 ** doublings, RECONNECT_DELAY_MS_MAX);
  return Math.round(delay * (1 - RECONNECT_JITTER + 2 * RECONNECT_JITTER * random));
}
