import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEST_ENV } from './control-plane.js';

const START_MS_MAX = 30_000;
/** Output kept, the last of it. */
const OUTPUT_CHARS_MAX = 200_000;
/** Between two signals of one who insists. */
const INSIST_MS = 5;

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'src');

/** What a process tells its parent once it serves. */
interface Listening {
  readonly type: 'listening';
  readonly url?: string;
  readonly address?: string;
}

export interface RunningProcess {
  /** Of the control plane: its URL. Of the runtime: host:port. */
  readonly at: string;
  readonly pid: number;
  /** What it has written so far, the last OUTPUT_CHARS_MAX of it. */
  output(): string;
  /** From now on nobody reads what it writes. */
  closeOutput(): void;
  /** kill −9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code (null when it had to be killed) and the milliseconds it took. */
  stop(): Promise<Stopped>;
  /** Like stop, with one signal after the other until it is gone: a terminal, npm and a supervisor each send theirs. */
  stopInsisting(): Promise<Stopped>;
}

interface Stopped {
  readonly code: number | null;
  readonly tookMs: number;
}

/** The built control plane as a process of its own; `npm run build` has to have run. `stderr`: an open file, or it is kept. */
export function forkControlPlane(
  env: Readonly<Record<string, string>>,
  stderr: 'pipe' | number = 'pipe',
): Promise<RunningProcess> {
  return start(join(dist, 'main.js'), [], { ...TEST_ENV, ...env }, stderr);
}

/** The built embedded runtime as a process of its own, without rate limits. */
export function forkRuntime(args: readonly string[] = []): Promise<RunningProcess> {
  const limits = ['--session-starts', '0', '--messages', '0'];
  return start(join(dist, 'embedded-runtime', 'main.js'), ['--port', '0', ...limits, ...args], {});
}

async function start(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stderr: 'pipe' | number = 'pipe',
): Promise<RunningProcess> {
  if (!existsSync(script)) throw new Error(`${script} is missing: npm run build`);
  const child = fork(script, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', stderr, 'ipc'],
  });
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const { url, address } = await listening(child).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${script} did not start: ${String(error)}\n${output}`);
  });
  return {
    at: url ?? address ?? '',
    pid: child.pid ?? 0,
    output: () => output,
    closeOutput: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    kill: async () => {
      await end(child, 'SIGKILL');
    },
    stop: () => stop(child),
    stopInsisting: async () => {
      const insist = setInterval(() => child.kill('SIGTERM'), INSIST_MS);
      return stop(child).finally(() => clearInterval(insist));
    },
  };
}

async function stop(child: ChildProcess): Promise<Stopped> {
  const before = Date.now();
  const code = await end(child, 'SIGTERM');
  return { code, tookMs: Date.now() - before };
}

async function listening(child: ChildProcess): Promise<Listening> {
  const signal = AbortSignal.timeout(START_MS_MAX);
  const exited = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`it ended with ${String(code)}`);
  });
  const told = once(child, 'message', { signal }).then(([message]) => message as Listening);
  // The loser of the race ends later, and nobody else would hear its error.
  exited.catch(() => undefined);
  told.catch(() => undefined);
  return Promise.race([told, exited]);
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX);
  await gone;
  clearTimeout(timer);
  return child.exitCode;
}
