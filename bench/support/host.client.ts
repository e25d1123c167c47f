import { NODE_FLAGS } from '../../src/config/node-flags.js';
import { Child } from './child.client.js';
import type { LimitOptions } from './insert-limit.js';

/** What a process has used since it began, and holds now. */
export interface Usage {
  /** User and system time. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** JavaScript heap in use, and what hangs on it outside: buffers above all. */
  readonly heldBytes: number;
}

export interface Query {
  readonly text: string;
  readonly values: readonly unknown[];
}

export type Row = Readonly<Record<string, unknown>>;

/** The control plane that is measured. */
export class Host {
  private constructor(
    readonly url: string,
    private readonly child: Child,
  ) {}

  static async start(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Host> {
    const defaults = { PORT: '0', LOG_LEVEL: 'error', RUNTIME_DEV_IDENTITY: 'true' };
    const { child, at } = await Child.start('bench/support/host.main.js', {
      signal,
      env: { ...defaults, ...env },
      execArgv: [...NODE_FLAGS, '--expose-gc'],
    });
    return new Host(at, child);
  }

  get pid(): number {
    return this.child.pid;
  }

  /** User and system time since it began, milliseconds. */
  cpuMs(): Promise<number> {
    return this.child.ask('cpuMs');
  }

  usage(): Promise<Usage> {
    return this.child.ask('usage');
  }

  /** The same after several full collections. */
  settle(): Promise<Usage> {
    return this.child.ask('settle');
  }

  /** On the service's own connections: the only way into the embedded database. */
  query(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.child.ask('query', { text, values } satisfies Query);
  }

  /** Seconds; see insert-limit.ts. */
  insertLimit(options: LimitOptions): Promise<number> {
    return this.child.ask('insertLimit', options);
  }

  /** Stops following these runs, as a process that ends does; their sessions go on. */
  unfollow(runIds: readonly string[]): Promise<void> {
    return this.child.ask('unfollow', runIds);
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
