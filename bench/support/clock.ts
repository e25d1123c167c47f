/** Milliseconds since the epoch with fractions: the one clock on which processes of this machine can be compared. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
