import { z } from 'zod';
import { ORCHESTRATIONS, SANDBOX_KIND } from '../contracts/execution-request.js';
import { parseNetwork } from './callback-rule.js';
import { isLoopbackHost, parseHostPattern } from './host-pattern.js';
import { contradictionsIn, isRuntimeAddress, readTls, type RuntimeTlsConfig } from './runtime-security.js';
import { apiKeys, count, flag, list, priceTable, text, tokenMap } from './variable-readers.js';

interface Variable {
  readonly schema: z.ZodType;
  readonly fallback: string | undefined;
  readonly meaning: string;
}

function variable<S extends z.ZodType, F extends string | undefined>(schema: S, fallback: F, meaning: string) {
  return { schema, fallback, meaning };
}

/** Every environment variable the service reads. docs/CONFIG.md is generated from this table. */
export const VARIABLES = {
  PORT: variable(count(0, 65_535), '3001', 'HTTP port; 0 takes a free one.'),
  HOST: variable(text, '127.0.0.1', 'HTTP address to listen on.'),
  ALLOWED_HOSTS: variable(
    list(parseHostPattern, 'hosts such as macp.example.org, *.example.org or 10.0.0.7:8080'),
    '',
    'Names the service answers to besides loopback ones, comma-separated. Empty: no others on a loopback HOST, any on another.',
  ),
  API_KEYS: variable(
    apiKeys,
    '',
    'Who may call, as comma-separated entries id:scope:sha256 of npm run key; scope: read, operate or admin. Empty: everybody who reaches the service.',
  ),
  PATH_PREFIX: variable(z.string().regex(/^(\/[A-Za-z0-9_-]+)*$/), '', 'Path before every route, for example /macp.'),
  LOG_LEVEL: variable(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']), 'info', 'Least severe log level.'),
  MACP_DATA_DIR: variable(text, '.macp-data', 'Where the embedded database and runtime keep their data.'),
  DATABASE_URL: variable(
    z.url({ protocol: /^postgres(ql)?$/ }),
    undefined,
    'PostgreSQL 15 or newer, with its extension pg_trgm. Over a socket: postgresql://user@localhost/name?host=/var/run/postgresql. Unset: embedded PGlite.',
  ),
  DATABASE_POOL_MAX: variable(count(2, 200), '10', 'Connections to PostgreSQL.'),
  RUNTIME_ADDRESS: variable(
    text.refine(
      isRuntimeAddress,
      'must be host:port, or another address of gRPC such as dns:///host:port or unix:/path',
    ),
    undefined,
    'host:port of a MACP runtime. Unset: the embedded runtime.',
  ),
  RUNTIME_KIND: variable(
    text.refine((kind) => kind !== SANDBOX_KIND, `must not be ${SANDBOX_KIND}, the kind of the sandbox`),
    'rust',
    'Name under which that runtime is registered; requests carry it as runtime.kind.',
  ),
  RUNTIME_TLS: variable(flag, 'false', 'TLS towards the runtime.'),
  RUNTIME_TLS_CA_FILE: variable(
    text,
    undefined,
    'PEM file with the authorities that certify the runtime. Unset: those that Node.js brings along, not the system’s.',
  ),
  RUNTIME_TLS_CERT_FILE: variable(text, undefined, 'PEM file with our client certificate, for mutual TLS.'),
  RUNTIME_TLS_KEY_FILE: variable(text, undefined, 'PEM file with the private key of that certificate.'),
  RUNTIME_TLS_SERVER_NAME: variable(
    text,
    undefined,
    'Name in the runtime’s certificate, when it is not that of RUNTIME_ADDRESS.',
  ),
  RUNTIME_SUBSCRIPTION: variable(
    z.enum(['passive', 'session-watch']),
    'passive',
    'First frame of a session stream at RUNTIME_ADDRESS: the passive-subscribe frame, or the SessionWatch envelope.',
  ),
  RUNTIME_TOKENS: variable(tokenMap, undefined, 'Bearer token per participant, as JSON {"participant": "token"}.'),
  RUNTIME_TOKENS_FILE: variable(text, undefined, 'The same in a file.'),
  RUNTIME_SERVICE_TOKEN: variable(text, undefined, 'Bearer token of the control plane itself (ideally an observer).'),
  RUNTIME_DEV_IDENTITY: variable(
    flag,
    undefined,
    'Use the participant id as its token (a runtime in dev mode). Default: true for the embedded runtime, else false.',
  ),
  RUNTIME_BREAKER_FAILURES_MAX: variable(
    count(1, 1_000),
    '5',
    'Failures of runtime calls in a row (unavailable, no answer in time, internal) that open the circuit breaker.',
  ),
  RUNTIME_BREAKER_OPEN_MS: variable(
    count(10, 600_000),
    '2000',
    'How long an open circuit breaker refuses runtime calls before it lets one through.',
  ),
  MACP_AUTH_SERVICE_URL: variable(
    z.url({ protocol: /^https?$/ }),
    undefined,
    'Auth service that mints runtime tokens (POST /tokens). Without RUNTIME_SERVICE_TOKEN our own is minted: an observer’s.',
  ),
  MACP_AUTH_TOKEN_SENDER: variable(text, 'control-plane', 'Our own sender name at the runtime, also when minting.'),
  MACP_AUTH_TOKEN_TTL_SECONDS: variable(
    count(10, 86_400),
    undefined,
    'Life asked for when minting; renewed in time. Unset: the auth service decides.',
  ),
  MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY: variable(
    flag,
    'false',
    'Mint our own token so that it may register and remove policies and modes.',
  ),
  MACP_AUTH_MINT_PARTICIPANTS: variable(
    flag,
    'false',
    'Mint tokens of participants too, so that runs can be launched in their names. An observer needs none.',
  ),
  CANCEL_CALLBACK_HOSTS: variable(
    list(parseHostPattern, 'hosts such as agents.example.org, *.example.org or 10.0.0.7:8080'),
    '',
    'Hosts whose cancelCallback may be called, comma-separated: agents.example.org, *.example.org, 10.0.0.7:8080. Empty: none.',
  ),
  CANCEL_CALLBACK_NETWORKS: variable(
    list(parseNetwork, 'networks such as 10.0.0.0/8'),
    '',
    'Networks that such a host may be in although they are not public, comma-separated: 10.0.0.0/8, ::1. Empty: none.',
  ),
  CANCEL_CALLBACK_TIMEOUT_MS: variable(
    count(100, 30_000),
    '3000',
    'How long a cancelCallback may take, from its name to its answer.',
  ),
  WEBHOOK_HOSTS: variable(
    list(parseHostPattern, 'hosts such as hooks.example.org, *.example.org or 10.0.0.7:8080'),
    '',
    'Hosts that webhooks are delivered to, comma-separated: hooks.example.org, *.example.org, 10.0.0.7:8080. Empty: none.',
  ),
  WEBHOOK_NETWORKS: variable(
    list(parseNetwork, 'networks such as 10.0.0.0/8'),
    '',
    'Networks that such a host may be in although they are not public, comma-separated: 10.0.0.0/8, ::1. Empty: none.',
  ),
  WEBHOOK_TIMEOUT_MS: variable(
    count(100, 30_000),
    '10000',
    'How long one delivery to a webhook may take, from its name to its answer.',
  ),
  EMBEDDED_RUNTIME: variable(
    z.enum(['auto', 'off']),
    'auto',
    'auto: started when RUNTIME_ADDRESS is unset, or with the first sandbox run. off: never; needs RUNTIME_ADDRESS.',
  ),
  EMBEDDED_RUNTIME_PORT: variable(count(0, 65_535), '50051', 'Its gRPC port on loopback; a free one when taken or 0.'),
  SANDBOX_PACE_MS: variable(
    count(0, 60_000),
    '700',
    'Pause before each message of the scripted agents of a sandbox run, so that a person can follow.',
  ),
  SANDBOX_PLAYS_MAX: variable(
    count(1, 1_000),
    '16',
    'Runs that scripted agents play at once; a launch beyond is refused (SANDBOX_BUSY).',
  ),
  RUN_START_DEADLINE_MS: variable(
    count(1_000, 3_600_000),
    '60000',
    'How long starting a session may be retried; then the run fails.',
  ),
  RUN_ORCHESTRATION_DEFAULT: variable(
    z.enum(ORCHESTRATIONS),
    'drive',
    'Who opens the session of a run that does not say: drive = the control plane, observe = an agent.',
  ),
  RUN_OBSERVE_DEADLINE_MS: variable(
    count(1_000, 604_800_000),
    '86400000',
    'How long an observed run waits for an agent to open its session.',
  ),
  DISCOVERY: variable(
    z.enum(['on', 'off']),
    'on',
    'on: every session of the runtime becomes a run. off: only those that were registered by POST /runs.',
  ),
  DISCOVERY_CONCURRENCY_MAX: variable(
    count(1, 1_000),
    '16',
    'Sessions that are being bound to their runs at once; further ones wait.',
  ),
  RUN_CONCURRENCY_MAX: variable(
    count(1, 10_000),
    '256',
    'Launched runs that may be starting at once; further ones wait queued.',
  ),
  RUN_WAITING_MAX: variable(
    count(1, 1_000_000),
    '10000',
    'Launched runs that may wait to be started; a launch beyond is refused (RATE_LIMITED).',
  ),
  INGEST_BATCH_MAX: variable(count(1, 5_000), '500', 'Frames written in one transaction at most.'),
  SSE_HEARTBEAT_MS: variable(count(1_000, 40_000), '15000', 'Silence on a stream before a heartbeat.'),
  SSE_SUBSCRIBERS_MAX: variable(count(1, 100_000), '10000', 'Open streams in this process.'),
  SSE_SUBSCRIBERS_PER_RUN_MAX: variable(count(1, 100_000), '2000', 'Open streams of one run.'),
  SSE_LIFETIME_MS: variable(count(10_000, 86_400_000), '3600000', 'Longest life of one stream; the client resumes.'),
  REDACT_PATHS: variable(
    z.string(),
    '',
    'Comma-separated payload paths replaced by [redacted], for example prompt,data.secret.',
  ),
  LLM_PRICES: variable(priceTable, '{}', 'Price per 1 000 tokens and model, as JSON.'),
  SHUTDOWN_DEADLINE_MS: variable(count(1_000, 60_000), '8000', 'Time to drain after SIGTERM before leaving anyway.'),
} as const satisfies Record<string, Variable>;

type Name = keyof typeof VARIABLES;
/** A variable without a fallback may be absent. */
type Values = {
  readonly [K in Name]: (typeof VARIABLES)[K]['fallback'] extends string
    ? z.output<(typeof VARIABLES)[K]['schema']>
    : z.output<(typeof VARIABLES)[K]['schema']> | undefined;
};

/** All settings of one process, read once. Secrets live only in `runtime.tokens`, `runtime.serviceToken` and `runtime.tls`. */
export type AppConfig = ReturnType<typeof toConfig>;

export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** With the page that is read ahead for it, a client that takes nothing holds about 1 MiB, unless one event is larger. */
const SSE_BUFFERED_BYTES_MAX = 524_288;
const SSE_STALL_MS = 30_000;
const SSE_POLL_MS = 5_000;
const SSE_SNAPSHOT_INTERVAL_MS = 500;
const SSE_SNAPSHOT_BYTES_PER_SECOND_MAX = 262_144;
const HTTP_BODY_BYTES_MAX = 1_048_576;

interface Secrets {
  readonly tokens: Readonly<Record<string, string>>;
  readonly tls: RuntimeTlsConfig | undefined;
}

function toConfig(v: Values, { tokens, tls }: Secrets) {
  const embedded = v.RUNTIME_ADDRESS === undefined;
  return {
    logLevel: v.LOG_LEVEL,
    dataDir: v.MACP_DATA_DIR,
    shutdownDeadlineMs: v.SHUTDOWN_DEADLINE_MS,
    http: {
      port: v.PORT,
      host: v.HOST,
      // undefined: any. On loopback nothing else stands between the service and a page that a browser has open.
      allowedHosts: isLoopbackHost(v.HOST.toLowerCase()) || v.ALLOWED_HOSTS.length > 0 ? v.ALLOWED_HOSTS : undefined,
      apiKeys: v.API_KEYS,
      pathPrefix: v.PATH_PREFIX,
      bodyBytesMax: HTTP_BODY_BYTES_MAX,
    },
    database: { url: v.DATABASE_URL, poolMax: v.DATABASE_POOL_MAX },
    runtime: {
      kind: v.RUNTIME_KIND,
      address: v.RUNTIME_ADDRESS,
      tls,
      subscription: v.RUNTIME_SUBSCRIPTION,
      tokens,
      serviceToken: v.RUNTIME_SERVICE_TOKEN,
      circuit: { failuresMax: v.RUNTIME_BREAKER_FAILURES_MAX, openMs: v.RUNTIME_BREAKER_OPEN_MS },
      serviceIdentity: v.MACP_AUTH_TOKEN_SENDER,
      devIdentity: v.RUNTIME_DEV_IDENTITY ?? embedded,
      minting: mintingOf(v),
    },
    cancelCallback: {
      rule: { hosts: v.CANCEL_CALLBACK_HOSTS, networks: v.CANCEL_CALLBACK_NETWORKS },
      timeoutMs: v.CANCEL_CALLBACK_TIMEOUT_MS,
    },
    webhooks: {
      rule: { hosts: v.WEBHOOK_HOSTS, networks: v.WEBHOOK_NETWORKS },
      timeoutMs: v.WEBHOOK_TIMEOUT_MS,
    },
    embeddedRuntime: { enabled: v.EMBEDDED_RUNTIME === 'auto', port: v.EMBEDDED_RUNTIME_PORT },
    sandbox: { paceMs: v.SANDBOX_PACE_MS, playsMax: v.SANDBOX_PLAYS_MAX },
    runs: {
      startDeadlineMs: v.RUN_START_DEADLINE_MS,
      concurrencyMax: v.RUN_CONCURRENCY_MAX,
      waitingMax: v.RUN_WAITING_MAX,
      orchestrationDefault: v.RUN_ORCHESTRATION_DEFAULT,
      observeDeadlineMs: v.RUN_OBSERVE_DEADLINE_MS,
    },
    discovery: { enabled: v.DISCOVERY === 'on', concurrencyMax: v.DISCOVERY_CONCURRENCY_MAX },
    ingest: { batchMax: v.INGEST_BATCH_MAX },
    sse: {
      heartbeatMs: v.SSE_HEARTBEAT_MS,
      subscribersMax: v.SSE_SUBSCRIBERS_MAX,
      subscribersPerRunMax: v.SSE_SUBSCRIBERS_PER_RUN_MAX,
      lifetimeMs: v.SSE_LIFETIME_MS,
      bufferedBytesMax: SSE_BUFFERED_BYTES_MAX,
      stallMs: SSE_STALL_MS,
      pollMs: SSE_POLL_MS,
      snapshotIntervalMs: SSE_SNAPSHOT_INTERVAL_MS,
      snapshotBytesPerSecondMax: SSE_SNAPSHOT_BYTES_PER_SECOND_MAX,
    },
    normalize: {
      redactPaths: v.REDACT_PATHS.split(',')
        .map((path) => path.trim())
        .filter((path) => path !== ''),
      prices: new Map(Object.entries(v.LLM_PRICES)),
    },
  };
}

function mintingOf(v: Values) {
  if (v.MACP_AUTH_SERVICE_URL === undefined) return undefined;
  return {
    url: v.MACP_AUTH_SERVICE_URL,
    ttlSeconds: v.MACP_AUTH_TOKEN_TTL_SECONDS,
    own: v.RUNTIME_SERVICE_TOKEN === undefined,
    ownManagesRegistry: v.MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY,
    participants: v.MACP_AUTH_MINT_PARTICIPANTS,
  };
}

/**
 * Reads the whole configuration and fails with all its problems together. `readFile` is asked only for
 * the files that variables ending in _FILE name. An empty variable counts as unset.
 */
export function parseConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): AppConfig {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema, fallback }] of Object.entries(VARIABLES)) {
    const given = env[name] === '' ? undefined : env[name];
    const raw = given ?? fallback;
    if (raw === undefined) continue;
    const parsed = schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  // Every value in the record was made by the schema of the same name in VARIABLES.
  const read = values as Values;
  const tokens = readTokens(values, readFile, problems);
  const tls = readTls(read, readFile, problems);
  problems.push(...contradictionsIn(namesOf(env), namesIn(values, [true]), namesIn(values, [false, 'off'])));
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(read, { tokens, tls });
}

function namesOf(env: Readonly<Record<string, string | undefined>>): ReadonlySet<string> {
  return new Set(Object.keys(env).filter((name) => env[name] !== undefined && env[name] !== ''));
}

function namesIn(values: Readonly<Record<string, unknown>>, wanted: readonly unknown[]): ReadonlySet<string> {
  return new Set(Object.keys(values).filter((name) => wanted.includes(values[name])));
}

function readTokens(
  values: Record<string, unknown>,
  readFile: (path: string) => string,
  problems: string[],
): Readonly<Record<string, string>> {
  const inline = tokenMap.safeParse(JSON.stringify(values['RUNTIME_TOKENS'] ?? {}));
  const path = values['RUNTIME_TOKENS_FILE'];
  if (typeof path !== 'string') return inline.success ? inline.data : {};
  try {
    const fromFile = tokenMap.safeParse(readFile(path));
    if (fromFile.success) return { ...fromFile.data, ...(inline.success ? inline.data : {}) };
    problems.push('RUNTIME_TOKENS_FILE: must hold a JSON object {"participant": "token", …}');
  } catch {
    problems.push('RUNTIME_TOKENS_FILE: cannot be read');
  }
  return {};
}
