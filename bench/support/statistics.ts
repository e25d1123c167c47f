export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which this part (0–1) of the samples lies, by linear interpolation. Throws without samples. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  if (low === undefined || high === undefined) throw new Error('a percentile of nothing was asked for');
  return low + (high - low) * (place - Math.floor(place));
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

export function spread(samples: readonly number[]): Spread {
  return { median: median(samples), min: percentile(samples, 0), max: percentile(samples, 1) };
}
