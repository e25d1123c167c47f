import { describe, expect, it } from 'vitest';
import { isLoopbackHost, parseHostPattern } from './host-pattern.js';

describe('a host of a list', () => {
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

describe('this machine', () => {
  it.each(['localhost', 'console.localhost', '127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('is %s', (host) =>
    expect(isLoopbackHost(host)).toBe(true),
  );

  it.each(['localhost.example.org', 'notlocalhost', '0.0.0.0', '::', '10.0.0.1', 'example.org', ''])(
    'is not %j',
    (host) => expect(isLoopbackHost(host)).toBe(false),
  );
});
