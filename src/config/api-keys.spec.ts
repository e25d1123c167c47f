import { describe, expect, it } from 'vitest';
import { API_KEYS_MAX, hashOfKey, parseApiKeys } from './api-keys.js';
import { ConfigError, parseConfig } from './config.js';

const HASH = hashOfKey('macp_one').toString('hex');
const problemOf = (text: string): string => {
  try {
    parseConfig({ API_KEYS: text }, () => '');
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
};

describe('API_KEYS', () => {
  it('is a list of id, scope and hash', () => {
    const keys = parseApiKeys(`ann:read:${HASH}, ann-2:admin:${HASH},`);
    expect(keys).toEqual([
      { id: 'ann', scope: 'read', hash: hashOfKey('macp_one') },
      { id: 'ann-2', scope: 'admin', hash: hashOfKey('macp_one') },
    ]);
  });

  it('is empty unless set', () => {
    expect(parseConfig({}, () => '').http.apiKeys).toEqual([]);
  });

  it.each([
    ['macp_secret', 'entry 1 must be'],
    [`ann:read:${HASH},macp_secret`, 'entry 2 must be'],
    ['ann:read:macp_secret', 'entry 1 must be'],
    [`ann:root:${HASH}`, 'entry 1 must be'],
    [`Ann:read:${HASH}`, 'entry 1 must be'],
    [`${'a'.repeat(65)}:read:${HASH}`, 'entry 1 must be'],
    [`ann:read:${HASH},ann:admin:${HASH}`, 'entry 2 has the id of another one'],
    [Array.from({ length: API_KEYS_MAX + 1 }, (_, n) => `k${n}:read:${HASH}`).join(','), 'must be at most'],
  ])('refuses %s without repeating it', (text, problem) => {
    const told = problemOf(text);
    expect(told).toContain(problem);
    expect(told).not.toContain('secret');
    expect(told).not.toContain(HASH);
  });
});
