import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RuntimeTls } from '../../src/runtime/channel-pool.client.js';
import { RuntimeCredentials } from '../../src/runtime/credentials.js';
import { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';

/** How long the binary may take until its health service answers. */
const START_MS_MAX = 15_000;
const PROBE_INTERVAL_MS = 50;
/** How long a stopped process may take to be gone before it is killed. */
const STOP_MS_MAX = 12_000;
/** Output kept for the error message of a failed start. */
const OUTPUT_CHARS_MAX = 4_000;

/** One line of the runtime's static token list. */
export interface RuntimeToken {
  readonly token: string;
  readonly sender: string;
  readonly is_observer?: boolean;
  readonly can_start_sessions?: boolean;
  readonly can_manage_mode_registry?: boolean;
  readonly allowed_modes?: readonly string[];
}

export interface RustRuntimeLaunch {
  /** Static tokens; absent = dev mode, where every token is its bearer's name. */
  readonly tokens?: readonly RuntimeToken[];
  /** Keep sessions in files, so that they survive a restart. Default: memory only. */
  readonly durable?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** How the runtime is reached once `env` has switched TLS on; default plaintext. */
  readonly tls?: RuntimeTls;
}

export interface RunningRuntime {
  /** host:port */
  readonly address: string;
  /** Kills the process without warning; it stays down until `restart`. */
  kill(): Promise<void>;
  /** Kills the process if it runs and starts it again at the same address. */
  restart(): Promise<void>;
  /** Ends the process and removes its files. */
  stop(): Promise<void>;
}

/** Path of the binary under test, from the environment; undefined when there is none. */
export function rustRuntimeBinary(): string | undefined {
  const path = process.env['MACP_RUNTIME_BIN'];
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** Starts the Rust runtime on a free port of loopback and waits for its health service. */
export async function startRustRuntime(launch: RustRuntimeLaunch = {}): Promise<RunningRuntime> {
  const binary = rustRuntimeBinary();
  if (binary === undefined) throw new Error('MACP_RUNTIME_BIN does not name the macp-runtime binary');
  const dataDir = await mkdtemp(join(tmpdir(), 'macp-rust-'));
  const address = `127.0.0.1:${await freePort()}`;
  const env = environment(launch, address, dataDir);
  let child = await spawnHealthy(binary, env, address, launch.tls);
  return {
    address,
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      await end(child, 'SIGKILL');
      child = await spawnHealthy(binary, env, address, launch.tls);
    },
    stop: async () => {
      await end(child, 'SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function environment(launch: RustRuntimeLaunch, address: string, dataDir: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    MACP_ALLOW_INSECURE: '1',
    MACP_BIND_ADDR: address,
    MACP_SESSION_START_LIMIT_PER_MINUTE: '100000',
    MACP_MESSAGE_LIMIT_PER_MINUTE: '1000000',
    RUST_LOG: 'warn',
    ...(launch.durable === true ? { MACP_DATA_DIR: dataDir } : { MACP_MEMORY_ONLY: '1' }),
    ...(launch.tokens === undefined ? {} : { MACP_AUTH_TOKENS_JSON: JSON.stringify(launch.tokens) }),
    ...launch.env,
  };
}

async function spawnHealthy(
  binary: string,
  env: Record<string, string>,
  address: string,
  tls: RuntimeTls | undefined,
): Promise<ChildProcess> {
  const child = spawn(binary, [], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  try {
    await untilHealthy(address, () => child.exitCode === null, tls);
    return child;
  } catch (error) {
    await end(child, 'SIGKILL');
    throw new Error(`macp-runtime did not start: ${output}`, { cause: error });
  }
}

/** Waits for the health service; throws when the time is up or `alive` says no. */
export async function untilHealthy(
  address: string,
  alive: () => boolean = () => true,
  tls?: RuntimeTls,
): Promise<void> {
  const credentials = new RuntimeCredentials({ devIdentity: true, tokens: new Map(), serviceIdentity: 'probe' });
  const deadline = Date.now() + START_MS_MAX;
  for (;;) {
    // A fresh connection per probe, since a refused one waits before it tries again.
    const probe = new RustRuntimeProvider({ kind: 'probe', name: 'probe', address, tls, credentials });
    const health = await probe.health();
    await probe.close();
    if (health.ok) return;
    if (!alive() || Date.now() > deadline) throw new Error(health.detail ?? 'not healthy');
    await delay(PROBE_INTERVAL_MS);
  }
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  await gone;
  clearTimeout(timer);
}
