import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNetwork, type CallbackRule } from '../config/callback-rule.js';
import { parseHostPattern } from '../config/host-pattern.js';
import { CALL_URL_UNITS_MAX, checkTarget, isAllowedAddress } from './call-target.js';

function ruleOf(hosts: readonly string[], networks: readonly string[] = []): CallbackRule {
  return { hosts: hosts.map((host) => parseHostPattern(host)!), networks: networks.map((one) => parseNetwork(one)!) };
}

function refusalOf(url: string, rule: CallbackRule): string {
  const check = checkTarget(url, rule);
  return check.ok ? 'ok' : check.refusal;
}

const PUBLIC_ONLY = ruleOf([]);

describe('an address', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '93.184.216.34',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '::8.8.8.8',
  ])('%s is public', (address) => expect(isAllowedAddress(address, PUBLIC_ONLY)).toBe(true));

  it.each([
    ['this host', ['0.0.0.0', '0.1.2.3', '::']],
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fd12:3456::1', 'fec0::1']],
    ['shared by carriers', ['100.64.0.1', '100.127.255.255']],
    ['link-local', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0']],
    ['metadata of a cloud', ['169.254.169.254', '169.254.170.2', '100.100.100.200', 'fd00:ec2::254', '192.0.0.192']],
    ['multicast and broadcast', ['224.0.0.1', '239.255.255.255', 'ff02::1', '255.255.255.255']],
    ['reserved', ['240.0.0.1', '192.0.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '2001:db8::1']],
    ['outside of what is handed out', ['4000::1', '100::1', '5f00::1', '3fff::1']],
    ['IPv4 mapped', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254']],
    ['IPv4 compatible', ['::127.0.0.1', '::7f00:1', '::a9fe:a9fe', '::a00:1']],
    ['IPv4 translated', ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '::ffff:0:127.0.0.1']],
    ['IPv4 tunnelled', ['2002:7f00:1::', '2002:a9fe:a9fe::1', '2001::1', '2001:0:7f00:1::']],
    ['no address', ['', 'localhost', '127.0.0.1:80', '[::1]', '1.2.3.4.5', '::1::']],
  ])('that is %s is not', (_, addresses) => {
    for (const address of addresses) expect(isAllowedAddress(address, PUBLIC_ONLY), address).toBe(false);
  });

  it('in a listed network may be reached, in whichever form it comes', () => {
    const rule = ruleOf([], ['127.0.0.0/8', 'fd00::/8']);
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '::7f00:1', 'fd00::1']) {
      expect(isAllowedAddress(address, rule), address).toBe(true);
    }
    for (const address of ['10.0.0.1', '::1', 'fc00::1']) expect(isAllowedAddress(address, rule), address).toBe(false);
  });

  it('of a cloud’s metadata is reached only when it is listed by itself', () => {
    for (const networks of [['169.254.0.0/16'], ['0.0.0.0/0'], ['169.254.169.254/31']]) {
      expect(isAllowedAddress('169.254.169.254', ruleOf([], networks))).toBe(false);
      expect(isAllowedAddress('::ffff:169.254.169.254', ruleOf([], networks))).toBe(false);
    }
    expect(isAllowedAddress('fd00:ec2::254', ruleOf([], ['fd00::/8']))).toBe(false);
    expect(isAllowedAddress('169.254.169.254', ruleOf([], ['169.254.169.254']))).toBe(true);
    expect(isAllowedAddress('fd00:ec2:0:0::254', ruleOf([], ['fd00:ec2::254/128']))).toBe(true);
  });

  it('wrapped in IPv6 is judged as the IPv4 in it, whatever that is', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), ([a, b, c, d]) => {
        const plain = isAllowedAddress(`${a}.${b}.${c}.${d}`, PUBLIC_ONLY);
        const [high, low] = [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
        expect(isAllowedAddress(`::ffff:${high}:${low}`, PUBLIC_ONLY)).toBe(plain);
        expect(isAllowedAddress(`64:ff9b::${high}:${low}`, PUBLIC_ONLY)).toBe(plain);
      }),
    );
  });
});

describe('a URL', () => {
  const rule = ruleOf(['agents.example.org', '*.pool.example.org', 'ported.example.org:8443', 'bücher.example']);

  it.each([
    'http://agents.example.org/cancel',
    'https://agents.example.org:9443/cancel?x=1#y',
    'HTTPS://AGENTS.example.ORG/',
    'https://agents.example.org./cancel',
    'https://a.pool.example.org',
    'https://a.b.pool.example.org',
    'https://ported.example.org:8443/',
    'https://xn--bcher-kva.example/',
    'https://BÜCHER.example/',
    'https://agents.example。org/',
  ])('%s may be called', (url) => expect(refusalOf(url, rule)).toBe('ok'));

  it.each([
    ['', 'URL_INVALID'],
    ['agents.example.org', 'URL_INVALID'],
    ['/cancel', 'URL_INVALID'],
    ['http://', 'URL_INVALID'],
    ['http://256.1.1.1/', 'URL_INVALID'],
    ['http://[fe80::1%25eth0]/', 'URL_INVALID'],
    ['ftp://agents.example.org/', 'SCHEME_NOT_ALLOWED'],
    ['file:///etc/passwd', 'SCHEME_NOT_ALLOWED'],
    ['javascript:alert(1)', 'SCHEME_NOT_ALLOWED'],
    ['gopher://agents.example.org/', 'SCHEME_NOT_ALLOWED'],
    ['unix:/run/x', 'SCHEME_NOT_ALLOWED'],
    ['http://user@agents.example.org/', 'CREDENTIALS_IN_URL'],
    ['http://agents.example.org:x@evil.example/', 'CREDENTIALS_IN_URL'],
    ['http://evil.example/', 'HOST_NOT_ALLOWED'],
    ['http://agents.example.org.evil.example/', 'HOST_NOT_ALLOWED'],
    ['http://evilagents.example.org/', 'HOST_NOT_ALLOWED'],
    ['http://pool.example.org/', 'HOST_NOT_ALLOWED'],
    ['http://evilpool.example.org/', 'HOST_NOT_ALLOWED'],
    ['https://ported.example.org/', 'HOST_NOT_ALLOWED'],
    ['https://ported.example.org:443/', 'HOST_NOT_ALLOWED'],
    ['http://agents.example.org../', 'HOST_NOT_ALLOWED'],
    ['http://localhost/', 'HOST_NOT_ALLOWED'],
    ['http://127.0.0.1/', 'HOST_NOT_ALLOWED'],
    [`http://agents.example.org/${'a'.repeat(CALL_URL_UNITS_MAX)}`, 'URL_TOO_LONG'],
  ])('%s is %s', (url, refusal) => expect(refusalOf(url, rule)).toBe(refusal));

  it('reaches no private address by a listed host that is one, in whichever notation', () => {
    const listed = ruleOf(['127.0.0.1', '[::1]', '[::ffff:7f00:1]', '10.0.0.1', '0.0.0.0', '169.254.169.254']);
    const notations = [
      'http://127.0.0.1/',
      'http://127.0.0.1./',
      'http://127.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0x7f.1/',
      'http://0177.0.0.1/',
      'http://017700000001/',
      'http://①②⑦.0.0.1/',
      'http://127。0。0。1/',
      'http://%31%32%37.0.0.1/',
      'http://[::1]/',
      'http://[0:0:0:0:0:0:0:1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:7f00:1]/',
      'http://10.1/',
      'http://0/',
      'http://169.254.169.254/latest/meta-data/',
      'http://0xA9FEA9FE/',
    ];
    for (const url of notations) expect(refusalOf(url, listed), url).toBe('ADDRESS_NOT_ALLOWED');
    const opened = ruleOf(['127.0.0.1'], ['127.0.0.0/8']);
    expect(refusalOf('http://2130706433:8080/', opened)).toBe('ok');
  });

  it('of any kind never makes the check throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.webUrl()), (url) => void checkTarget(url, rule)));
  });
});
