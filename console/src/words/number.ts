/** `12,345` as this browser writes it. */
export function countWords(count: number): string {
  return count.toLocaleString(undefined, { maximumFractionDigits: 0 });
}

/** `1 run`, `12,345 runs`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${countWords(count)} ${count === 1 ? one : many}`;
}

/** The same of a list that is counted up to a limit only. */
export function totalOf({ total, totalIsExact }: Counted, one: string): string {
  return `${totalIsExact ? '' : 'More than '}${countOf(total, one)}`;
}

interface Counted {
  readonly total: number;
  readonly totalIsExact: boolean;
}

/** A fraction 0–1 as a percentage; a digit more where it would read as nothing, or as all. */
export function shareWords(share: number): string {
  const percent = share * 100;
  const isNear = (percent !== 0 && Math.abs(percent) < 1) || (percent > 99 && percent < 100);
  if (isNear && percent > 99) return `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
  return isNear ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`;
}

/**
 * US dollars, as this browser writes them unless a locale is given; small amounts keep the digits that tell them apart, down
 * to the millionth that the service counts in.
 */
export function costWords(usd: number, locale?: string): string {
  return usd.toLocaleString(locale, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: costDigits(Math.abs(usd)),
  });
}

function costDigits(usd: number): number {
  if (usd >= 1) return 2;
  return usd >= 0.01 ? 4 : 6;
}

/** A difference with its sign; what is equal says so. */
export function deltaWords(delta: number, words: (size: number) => string): string {
  if (delta === 0) return 'the same';
  return `${delta > 0 ? '+' : '−'}${words(Math.abs(delta))}`;
}
