import { describe, expect, it } from 'vitest';
import { hasSoundEscapes, parseJsonBody, parseTraceParent } from './request-text.js';
import { RouteTable } from './routes.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const bytes = (text: string) => new TextEncoder().encode(text);

describe('parseTraceParent', () => {
  it.each([
    [`00-${TRACE}-00f067aa0ba902b7-01`, TRACE],
    [`00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`, undefined],
    [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('%s → %s', (header, traceId) => expect(parseTraceParent(header)).toBe(traceId));
});

describe('parseJsonBody', () => {
  it.each([
    ['', undefined],
    [' \n', undefined],
    ['{"a":1}', { a: 1 }],
    ['\ufeff[1]', [1]],
  ])('%j → %j', (text, value) => expect(parseJsonBody(bytes(text))).toEqual(value));

  it.each(['{', '{a:1}', 'undefined', '\u0000'])('%j is refused', (text) => {
    expect(() => parseJsonBody(bytes(text))).toThrow(expect.objectContaining({ code: 'MALFORMED_JSON' }) as Error);
  });

  it('refuses what is not UTF-8', () => {
    const latin1 = new Uint8Array([0x22, 0xe9, 0x22]);
    expect(() => parseJsonBody(latin1)).toThrow(expect.objectContaining({ code: 'MALFORMED_JSON' }) as Error);
  });
});

describe('hasSoundEscapes', () => {
  it.each([
    ['/runs', true],
    ['/runs/a%2Fb?x=%c3%a4', true],
    ['/runs/p%x', false],
    ['/runs?x=%', false],
    ['/runs?x=%ff', false],
  ])('%s → %s', (url, sound) => expect(hasSoundEscapes(url)).toBe(sound));
});

describe('RouteTable', () => {
  const routes = new RouteTable();
  routes.add('GET', '/runs/:id');
  routes.add(['GET', 'HEAD'], '/runs');
  routes.add('POST', '/runs');
  routes.add('POST', '/runs/:id/cancel');
  routes.add('POST', '/runs/compare');
  routes.add('GET', '/docs/a.b');
  routes.add('OPTIONS', '*');

  it.each([
    ['/runs', ['GET', 'HEAD', 'OPTIONS', 'POST']],
    ['/runs/?x=1', ['GET', 'HEAD', 'OPTIONS', 'POST']],
    ['/runs/7', ['GET', 'OPTIONS']],
    ['/runs/compare', ['OPTIONS', 'POST']],
    ['/runs/7/cancel', ['OPTIONS', 'POST']],
    ['/runs/7/8/cancel', []],
    ['/docs/axb', []],
    ['/', []],
  ])('%s → %j', (url, methods) => expect(routes.methodsAt(url)).toEqual(methods));
});
