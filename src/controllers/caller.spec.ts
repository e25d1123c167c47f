import { describe, expect, it } from 'vitest';
import { parseHostPattern } from '../config/host-pattern.js';
import { refusalOf, type Caller } from './caller.js';

const ALLOWED = ['macp.example.org', '*.inner.example.org:8443'].map((text) => parseHostPattern(text)!);
const codeOf = (caller: Partial<Caller>) =>
  refusalOf({ method: 'GET', host: 'localhost:3001', origin: undefined, site: undefined, ...caller }, ALLOWED)?.code;

describe('who asks', () => {
  it.each([
    undefined,
    'localhost',
    'LOCALHOST:3001',
    'console.localhost:3001',
    '127.0.0.1:3001',
    '[::1]:3001',
    'macp.example.org',
    'MACP.example.org:80',
    'a.inner.example.org:8443',
  ])('may call us %s', (host) => expect(codeOf({ host, method: 'DELETE' })).toBeUndefined());

  it.each([
    'evil.example',
    'evil.example:3001',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'macp.example.org.evil.example',
    'below.macp.example.org',
    'a.inner.example.org',
    'localhost@evil.example',
    '',
    ' ',
    ':::',
  ])('may not call us %j', (host) => expect(codeOf({ host })).toBe('HOST_REFUSED'));

  it.each(['https://evil.example', 'http://localhost.evil.example', 'null', undefined])(
    'changes nothing from a page of %s',
    (origin) => {
      for (const method of ['POST', 'DELETE', 'PATCH']) {
        expect(codeOf({ method, origin, site: 'cross-site' })).toBe('CROSS_SITE_REFUSED');
      }
      expect(codeOf({ origin, site: 'cross-site' })).toBeUndefined();
    },
  );

  it('may change things from pages of its own, of loopback names and of allowed hosts', () => {
    for (const site of [undefined, 'same-origin', 'same-site', 'none']) {
      expect(codeOf({ method: 'POST', origin: 'https://console.example.com', site })).toBeUndefined();
    }
    for (const origin of ['http://localhost:5173', 'https://macp.example.org', 'https://a.inner.example.org:8443']) {
      expect(codeOf({ method: 'POST', origin, site: 'cross-site' })).toBeUndefined();
    }
  });
});
