import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import { PAYLOAD_CODEC } from '../events/event-normalizer.service.js';
import type { PayloadCodec } from '../contracts/envelope.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { IsoTime, RunId, SessionId } from '../contracts/ids.js';
import type { JsonObject } from '../contracts/json.js';
import { AppError } from '../errors/app-error.js';
import type { NewRun } from '../events/run-event.service.js';
import type { RuntimeDescription, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { missingCredentials } from '../runtime/permission.js';
import { fingerprintOf } from './fingerprint.js';
import { EXECUTION_MODE_OF, resolveOrchestration } from './orchestration.js';
import { initiatorOf, planOutbound } from './outbound-plan.js';
import { RuntimeSelectorService } from './runtime-selector.service.js';
import { SCRIPTED_AGENTS, type ScriptedAgents } from './scripted-agents.interface.js';

export interface Allocation {
  readonly runId: RunId;
  readonly sessionId: SessionId;
  readonly traceId: string;
  readonly createdAt: IsoTime;
  readonly nowMs: number;
  readonly idempotencyKey: string | undefined;
}

export interface ValidationReport {
  readonly valid: boolean;
  readonly errors: string[];
  readonly warnings: string[];
  readonly runtime: { reachable: boolean; supportedModes: string[]; capabilities?: JsonObject };
}

/** Everything about a run to be but its first event. */
export type PlannedRun = Omit<NewRun, 'firstEvents'>;

/** Longest wait for the runtime while validating. Milliseconds. */
const PROBE_MS_MAX = 3_000;

/** Turns a request into everything its run will need, or says why it cannot be run. Sends nothing. */
@Injectable()
export class LaunchPlanService {
  constructor(
    private readonly selector: RuntimeSelectorService,
    @Inject(PAYLOAD_CODEC) private readonly codec: PayloadCodec,
    @Inject(SCRIPTED_AGENTS) private readonly agents: ScriptedAgents,
    @Inject(CONFIG) private readonly config: AppConfig,
  ) {}

  async prepare(asked: ExecutionRequest, allocation: Allocation): Promise<PlannedRun> {
    const request = resolveOrchestration(asked, this.config.runs.orchestrationDefault);
    this.agents.check(request);
    const { orchestration } = request.session;
    const provider = await this.selector.forRequest(request);
    this.requireCredentials(provider, request);
    return {
      id: allocation.runId,
      sessionId: allocation.sessionId,
      request,
      fingerprint: fingerprintOf(request),
      ...(allocation.idempotencyKey === undefined ? {} : { idempotencyKey: allocation.idempotencyKey }),
      tags: request.execution.tags ?? [],
      traceId: allocation.traceId,
      executionMode: EXECUTION_MODE_OF[orchestration],
      origin: 'request',
      runtimeKind: provider.kind,
      modeName: request.session.modeName,
      createdAt: allocation.createdAt,
      outbound: orchestration === 'drive' ? planOutbound({ ...allocation, request, codec: this.codec }) : [],
    };
  }

  /** Everything `prepare` would refuse, and what the runtime says of it; an unreachable runtime is only a warning. */
  async validate(request: ExecutionRequest, allocation: Allocation): Promise<ValidationReport> {
    const errors: string[] = [];
    const warnings: string[] = [];
    const planned = await this.prepare(request, allocation).catch((error: unknown) => {
      // Anything else is no word about the request.
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      errors.push(error.message);
      return undefined;
    });
    const runtime = await this.probe(request, warnings);
    const { modeName } = request.session;
    if (runtime && !runtime.supportedModes.includes(modeName))
      errors.push(`The runtime does not support mode ${modeName}.`);
    if (planned?.executionMode === 'observer') warnings.push('The run waits for an agent to open its session.');
    else if (request.kickoff.length === 0)
      warnings.push('Without kickoff messages the run waits for its agents to begin.');
    return {
      valid: errors.length === 0,
      errors,
      warnings,
      runtime: {
        reachable: runtime !== undefined,
        supportedModes: [...(runtime?.supportedModes ?? [])],
        ...(runtime ? { capabilities: runtime.capabilities } : {}),
      },
    };
  }

  /** To drive, those of everybody who sends; to observe, our own. Throws CREDENTIALS_MISSING. */
  private requireCredentials(provider: RuntimeProvider, request: ExecutionRequest): void {
    const own = this.config.runtime.serviceIdentity;
    if (request.session.orchestration !== 'drive') {
      if (!provider.hasCredentialsFor(undefined))
        throw missingCredentials('GetSession', { participant: undefined, own });
      return;
    }
    const initiator = initiatorOf(request);
    for (const participant of sendersOf(request)) {
      if (provider.hasCredentialsFor(participant)) continue;
      throw missingCredentials(participant === initiator ? 'SessionStart' : 'Send', { participant, own });
    }
  }

  private async probe(request: ExecutionRequest, warnings: string[]): Promise<RuntimeDescription | undefined> {
    try {
      const provider: RuntimeProvider = await this.selector.forRequest(request);
      return await provider.initialize(AbortSignal.timeout(PROBE_MS_MAX));
    } catch (error) {
      if (error instanceof AppError && error.status < 500) return undefined;
      warnings.push('The runtime cannot be reached just now.');
      return undefined;
    }
  }
}

function sendersOf(request: ExecutionRequest): ReadonlySet<string> {
  return new Set([initiatorOf(request), ...request.kickoff.map((message) => message.from)]);
}
