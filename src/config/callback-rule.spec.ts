import { describe, expect, it } from 'vitest';
import { parseNetwork } from './callback-rule.js';

describe('a network that may be reached', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0', 8],
    ['127.0.0.1', '127.0.0.1', 32],
    ['fd00::/8', 'fd00::', 8],
    ['::1', '::1', 128],
    ['0.0.0.0/0', '0.0.0.0', 0],
  ])('%s', (text, address, bits) => {
    const network = parseNetwork(text);
    expect([network?.address.toString(), network?.bits]).toEqual([address, bits]);
  });

  it.each([
    '',
    '10',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '0177.0.0.1',
    '2130706433',
    'fe80::1%eth0',
    '::ffff:10.0.0.0/104',
    '::/129',
    'example.org',
  ])('not %j', (text) => expect(parseNetwork(text)).toBeUndefined());
});
