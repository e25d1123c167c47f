/** Speeds that are offered. Events per second. */
export const SPEEDS = [1, 2, 5, 20, 100] as const;
export type Speed = (typeof SPEEDS)[number];

/** States are not shown more often than this, however fast it plays. Milliseconds. */
const TICK_MS_MIN = 200;

/** How often to go on, and by how many events. */
export function paceOf(speed: Speed): { readonly tickMs: number; readonly step: number } {
  const tickMs = Math.max(TICK_MS_MIN, 1_000 / speed);
  return { tickMs, step: Math.max(1, Math.round((speed * tickMs) / 1_000)) };
}

/** At most `max` of some ascending seqs, spread as the whole is. */
export function thinned(seqs: readonly number[], max: number): readonly number[] {
  if (seqs.length <= max) return seqs;
  return Array.from({ length: max }, (_, index) => seqs[Math.floor((index * seqs.length) / max)] ?? 0);
}
