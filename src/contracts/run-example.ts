import type { ExecutionRequest } from './execution-request.js';

/** A run that anybody can start to see what a mode is about: scripted agents play it on the embedded runtime. */
export interface RunExample {
  /** Stable, of a-z, 0-9 and `-`. */
  readonly id: string;
  /** The mode's short name: decision, proposal, task, handoff, quorum or multi_round. */
  readonly mode: string;
  readonly title: string;
  /** Plain words: what is decided, by whom, what is worth watching and how it ends. */
  readonly description: string;
  /** A complete body for `POST /runs`. */
  readonly request: ExecutionRequest;
}
