import { describe, expect, it } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { isUnsent } from './retry.js';

describe('a call that failed', () => {
  it.each([
    ['for want of a token', new AppError('AUTH_SERVICE_UNAVAILABLE', ''), true],
    ['before an open circuit', new AppError('RUNTIME_UNAVAILABLE', '', { circuit: 'OPEN' }), true],
    ['on trial', new AppError('RUNTIME_UNAVAILABLE', '', { circuit: 'HALF_OPEN' }), false],
    ['on its way', new AppError('RUNTIME_UNAVAILABLE', '', { call: 'Send' }), false],
    ['without a word', new AppError('RUNTIME_UNAVAILABLE', ''), false],
  ])('%s was unsent or not', (_, error, unsent) => expect(isUnsent(error)).toBe(unsent));
});
