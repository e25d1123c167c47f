import { X509Certificate, createPrivateKey } from 'node:crypto';

/** How the connection to the runtime is secured. PEM. */
export interface RuntimeTlsConfig {
  /** undefined = the authorities that Node.js brings along. */
  readonly ca: Buffer | undefined;
  /** Both or neither. */
  readonly clientCert: Buffer | undefined;
  readonly clientKey: Buffer | undefined;
  /** Name expected in the runtime's certificate, when it differs from the address. */
  readonly serverName: string | undefined;
}

/** What `RUNTIME_TLS…` say, as parsed. */
export interface TlsValues {
  readonly RUNTIME_TLS: boolean;
  readonly RUNTIME_TLS_CA_FILE: string | undefined;
  readonly RUNTIME_TLS_CERT_FILE: string | undefined;
  readonly RUNTIME_TLS_KEY_FILE: string | undefined;
  readonly RUNTIME_TLS_SERVER_NAME: string | undefined;
}

/** Names of the variables that were given a value. */
export type Given = ReadonlySet<string>;

/** A variable that has no effect, or two that contradict each other, with why. */
interface Contradiction {
  readonly variable: string;
  readonly problem: string;
  readonly holds: (given: Given, on: Given, off: Given) => boolean;
}

const CREDENTIALS = ['RUNTIME_TOKENS', 'RUNTIME_TOKENS_FILE', 'RUNTIME_SERVICE_TOKEN'] as const;

const TLS_FILES = ['RUNTIME_TLS_CA_FILE', 'RUNTIME_TLS_CERT_FILE', 'RUNTIME_TLS_KEY_FILE'] as const;
const MINTING = [
  'MACP_AUTH_TOKEN_TTL_SECONDS',
  'MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY',
  'MACP_AUTH_MINT_PARTICIPANTS',
] as const;

/** `on` holds the flags that are true, `off` those that are false or off. A setting that would silently do nothing is refused: somebody relies on it. */
const CONTRADICTIONS: readonly Contradiction[] = [
  ...[...TLS_FILES, 'RUNTIME_TLS_SERVER_NAME'].map((variable) => ({
    variable,
    problem: 'has no effect without RUNTIME_TLS=true',
    holds: (given: Given, on: Given) => given.has(variable) && !on.has('RUNTIME_TLS'),
  })),
  {
    variable: 'RUNTIME_TLS_CERT_FILE',
    problem: 'needs RUNTIME_TLS_KEY_FILE',
    holds: (given) => given.has('RUNTIME_TLS_CERT_FILE') && !given.has('RUNTIME_TLS_KEY_FILE'),
  },
  {
    variable: 'RUNTIME_TLS_KEY_FILE',
    problem: 'needs RUNTIME_TLS_CERT_FILE',
    holds: (given) => given.has('RUNTIME_TLS_KEY_FILE') && !given.has('RUNTIME_TLS_CERT_FILE'),
  },
  {
    variable: 'RUNTIME_TLS',
    problem: 'needs RUNTIME_ADDRESS: the embedded runtime is reached over loopback without TLS',
    holds: (given, on) => on.has('RUNTIME_TLS') && !given.has('RUNTIME_ADDRESS'),
  },
  ...CREDENTIALS.map((variable) => ({
    variable,
    problem: 'has no effect without RUNTIME_ADDRESS: the embedded runtime takes names for tokens',
    holds: (given: Given) => given.has(variable) && !given.has('RUNTIME_ADDRESS'),
  })),
  {
    variable: 'RUNTIME_DEV_IDENTITY',
    problem: 'cannot be false without RUNTIME_ADDRESS: the embedded runtime takes names for tokens',
    holds: (given, _on, off) => off.has('RUNTIME_DEV_IDENTITY') && !given.has('RUNTIME_ADDRESS'),
  },
  {
    variable: 'EMBEDDED_RUNTIME',
    problem: 'cannot be off without RUNTIME_ADDRESS: no runtime would be left',
    holds: (given, _on, off) => off.has('EMBEDDED_RUNTIME') && !given.has('RUNTIME_ADDRESS'),
  },
  ...MINTING.map((variable) => ({
    variable,
    problem: 'has no effect without MACP_AUTH_SERVICE_URL',
    holds: (given: Given) => given.has(variable) && !given.has('MACP_AUTH_SERVICE_URL'),
  })),
  {
    variable: 'MACP_AUTH_SERVICE_URL',
    problem: 'needs RUNTIME_ADDRESS: the embedded runtime does not verify minted tokens',
    holds: (given) => given.has('MACP_AUTH_SERVICE_URL') && !given.has('RUNTIME_ADDRESS'),
  },
  {
    variable: 'MACP_AUTH_SERVICE_URL',
    problem: 'contradicts RUNTIME_DEV_IDENTITY=true: a runtime that takes names for tokens does not verify minted ones',
    holds: (given, on) => given.has('MACP_AUTH_SERVICE_URL') && on.has('RUNTIME_DEV_IDENTITY'),
  },
  {
    variable: 'MACP_AUTH_SERVICE_URL',
    problem:
      'has nothing to mint: RUNTIME_SERVICE_TOKEN is the control plane’s own token, and MACP_AUTH_MINT_PARTICIPANTS is not true',
    holds: (given, on) =>
      given.has('MACP_AUTH_SERVICE_URL') &&
      given.has('RUNTIME_SERVICE_TOKEN') &&
      !on.has('MACP_AUTH_MINT_PARTICIPANTS'),
  },
  {
    variable: 'MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY',
    problem: 'has no effect beside RUNTIME_SERVICE_TOKEN: what that token may do, the runtime says',
    holds: (given, on) => on.has('MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY') && given.has('RUNTIME_SERVICE_TOKEN'),
  },
  {
    variable: 'CANCEL_CALLBACK_NETWORKS',
    problem: 'has no effect without CANCEL_CALLBACK_HOSTS',
    holds: (given) => given.has('CANCEL_CALLBACK_NETWORKS') && !given.has('CANCEL_CALLBACK_HOSTS'),
  },
  {
    variable: 'WEBHOOK_NETWORKS',
    problem: 'has no effect without WEBHOOK_HOSTS',
    holds: (given) => given.has('WEBHOOK_NETWORKS') && !given.has('WEBHOOK_HOSTS'),
  },
];

/** All settings that contradict each other, as problems to report. */
export function contradictionsIn(given: Given, on: Given, off: Given): string[] {
  return CONTRADICTIONS.filter(({ holds }) => holds(given, on, off)).map(
    ({ variable, problem }) => `${variable}: ${problem}`,
  );
}

/** A scheme that gRPC resolves, and what it is to resolve. */
const GRPC_TARGET = /^(dns|ipv4|ipv6|unix|unix-abstract):\S+$/;
const HOST_PORT = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:(?<port>\d{1,5}))?$/;
const PORT_MAX = 65_535;

/** What gRPC takes for the address of a server. A URL of HTTP is none: it would be looked up as a name. */
export function isRuntimeAddress(text: string): boolean {
  if (GRPC_TARGET.test(text)) return true;
  const found = HOST_PORT.exec(text);
  const port = found?.groups?.['port'];
  return found !== null && (port === undefined || (Number(port) >= 1 && Number(port) <= PORT_MAX));
}

/** Reads and checks the files of TLS; adds what is wrong to `problems`. undefined without TLS. Never repeats a file's content. */
export function readTls(
  values: TlsValues,
  readFile: (path: string) => string,
  problems: string[],
): RuntimeTlsConfig | undefined {
  if (!values.RUNTIME_TLS) return undefined;
  const [ca, clientCert, clientKey] = TLS_FILES.map((name) => {
    const path = values[name];
    if (path === undefined) return undefined;
    const problem = fileProblem(path, name, readFile);
    if (typeof problem !== 'string') return problem;
    problems.push(`${name}: ${problem}`);
    return undefined;
  });
  if (clientCert !== undefined && clientKey !== undefined && !belongTogether(clientCert, clientKey)) {
    problems.push('RUNTIME_TLS_KEY_FILE: is not the key of the certificate in RUNTIME_TLS_CERT_FILE');
  }
  return { ca, clientCert, clientKey, serverName: values.RUNTIME_TLS_SERVER_NAME };
}

/** The file's content, or what is wrong with it. */
function fileProblem(
  path: string,
  name: (typeof TLS_FILES)[number],
  readFile: (path: string) => string,
): Buffer | string {
  let pem: string;
  try {
    pem = readFile(path);
  } catch {
    return 'cannot be read';
  }
  try {
    if (name === 'RUNTIME_TLS_KEY_FILE') createPrivateKey(pem);
    else new X509Certificate(pem);
    return Buffer.from(pem);
  } catch {
    return name === 'RUNTIME_TLS_KEY_FILE'
      ? 'must hold a private key as PEM, not encrypted'
      : 'must hold a certificate as PEM';
  }
}

function belongTogether(certificate: Buffer, key: Buffer): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}
