import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/config.js';
import { Authority, type Identity } from '../support/certificates.js';

const RUNTIME = { RUNTIME_ADDRESS: 'runtime.test:50051' };
const TLS = { ...RUNTIME, RUNTIME_TLS: 'true' };

let files: ReadonlyMap<string, string>;
let client: Identity;

beforeAll(async () => {
  const authority = await Authority.create();
  client = await authority.issue('control plane');
  const other = await authority.issue('somebody else');
  files = new Map([
    ['ca.pem', authority.cert],
    ['cert.pem', client.cert],
    ['key.pem', client.key],
    ['other-key.pem', other.key],
    ['nonsense.pem', 'secret nonsense'],
  ]);
});

function read(path: string): string {
  const content = files.get(path);
  if (content === undefined) throw new Error('ENOENT');
  return content;
}

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseConfig(env, read);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('TLS towards the runtime', () => {
  it('is off unless asked for, and then trusts the authorities that Node.js brings along', () => {
    expect(parseConfig(RUNTIME, read).runtime.tls).toBeUndefined();
    const tls = parseConfig(TLS, read).runtime.tls;
    expect(tls).toEqual({ ca: undefined, clientCert: undefined, clientKey: undefined, serverName: undefined });
  });

  it('takes an authority, a client certificate and a name', () => {
    const env = {
      ...TLS,
      RUNTIME_TLS_CA_FILE: 'ca.pem',
      RUNTIME_TLS_CERT_FILE: 'cert.pem',
      RUNTIME_TLS_KEY_FILE: 'key.pem',
      RUNTIME_TLS_SERVER_NAME: 'runtime.internal',
    };
    const tls = parseConfig(env, read).runtime.tls;
    expect(tls?.ca?.toString()).toBe(files.get('ca.pem'));
    expect(tls?.clientCert?.toString()).toBe(client.cert);
    expect(tls?.clientKey?.toString()).toBe(client.key);
    expect(tls?.serverName).toBe('runtime.internal');
  });

  it.each([
    [{ RUNTIME_TLS_CA_FILE: 'absent.pem' }, 'RUNTIME_TLS_CA_FILE: cannot be read'],
    [{ RUNTIME_TLS_CA_FILE: 'key.pem' }, 'RUNTIME_TLS_CA_FILE: must hold a certificate as PEM'],
    [{ RUNTIME_TLS_CA_FILE: 'nonsense.pem' }, 'RUNTIME_TLS_CA_FILE: must hold a certificate as PEM'],
    [{ RUNTIME_TLS_CERT_FILE: 'cert.pem' }, 'RUNTIME_TLS_CERT_FILE: needs RUNTIME_TLS_KEY_FILE'],
    [{ RUNTIME_TLS_KEY_FILE: 'key.pem' }, 'RUNTIME_TLS_KEY_FILE: needs RUNTIME_TLS_CERT_FILE'],
    [
      { RUNTIME_TLS_CERT_FILE: 'cert.pem', RUNTIME_TLS_KEY_FILE: 'cert.pem' },
      'RUNTIME_TLS_KEY_FILE: must hold a private key as PEM, not encrypted',
    ],
    [
      { RUNTIME_TLS_CERT_FILE: 'cert.pem', RUNTIME_TLS_KEY_FILE: 'other-key.pem' },
      'RUNTIME_TLS_KEY_FILE: is not the key of the certificate in RUNTIME_TLS_CERT_FILE',
    ],
  ])('refuses %j', (env, problem) => expect(problemsOf({ ...TLS, ...env })).toEqual([problem]));

  it('never repeats what a file holds', () => {
    const env = { ...TLS, RUNTIME_TLS_CERT_FILE: 'nonsense.pem', RUNTIME_TLS_KEY_FILE: 'nonsense.pem' };
    expect(problemsOf(env).join(' ')).not.toContain('secret');
  });
});

describe('settings that contradict each other', () => {
  it('are refused with all of them together', () => {
    const env = {
      RUNTIME_TLS_CA_FILE: 'ca.pem',
      RUNTIME_TLS_CERT_FILE: 'cert.pem',
      RUNTIME_TLS_SERVER_NAME: 'x',
      MACP_AUTH_TOKEN_TTL_SECONDS: '60',
      MACP_AUTH_MINT_PARTICIPANTS: 'true',
      CANCEL_CALLBACK_NETWORKS: '10.0.0.0/8',
      CANCEL_CALLBACK_TIMEOUT_MS: '1',
    };
    expect(problemsOf(env).map((problem) => problem.split(':')[0])).toEqual([
      'CANCEL_CALLBACK_TIMEOUT_MS',
      'RUNTIME_TLS_CA_FILE',
      'RUNTIME_TLS_CERT_FILE',
      'RUNTIME_TLS_SERVER_NAME',
      'RUNTIME_TLS_CERT_FILE',
      'MACP_AUTH_TOKEN_TTL_SECONDS',
      'MACP_AUTH_MINT_PARTICIPANTS',
      'CANCEL_CALLBACK_NETWORKS',
    ]);
  });

  const MINTING = { MACP_AUTH_SERVICE_URL: 'http://auth.test:3200' };
  it.each([
    [{ RUNTIME_TLS: 'true' }, /^RUNTIME_TLS: needs RUNTIME_ADDRESS/],
    [MINTING, /^MACP_AUTH_SERVICE_URL: needs RUNTIME_ADDRESS/],
    [{ ...RUNTIME, ...MINTING, RUNTIME_DEV_IDENTITY: 'true' }, /contradicts RUNTIME_DEV_IDENTITY/],
    [{ ...RUNTIME, ...MINTING, RUNTIME_SERVICE_TOKEN: 'token' }, /has nothing to mint/],
    [{ ...RUNTIME, MACP_AUTH_SERVICE_URL: 'ftp://auth.test' }, /^MACP_AUTH_SERVICE_URL: /],
    [
      {
        ...RUNTIME,
        ...MINTING,
        RUNTIME_SERVICE_TOKEN: 'token',
        MACP_AUTH_MINT_PARTICIPANTS: 'true',
        MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY: 'true',
      },
      /^MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY: has no effect beside RUNTIME_SERVICE_TOKEN/,
    ],
    [{ RUNTIME_SERVICE_TOKEN: 'token' }, /^RUNTIME_SERVICE_TOKEN: has no effect without RUNTIME_ADDRESS/],
    [{ RUNTIME_TOKENS: '{"a":"b"}' }, /^RUNTIME_TOKENS: has no effect without RUNTIME_ADDRESS/],
    [{ RUNTIME_DEV_IDENTITY: 'false' }, /^RUNTIME_DEV_IDENTITY: cannot be false without RUNTIME_ADDRESS/],
    [{ EMBEDDED_RUNTIME: 'off' }, /^EMBEDDED_RUNTIME: cannot be off without RUNTIME_ADDRESS/],
    [{ ...RUNTIME, RUNTIME_KIND: 'embedded' }, /^RUNTIME_KIND: must not be embedded/],
    [{ PORT: ' ' }, /^PORT: must be a whole number/],
    [{ PORT: '1e3' }, /^PORT: must be a whole number/],
    [{ CANCEL_CALLBACK_HOSTS: 'http://a' }, /^CANCEL_CALLBACK_HOSTS: must be at most 200 hosts/],
    [{ CANCEL_CALLBACK_HOSTS: 'a,*' }, /^CANCEL_CALLBACK_HOSTS: /],
    [{ CANCEL_CALLBACK_HOSTS: Array.from({ length: 201 }, (_, n) => `h${n}`).join() }, /^CANCEL_CALLBACK_HOSTS: /],
    [{ CANCEL_CALLBACK_HOSTS: 'a', CANCEL_CALLBACK_NETWORKS: '10/8' }, /^CANCEL_CALLBACK_NETWORKS: /],
  ])('%j', (env, problem) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it.each(['https://runtime.test:50051', 'runtime.test:0', 'runtime.test:70000', 'two words', ':50051', 'a/b'])(
    'are no more than an address of a runtime that is none: %s',
    (address) => expect(problemsOf({ RUNTIME_ADDRESS: address })[0]).toMatch(/^RUNTIME_ADDRESS: must be host:port/),
  );

  it.each([
    '127.0.0.1:50051',
    '[::1]:50051',
    'runtime',
    'dns:///runtime.test:50051',
    'unix:/run/macp',
    'ipv4:10.0.0.1:1',
  ])('nor is %s refused', (address) =>
    expect(parseConfig({ RUNTIME_ADDRESS: address }, read).runtime.address).toBe(address),
  );

  it('leave what fits together alone', () => {
    const minting = { ...RUNTIME, ...MINTING, MACP_AUTH_TOKEN_TTL_SECONDS: '60', MACP_AUTH_TOKEN_SENDER: 'cp' };
    expect(parseConfig(minting, read).runtime).toMatchObject({
      serviceIdentity: 'cp',
      devIdentity: false,
      minting: {
        url: 'http://auth.test:3200',
        ttlSeconds: 60,
        own: true,
        ownManagesRegistry: false,
        participants: false,
      },
    });
    const both = { ...RUNTIME, ...MINTING, RUNTIME_SERVICE_TOKEN: 'token', MACP_AUTH_MINT_PARTICIPANTS: 'true' };
    expect(parseConfig(both, read).runtime.minting).toMatchObject({ own: false, participants: true });
    const callbacks = { CANCEL_CALLBACK_HOSTS: ' a.test, *.b.test ,', CANCEL_CALLBACK_NETWORKS: '10.0.0.0/8' };
    const { rule, timeoutMs } = parseConfig(callbacks, read).cancelCallback;
    expect(rule.hosts.map(({ host, below }) => [host, below])).toEqual([
      ['a.test', false],
      ['b.test', true],
    ]);
    expect([rule.networks.length, timeoutMs]).toEqual([1, 3_000]);
    expect(parseConfig({}, read).cancelCallback.rule).toEqual({ hosts: [], networks: [] });
  });
});
