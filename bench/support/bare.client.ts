import { Child } from './child.client.js';
import type { Context } from './scenario.js';

export interface BareWrite {
  readonly batches: readonly (readonly Uint8Array[])[];
}

/** A bare node:http server of events in a process of its own: what a service on this machine is measured against. */
export class BareServer {
  private constructor(
    readonly url: string,
    private readonly child: Child,
  ) {}

  static async start(context: Context): Promise<BareServer> {
    const { child, at } = await Child.start('bench/support/bare.main.js', {
      signal: context.signal,
      execArgv: ['--expose-gc'],
    });
    context.own(child, (it) => it.stop());
    return new BareServer(at, child);
  }

  /** Writes these frames to every client; resolves when each client's kernel has taken them. */
  write(frames: readonly Buffer[], perBatch: number): Promise<void> {
    const count = Math.ceil(frames.length / perBatch);
    const batches = Array.from({ length: count }, (_, index) => frames.slice(index * perBatch, (index + 1) * perBatch));
    return this.child.ask('write', { batches } satisfies BareWrite);
  }

  /** User and system time since it began, milliseconds. */
  cpuMs(): Promise<number> {
    return this.child.ask('cpuMs');
  }

  /** Resident memory in bytes after several full collections. */
  settle(): Promise<number> {
    return this.child.ask('settle');
  }
}
