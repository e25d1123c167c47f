import { describe, expect, it } from 'vitest';
import { isSessionId } from './session-id.js';

describe('a session id', () => {
  it.each([
    '3f0c6a52-9d1e-4b7a-8c35-1f2e3d4c5b6a',
    '018f3b7c-0000-7abc-8def-0123456789ab',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'abcdefghijklmnopqrstuv',
    'with_under-score-and-dash',
  ])('may be %s', (id) => expect(isSessionId(id)).toBe(true));

  it.each([
    '',
    'abcdefghijklmnopqrstu',
    '3F0C6A52-9D1E-4B7A-8C35-1F2E3D4C5B6A',
    '3f0c6a52-9d1e-1b7a-8c35-1f2e3d4c5b6a',
    '3f0c6a52-9d1e-|b7a-8c35-1f2e3d4c5b6a',
    'abcdefghijklmnopqrstuv.',
    'abcdefghijklmnopqrstuv\n',
    'x'.repeat(129),
  ])('may not be %j', (id) => expect(isSessionId(id)).toBe(false));
});
