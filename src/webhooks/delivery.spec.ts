import { describe, expect, it } from 'vitest';
import { isoTime } from '../contracts/time.js';
import { BLOCKED_MS, FAILING_MS_MAX, REFUSALS_MAX, RETRY_AFTER_MS_MAX, verdictOf } from './delivery.js';

const NOW = 1_800_000_000_000;
const fresh = { attempts: 0, refusals: 0, failingSince: null };
const answered = (httpStatus: number, retryAfter?: string) =>
  ({ outcome: 'answered', httpStatus, ...(retryAfter === undefined ? {} : { retryAfter }) }) as const;

describe('what an attempt means', () => {
  it.each([200, 202, 299])('%i is a delivery', (status) => {
    expect(verdictOf(answered(status), fresh, NOW, 0)).toEqual({ next: 'delivered' });
  });

  it.each([302, 401, 403, 404, 408, 425, 429, 500, 503])('%i is about the moment, however often', (status) => {
    const standing = { ...fresh, attempts: 1_000, refusals: REFUSALS_MAX - 1 };
    expect(verdictOf(answered(status), standing, NOW, 0)).toMatchObject({
      ...{ next: 'retry', refusals: REFUSALS_MAX - 1, error: `HTTP ${status}` },
    });
  });

  it('an event that is refused for itself is passed over in the end', () => {
    expect(verdictOf(answered(400), fresh, NOW, 0)).toMatchObject({ next: 'retry', refusals: 1 });
    const last = { ...fresh, attempts: 9, refusals: REFUSALS_MAX - 1 };
    expect(verdictOf(answered(400), last, NOW, 0)).toMatchObject({ next: 'passed_over' });
  });

  it('410, and three days of failures, switch it off', () => {
    expect(verdictOf(answered(410), fresh, NOW, 0)).toMatchObject({ next: 'switched_off' });
    const since = { ...fresh, failingSince: isoTime(NOW - FAILING_MS_MAX) };
    const away = { outcome: 'unanswered', problem: 'CONNECTION' } as const;
    expect(verdictOf(away, since, NOW, 0)).toMatchObject({ next: 'switched_off' });
    expect(verdictOf(away, since, NOW - 1, 0)).toMatchObject({ next: 'retry', error: 'no answer: CONNECTION' });
  });

  it('what may not be called costs no attempt', () => {
    const blocked = { outcome: 'blocked', refusal: 'ADDRESS_NOT_ALLOWED' } as const;
    expect(verdictOf(blocked, fresh, NOW, 0)).toEqual({
      ...{ next: 'blocked', waitMs: BLOCKED_MS, error: 'not allowed: ADDRESS_NOT_ALLOWED' },
    });
  });

  it('waits twice as long each time up to a limit, and as long as it is asked to', () => {
    const waits = [0, 1, 2, 60].map((attempts) => verdictOf(answered(503), { ...fresh, attempts }, NOW, 0.5));
    expect(waits.map((verdict) => ('waitMs' in verdict ? verdict.waitMs : 0))).toEqual([1_000, 2_000, 4_000, 300_000]);
    expect(verdictOf(answered(503, '30'), fresh, NOW, 0)).toMatchObject({ waitMs: 30_000 });
    expect(verdictOf(answered(503, '999999'), fresh, NOW, 0)).toMatchObject({ waitMs: RETRY_AFTER_MS_MAX });
    expect(verdictOf(answered(503, 'soon'), fresh, NOW, 0)).toMatchObject({ waitMs: 800 });
  });
});
