import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** From SIGTERM to SIGKILL. */
const STOP_MS_MAX = 10_000;
/** Output kept for the error message of a process that did not do its part. */
const OUTPUT_CHARS_MAX = 4_000;

export interface ChildOptions {
  readonly signal: AbortSignal;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

/** A control plane and the bare server tell their URL, a runtime its address. */
interface Listening {
  readonly url?: string;
  readonly address?: string;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** A process of this suite or of the service, with a channel for questions and answers. */
export class Child {
  private readonly pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private asked = 0;
  private output = '';

  private constructor(
    private readonly process: ChildProcess,
    private readonly script: string,
  ) {
    const keep = (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-OUTPUT_CHARS_MAX));
    process.stdout?.on('data', keep);
    process.stderr?.on('data', keep);
    process.on('message', (message) => this.hear(message as Partial<Reply>));
    process.once('exit', () => this.lose());
  }

  /** Starts `script`, a path below dist/, and resolves when it has said where it listens. */
  static async start(script: string, options: ChildOptions): Promise<{ child: Child; at: string }> {
    const child = Child.spawn(script, options);
    try {
      const { url, address } = await child.firstMessage(options.signal);
      return { child, at: url ?? address ?? '' };
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  /** Starts `script` and waits for nothing. */
  static spawn(script: string, { args = [], env = {}, execArgv = [] }: ChildOptions): Child {
    const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
    const child = fork(path, args, {
      env: { PATH: process.env['PATH'], ...env },
      execArgv: ['--enable-source-maps', ...execArgv],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    return new Child(child, script);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** One question; rejects with the error of the other side, or when that side is gone. */
  ask<T>(command: string, argument?: unknown): Promise<T> {
    this.asked += 1;
    const id = this.asked;
    return new Promise<T>((resolve, reject) => {
      // Each command's answer has the type that the asking side names; both sides are in this folder.
      this.pending.set(id, { resolve: (value) => resolve(value as T), reject });
      this.process.send({ id, command, argument }, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGTERM');
    const late = setTimeout(() => process.kill('SIGKILL'), STOP_MS_MAX);
    await gone;
    clearTimeout(late);
  }

  private async firstMessage(signal: AbortSignal): Promise<Listening> {
    const told = once(this.process, 'message', { signal }).then(([message]) => message as Listening);
    const ended = once(this.process, 'exit', { signal }).then(([code]) => {
      throw new Error(`${this.script} ended with ${String(code)}:\n${this.output}`);
    });
    // The loser of the race ends later, and nobody else would hear its error.
    told.catch(() => undefined);
    ended.catch(() => undefined);
    return Promise.race([told, ended]);
  }

  private hear({ id, result, error }: Partial<Reply>): void {
    const waiter = id === undefined ? undefined : this.pending.get(id);
    if (id === undefined || waiter === undefined) return;
    this.pending.delete(id);
    if (error === undefined) waiter.resolve(result);
    else waiter.reject(new Error(error));
  }

  private lose(): void {
    for (const { reject } of this.pending.values()) reject(new Error(`${this.script} is gone:\n${this.output}`));
    this.pending.clear();
  }
}
