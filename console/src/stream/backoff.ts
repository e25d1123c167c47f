const FIRST_DELAY_MS = 500;
const DELAY_MS_MAX = 15_000;

/** How long to wait before attempt n (0, 1, …): doubling, with jitter from `chance` (0–1), so that a server that comes back is not met by all at once. */
export function backoffMs(attempt: number, chance: number): number {
  const whole = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** attempt);
  return whole / 2 + (whole / 2) * chance;
}
