import { describe, expect, it } from 'vitest';
import { parseHostPattern, parseNetwork } from './callback-rule.js';

describe('a host that may be called', () => {
  it.each([
    ['agents.example.org', { host: 'agents.example.org', below: false, port: undefined }],
    ['Agents.Example.ORG.', { host: 'agents.example.org', below: false, port: undefined }],
    ['*.agents.example.org', { host: 'agents.example.org', below: true, port: undefined }],
    ['agents.example.org:8443', { host: 'agents.example.org', below: false, port: 8443 }],
    ['bücher.example', { host: 'xn--bcher-kva.example', below: false, port: undefined }],
    ['10.1.2.3:80', { host: '10.1.2.3', below: false, port: 80 }],
    ['0x7f.1', { host: '127.0.0.1', below: false, port: undefined }],
    ['[FD00::1]:443', { host: 'fd00::1', below: false, port: 443 }],
    ['[::1]', { host: '::1', below: false, port: undefined }],
  ])('%s', (text, pattern) => expect(parseHostPattern(text)).toEqual(pattern));

  it.each([
    '',
    '*',
    '*.',
    'a.*.b',
    '*.10.0.0.1',
    'http://a',
    'a/b',
    'a@b',
    'a:0',
    'a:65536',
    'a:b',
    '::1',
    'a b',
    '[::1',
  ])('not %j', (text) => expect(parseHostPattern(text)).toBeUndefined());
});

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
