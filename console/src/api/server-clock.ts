/** A Date header has whole seconds and was written before it is read: less than this is no difference. Milliseconds. */
const AGREED_MS = 2_000;

/** By how much the control plane's clock is ahead of this browser's. Milliseconds. */
let aheadMs = 0;

/** Takes the control plane's clock from the Date header of an answer that came at `nowMs` by this browser's. */
export function noteServerDate(date: string | null, nowMs: number): void {
  const ahead = Date.parse(date ?? '') - nowMs;
  if (Math.abs(ahead - aheadMs) >= AGREED_MS) aheadMs = ahead;
}

/** A time by this browser's clock, as the control plane's has it: every time that the API tells is by that one. */
export function toServerTime(browserMs: number): number {
  return browserMs + aheadMs;
}
