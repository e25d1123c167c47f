import { describe, expect, it } from 'vitest';
import { hashOfKey } from '../config/api-keys.js';
import { GuessLimit, keyOf, networkOf, presentedBy } from './authentication.js';

describe('what is presented', () => {
  it.each([
    [undefined, { kind: 'missing' }],
    ['', { kind: 'malformed' }],
    ['Basic abc', { kind: 'malformed' }],
    ['Bearer', { kind: 'malformed' }],
    ['Bearer ', { kind: 'malformed' }],
    ['macp_abc', { kind: 'malformed' }],
    ['Bearer a b', { kind: 'malformed' }],
    [`Bearer ${'a'.repeat(600)}`, { kind: 'malformed' }],
    ['Bearer macp_abc', { kind: 'bearer', bearer: 'macp_abc' }],
    ['bearer  macp_abc', { kind: 'bearer', bearer: 'macp_abc' }],
  ])('%s', (header, expected) => {
    expect(presentedBy(header)).toEqual(expected);
  });
});

it('finds a key by the whole of it', () => {
  const keys = ['one', 'two'].map((key) => ({ id: key, scope: 'read' as const, hash: hashOfKey(key) }));
  expect(keyOf(keys, 'two')?.id).toBe('two');
  expect(keyOf(keys, 'tw')).toBeUndefined();
  expect(keyOf(keys, hashOfKey('two').toString('hex'))).toBeUndefined();
});

describe('networks', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the limit of guesses', () => {
  const limits = { max: 2, windowMs: 1_000, callersMax: 2 };

  it('hears so many in a window, and says when it ends', () => {
    const limit = new GuessLimit(limits);
    expect([0, 100, 200, 900].map((now) => limit.note('a', now))).toEqual([0, 0, 800, 100]);
    expect(limit.note('b', 900)).toBe(0);
    expect(limit.note('a', 1_000)).toBe(0);
  });

  it('forgets who began longest ago', () => {
    const limit = new GuessLimit(limits);
    for (const caller of ['a', 'a', 'b', 'c']) limit.note(caller, 0);
    expect(limit.note('a', 1)).toBe(0);
    expect(limit.note('c', 1)).toBe(0);
    expect(limit.note('c', 1)).toBeGreaterThan(0);
  });
});
