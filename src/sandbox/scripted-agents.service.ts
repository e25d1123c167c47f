import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { AgentError } from '../agents/agent.client.js';
import { runExamples } from '../agents/examples.js';
import { modeOf } from '../agents/modes.js';
import { playAgents } from '../agents/play.client.js';
import { scriptFor } from '../agents/scripts.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { RunId } from '../contracts/ids.js';
import type { RunExample } from '../contracts/run-example.js';
import type { Run } from '../contracts/run.js';
import { AppError } from '../errors/app-error.js';
import type { ResolvedRequest } from '../runs/orchestration.js';
import type { ScriptedAgents } from '../runs/scripted-agents.interface.js';
import { castOf, obstacleTo } from './playable.js';

/** Resolves with `host:port` of the embedded runtime, once it listens. */
export const EMBEDDED_ADDRESS = Symbol('EMBEDDED_ADDRESS');
export type EmbeddedAddress = () => Promise<string>;

interface Play {
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

/**
 * Plays the runs that ask for scripted agents, each on connections of its own to the embedded runtime. A play that an
 * earlier process began is taken up again from the session's history: message ids are the same, so nothing counts twice.
 */
@Injectable()
export class ScriptedAgentsService implements ScriptedAgents, OnModuleDestroy {
  private readonly log = new Logger(ScriptedAgentsService.name);
  /** One entry per run: its play, or undefined while the run is being launched. At most `sandbox.playsMax` by launches. */
  private readonly places = new Map<RunId, Play | undefined>();
  private failed = 0;
  private stopped = false;

  constructor(
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(EMBEDDED_ADDRESS) private readonly address: EmbeddedAddress,
  ) {}

  examples(): readonly RunExample[] {
    const { embeddedRuntime, runtime } = this.config;
    const hasSandbox = embeddedRuntime.enabled || runtime.address === undefined;
    return hasSandbox ? runExamples(runtime.kind) : [];
  }

  check(request: ResolvedRequest): void {
    if (request.execution.scriptedAgents === undefined) return;
    const obstacle = obstacleTo(request);
    if (obstacle === undefined) return;
    const { path, message } = obstacle;
    throw new AppError('VALIDATION_ERROR', `${path}: ${message}`, { issues: [{ path, message }] });
  }

  admit(runId: RunId): void {
    const { playsMax } = this.config.sandbox;
    if (this.places.size >= playsMax) {
      throw new AppError('SANDBOX_BUSY', `Scripted agents play ${playsMax} runs already; cancel one, or wait.`, {
        playsMax,
      });
    }
    this.places.set(runId, undefined);
  }

  dismiss(runId: RunId): void {
    if (this.places.get(runId) === undefined) this.places.delete(runId);
  }

  join(run: Run): void {
    if (run.request.execution.scriptedAgents === undefined || this.stopped) return;
    if (this.places.get(run.id) !== undefined) return;
    const stop = new AbortController();
    const finished = this.play(run, stop.signal).finally(() => this.places.delete(run.id));
    this.places.set(run.id, { stop, finished });
  }

  async leave(runId: RunId): Promise<void> {
    const play = this.places.get(runId);
    play?.stop.abort();
    await play?.finished;
  }

  load(): { readonly plays: number; readonly failed: number } {
    return { plays: this.places.size, failed: this.failed };
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.places.keys()].map((runId) => this.leave(runId)));
  }

  /** Never rejects: whatever becomes of the agents, the run is the runtime's and goes on. */
  private async play({ id, sessionId, modeName, request }: Run, signal: AbortSignal): Promise<void> {
    try {
      const mode = modeOf(modeName);
      if (mode === undefined) throw new AgentError('MODE_NOT_SUPPORTED', `mode ${modeName} has no script any more`);
      await playAgents({
        runtimeAddress: await this.address(),
        sessionId,
        mode,
        // The embedded runtime is in development mode: an agent's token is its name.
        tokenFor: (participantId) => participantId,
        signal,
        paceMs: this.config.sandbox.paceMs,
        agents: scriptFor(mode, castOf(request), request.execution.scriptedAgents),
        onAgentFailed: (participantId, error) => this.note(id, participantId, error),
      });
    } catch (error) {
      this.note(id, undefined, error);
    }
  }

  private note(runId: RunId, participantId: string | undefined, error: unknown): void {
    this.failed += 1;
    const code = error instanceof AgentError ? error.code : 'UNKNOWN';
    this.log.warn({ message: 'a scripted agent gave up', runId, participantId, code, err: error });
  }
}
