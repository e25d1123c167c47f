/**
 * The one scale of progress: 0–100 with two decimals, or null when nothing sensible was sent. With a total it is the
 * share of it; without, values up to 1 are fractions and larger ones percentages already.
 */
export function toPercentage(progress: number | null | undefined, total: number | null | undefined): number | null {
  if (!isFiniteNumber(progress) || !isFiniteNumber(total)) return null;
  const raw = total > 0 ? (progress / total) * 100 : progress <= 1 ? progress * 100 : progress;
  const clamped = Math.min(100, Math.max(0, raw));
  return Math.round(clamped * 100) / 100;
}

function isFiniteNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
