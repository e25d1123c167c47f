/** How waits between attempts grow. Milliseconds. */
export interface Growth {
  readonly firstMs: number;
  /** They grow no further than this, before they are spread. */
  readonly maxMs: number;
}

/** Share by which a wait may be longer or shorter, so that many who wait for the same do not all come back at once. */
export const DELAY_SPREAD = 0.2;
/** Doublings after which any wait has reached its maximum; the bound keeps the power finite. */
const DOUBLINGS_MAX = 20;

/**
 * Milliseconds to wait before attempt number `attempt` (0 = the first retry after a success): doubles per attempt up to
 * the maximum, spread by DELAY_SPREAD either way. `random` is in [0, 1). Finite and positive for any attempt.
 */
export function delayMs({ firstMs, maxMs }: Growth, attempt: number, random: number): number {
  const doublings = Math.min(Math.max(0, Math.floor(attempt)), DOUBLINGS_MAX);
  const delay = Math.min(firstMs * 2 ** doublings, maxMs);
  return Math.round(delay * (1 - DELAY_SPREAD + 2 * DELAY_SPREAD * random));
}
