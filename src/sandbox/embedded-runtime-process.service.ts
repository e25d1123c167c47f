import { fork, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import type { Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { reconnectDelayMs } from '../runtime/link.js';

/** How long the process may take to listen. Milliseconds. */
const LISTEN_MS_MAX = 20_000;
/** How long it may take to leave after SIGTERM before it is killed. Milliseconds. */
const LEAVE_MS_MAX = 5_000;

export interface EmbeddedRuntimeOptions {
  /** gRPC port on loopback; a free one when it is taken or 0. */
  readonly port: number;
  /** Where its journal lives. */
  readonly dataDir: string;
}

/**
 * The embedded runtime as a process of its own, started again at the same address when it dies. It leaves with us: it
 * watches the IPC channel, so that even a killed control plane leaves no process behind.
 */
export class EmbeddedRuntimeProcess {
  private readonly log = new Logger(EmbeddedRuntimeProcess.name);
  private readonly stopping = new AbortController();
  private child: ChildProcess | undefined;
  private port: number | undefined;

  constructor(
    private readonly options: EmbeddedRuntimeOptions,
    private readonly clock: Clock,
  ) {}

  /** Starts it; resolves with `127.0.0.1:port` once it listens. Throws RUNTIME_UNAVAILABLE; it may be started again. */
  async start(): Promise<string> {
    this.port = await freePort(this.options.port);
    return this.launch();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const left = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), LEAVE_MS_MAX);
    await left;
    clearTimeout(late);
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async launch(): Promise<string> {
    const main = fileURLToPath(new URL('../embedded-runtime/main.js', import.meta.url));
    // A sandbox serves its own machine only: the limits that keep strangers apart would only get in the way of a test.
    const limits = ['--session-starts', '0', '--messages', '0'];
    const args = ['--port', String(this.port ?? 0), '--data-dir', join(this.options.dataDir, 'runtime'), ...limits];
    const child = fork(main, args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--enable-source-maps'],
    });
    this.child = child;
    const address = await listening(child);
    child.once('exit', () => void this.restart());
    return address;
  }

  private async restart(): Promise<void> {
    for (let attempt = 0; !this.isStopped(); attempt += 1) {
      this.log.error({ message: 'the embedded runtime ended and is started again', attempt });
      await this.clock.sleep(reconnectDelayMs(attempt, Math.random()), this.stopping.signal);
      if (this.isStopped()) return;
      try {
        await this.launch();
        return;
      } catch (error) {
        this.log.error({ message: 'the embedded runtime did not start', err: error });
      }
    }
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(unavailable(`did not listen within ${LISTEN_MS_MAX} ms`));
    }, LISTEN_MS_MAX);
    const ended = (code: number | null): void => {
      clearTimeout(late);
      reject(unavailable(`left with code ${code ?? 'none'} before it listened`));
    };
    child.once('exit', ended);
    child.on('message', (message: unknown) => {
      const address = addressIn(message);
      if (address === undefined) return;
      clearTimeout(late);
      child.removeListener('exit', ended);
      resolve(address);
    });
  });
}

/** It may be started anew. */
function unavailable(what: string): AppError {
  return new AppError('RUNTIME_UNAVAILABLE', `The embedded runtime ${what}; the log has its own words.`, {
    retryable: true,
  });
}

function addressIn(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null || !('address' in message)) return undefined;
  return typeof message.address === 'string' ? message.address : undefined;
}

/** The wanted port if nobody holds it, else a free one. */
async function freePort(wanted: number): Promise<number> {
  return (await probe(wanted)) ?? (await probe(0)) ?? 0;
}

function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
