import { describe, expect, it } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { isUnsent, retryDelayMs } from './retry.js';

describe('retryDelayMs', () => {
  it('doubles from a tenth of a second up to five seconds', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 1_000_000].map((attempt) => retryDelayMs(attempt, 0.5));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  });

  it('spreads by a fifth either way', () => {
    expect(retryDelayMs(0, 0)).toBe(80);
    expect(retryDelayMs(0, 0.999_999)).toBe(120);
    expect(retryDelayMs(50, 0)).toBe(4_000);
  });
});

describe('a call that failed', () => {
  it.each([
    ['for want of a token', new AppError('AUTH_SERVICE_UNAVAILABLE', ''), true],
    ['before an open circuit', new AppError('RUNTIME_UNAVAILABLE', '', { circuit: 'OPEN' }), true],
    ['on trial', new AppError('RUNTIME_UNAVAILABLE', '', { circuit: 'HALF_OPEN' }), false],
    ['on its way', new AppError('RUNTIME_UNAVAILABLE', '', { call: 'Send' }), false],
    ['without a word', new AppError('RUNTIME_UNAVAILABLE', ''), false],
  ])('%s was unsent or not', (_, error, unsent) => expect(isUnsent(error)).toBe(unsent));
});
