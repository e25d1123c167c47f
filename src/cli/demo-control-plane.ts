import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { VARIABLES } from '../config/config.js';
import { NODE_FLAGS } from '../config/node-flags.js';

/** From SIGTERM to SIGKILL. */
const STOP_MS_MAX = 10_000;
const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

export interface ControlPlane {
  readonly url: string;
  readonly runtimeAddress: string;
  readonly dataDir: string;
  /** Resolves with a sentence when the process ends without having been asked to. */
  readonly lost: Promise<string>;
  /** Ends the process and removes its data. */
  stop(): Promise<void>;
}

/** Starts the service as a process of its own on free ports, with a fresh data directory. Its log goes to stderr. */
export async function startControlPlane(signal: AbortSignal): Promise<ControlPlane> {
  const dataDir = await mkdtemp(join(tmpdir(), 'macp-demo-'));
  const child = fork(MAIN, [], {
    env: environment(dataDir),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, ...NODE_FLAGS],
  });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(dataDir, { recursive: true, force: true });
  };
  const lost = once(child, 'exit').then(
    ([code, signalName]) => `the control plane ended unexpectedly (${String(code ?? signalName)})`,
  );
  try {
    const listening = await Promise.race([firstWord(child, signal), lost]);
    if (typeof listening === 'string') throw new Error(listening);
    return { ...listening, dataDir, lost, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The caller's environment without our settings: the demo shows the defaults, whatever this shell is configured for. */
function environment(dataDir: string): NodeJS.ProcessEnv {
  const own = new Set(Object.keys(VARIABLES));
  const inherited = Object.entries(process.env).filter(([name]) => !own.has(name));
  return {
    ...Object.fromEntries(inherited),
    PORT: '0',
    EMBEDDED_RUNTIME_PORT: '0',
    MACP_DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
  };
}

async function firstWord(child: ChildProcess, signal: AbortSignal): Promise<{ url: string; runtimeAddress: string }> {
  const [message] = (await once(child, 'message', { signal })) as unknown[];
  if (isListening(message)) return { url: message.url, runtimeAddress: message.runtimeAddress };
  throw new Error('the control plane did not say where it listens');
}

function isListening(message: unknown): message is { url: string; runtimeAddress: string } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'url' in message &&
    typeof message.url === 'string' &&
    'runtimeAddress' in message &&
    typeof message.runtimeAddress === 'string'
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const patience = new AbortController();
  const gone = once(child, 'exit').finally(() => patience.abort());
  child.kill('SIGTERM');
  await sleep(STOP_MS_MAX, undefined, { signal: patience.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await gone;
}
