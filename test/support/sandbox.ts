import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionRequest } from '../../src/contracts/execution-request.js';
import type { RunExample } from '../../src/contracts/run-example.js';
import { Api } from './api.js';
import { forkControlPlane, type RunningProcess } from './processes.js';
import { createStore, type Store } from './store.js';
import { until } from './until.js';

/** How long the embedded runtime of a killed process may take to leave. Milliseconds. */
const LEAVE_MS_MAX = 60_000;

/** A control plane of its own process with its embedded runtime; restarted on the same data by `again`. */
export class Sandbox {
  private constructor(
    readonly store: Store,
    private readonly env: Readonly<Record<string, string>>,
    public process: RunningProcess,
  ) {}

  static async open(env: Readonly<Record<string, string>>): Promise<Sandbox> {
    const store = await createStore();
    const whole = { ...store.env, EMBEDDED_RUNTIME: 'auto', EMBEDDED_RUNTIME_PORT: '0', LOG_LEVEL: 'warn', ...env };
    try {
      return new Sandbox(store, whole, await forkControlPlane(whole));
    } catch (error) {
      await store.remove();
      throw error;
    }
  }

  get api(): Api {
    return new Api(this.process.at);
  }

  async again(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.process = await forkControlPlane({ ...this.env, ...env });
  }

  async example(id: string): Promise<ExecutionRequest> {
    return (await this.examples()).find((example) => example.id === id)!.request;
  }

  examples(): Promise<readonly RunExample[]> {
    return this.api.ok('GET', '/examples');
  }

  /** kill −9; the embedded runtime, a process of its own, sees it and lets go of its files. */
  async crash(): Promise<void> {
    await this.process.kill();
    const lock = join(this.store.env['MACP_DATA_DIR']!, 'runtime', 'lock');
    await until('the embedded runtime is gone', () => (existsSync(lock) ? undefined : true), LEAVE_MS_MAX);
  }

  untilIdle(): Promise<unknown> {
    return until('no play is left', async () =>
      (await this.api.figure('macp_sandbox_plays')) === 0 ? true : undefined,
    );
  }

  async close(): Promise<void> {
    await this.crash();
    await this.store.remove();
  }
}
