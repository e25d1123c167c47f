import type { BarName } from '../bars.js';
import type { Server } from './scratch.client.js';

/** A figure of one round. */
export interface Measured {
  /** A bar, or a figure that only explains others: its name and unit. */
  readonly of: BarName | { readonly name: string; readonly unit: string };
  readonly value: number;
  /** What a bare way of doing the same work comes to, measured in the same round and in the same unit. */
  readonly limit?: number;
  readonly note?: string;
}

/** Sizes that the command line may change; the defaults are those of the bars. */
export interface Sizes {
  readonly runs: number;
  readonly envelopes: number;
  /** How long a browser watches a run in the console scenario. */
  readonly minutes: number;
}

/** What a scenario is given. */
export interface Context {
  /** undefined: the embedded database. */
  readonly server: Server | undefined;
  readonly sizes: Sizes;
  /** Aborts at the scenario's deadline. */
  readonly signal: AbortSignal;
  /** Says what is going on, for the reader and for the message at the deadline. */
  phase(what: string): void;
  /** Hands over something that is closed after the scenario, last opened first. */
  own<T>(it: T, close: (it: T) => void | Promise<void>): T;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly bars: readonly BarName[];
  /** One round that takes longer is given up. */
  readonly deadlineMs: number;
  run(context: Context): Promise<readonly Measured[]>;
}
