import type { RunId } from '../contracts/ids.js';
import type { RunExample } from '../contracts/run-example.js';
import type { Run } from '../contracts/run.js';
import type { ResolvedRequest } from './orchestration.js';

/** Injection token of the ScriptedAgents. */
export const SCRIPTED_AGENTS = Symbol('SCRIPTED_AGENTS');

/**
 * Agents that play along in sandbox runs which ask for it (`execution.scriptedAgents`). They are outsiders: they reach the
 * session through the runtime, as anybody's agents do, and nothing they do or fail to do touches the run but through it.
 */
export interface ScriptedAgents {
  /** What can be launched with them; empty where there is no sandbox. */
  examples(): readonly RunExample[];
  /** Throws VALIDATION_ERROR when the request asks for agents that could not play it. */
  check(request: ResolvedRequest): void;
  /** Keeps a place for a run about to be launched; throws SANDBOX_BUSY when all are taken. */
  admit(runId: RunId): void;
  /** Gives the place of a run back whose agents have not begun. */
  dismiss(runId: RunId): void;
  /** Sends the agents into the run's session, unless they are there or nobody asked for them. */
  join(run: Run): void;
  /** Calls them back. Resolves when none is left. */
  leave(runId: RunId): Promise<void>;
  /** Plays under way or about to begin, and agents that have failed since the start of the process. */
  load(): { readonly plays: number; readonly failed: number };
}
