import type { PostAnswer } from '../calls/guarded-post.client.js';
import { delayMs, type Growth } from '../contracts/delay.js';
import { epochMs } from '../contracts/time.js';
import type { IsoTime } from '../contracts/ids.js';

/** How long an event waits before it is sent again. */
const RETRY: Growth = { firstMs: 1_000, maxMs: 300_000 };
/** The longest Retry-After that counts. Milliseconds. */
export const RETRY_AFTER_MS_MAX = RETRY.maxMs;
/** How often an event that is refused for itself is sent; then it is passed over. */
export const REFUSALS_MAX = 10;
/** After so long of nothing but failures a webhook is switched off. Milliseconds. */
export const FAILING_MS_MAX = 3 * 86_400_000;
/** How long a webhook rests whose name leads to an address that is not allowed. Milliseconds. */
export const BLOCKED_MS = 60_000;

/** What `lastError` begins with where nothing may be sent. */
export const NOT_ALLOWED = 'not allowed: ';

/**
 * Refusals of the event itself. Any other, a signature that is not accepted or a path that is not there, would be that of every
 * event, and is for somebody to mend.
 */
const OF_THE_EVENT: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
const GONE = 410;

/** Where a webhook stands before an attempt. */
export interface Standing {
  /** Failures in a row since the last delivery. */
  readonly attempts: number;
  /** Refusals in a row of the event that is next. */
  readonly refusals: number;
  readonly failingSince: IsoTime | null;
}

export type Verdict =
  | { readonly next: 'delivered' }
  /** Nothing was sent, and nothing counts. */
  | { readonly next: 'blocked'; readonly waitMs: number; readonly error: string }
  /** The same event again, after `waitMs`. */
  | { readonly next: 'retry'; readonly waitMs: number; readonly refusals: number; readonly error: string }
  /** On with the following event, after `waitMs`. */
  | { readonly next: 'passed_over'; readonly waitMs: number; readonly error: string }
  | { readonly next: 'switched_off'; readonly error: string };

/** What an attempt means for its webhook. `now` in epoch milliseconds, `random` in [0, 1). */
export function verdictOf(answer: PostAnswer, standing: Standing, now: number, random: number): Verdict {
  if (answer.outcome === 'blocked') {
    return { next: 'blocked', waitMs: BLOCKED_MS, error: `${NOT_ALLOWED}${answer.refusal}` };
  }
  if (answer.outcome === 'unanswered') return afterFailure(`no answer: ${answer.problem}`, standing, now, random);
  const { httpStatus, retryAfter } = answer;
  if (httpStatus >= 200 && httpStatus < 300) return { next: 'delivered' };
  const error = `HTTP ${httpStatus}`;
  if (httpStatus === GONE) return { next: 'switched_off', error: `${error}: gone` };
  return afterFailure(error, standing, now, random, { isRefusal: OF_THE_EVENT.has(httpStatus), retryAfter });
}

function afterFailure(
  error: string,
  { attempts, refusals, failingSince }: Standing,
  now: number,
  random: number,
  { isRefusal = false, retryAfter }: { readonly isRefusal?: boolean; readonly retryAfter?: string | undefined } = {},
): Verdict {
  if (failingSince !== null && now - epochMs(failingSince) >= FAILING_MS_MAX) {
    return { next: 'switched_off', error: `${error}: nothing was delivered for three days` };
  }
  const waitMs = Math.max(delayMs(RETRY, attempts, random), retryAfterMs(retryAfter));
  const refused = isRefusal ? refusals + 1 : refusals;
  if (refused >= REFUSALS_MAX) return { next: 'passed_over', waitMs, error: `${error}: the event was passed over` };
  return { next: 'retry', waitMs, refusals: refused, error };
}

/** The form in seconds; 0 without one, and for a date. */
function retryAfterMs(header: string | undefined): number {
  return header !== undefined && /^\d{1,9}$/.test(header) ? Math.min(Number(header) * 1_000, RETRY_AFTER_MS_MAX) : 0;
}
