import { isoTime } from '../contracts/time.js';
import type { AttemptRecord } from '../storage/webhook-delivery.repository.js';
import type { Standing, Verdict } from './delivery.js';

/** What a verdict changes in its webhook's row. `ordinal` is that of the event; `now` in epoch milliseconds. */
export function attemptRecord(verdict: Verdict, standing: Standing, ordinal: number, now: number): AttemptRecord {
  const at = isoTime(now);
  if (verdict.next === 'delivered') return { cursor: ordinal, counts: 'succeeded', failure: null, at };
  const { error } = verdict;
  if (verdict.next === 'switched_off') {
    const failure = {
      ...countsOf(standing),
      attempts: standing.attempts + 1,
      error,
      nextAttemptAt: null,
      isFailing: true,
    };
    return { failure, switchOff: true, at };
  }
  const nextAttemptAt = isoTime(now + verdict.waitMs);
  if (verdict.next === 'blocked')
    return { failure: { ...countsOf(standing), error, nextAttemptAt, isFailing: false }, at };
  const attempts = standing.attempts + 1;
  if (verdict.next === 'retry') {
    return { failure: { attempts, refusals: verdict.refusals, error, nextAttemptAt, isFailing: true }, at };
  }
  const failure = { attempts, refusals: 0, error, nextAttemptAt, isFailing: true };
  return { cursor: ordinal, counts: 'failed', failure, at };
}

function countsOf({ attempts, refusals }: Standing): { readonly attempts: number; readonly refusals: number } {
  return { attempts, refusals };
}
