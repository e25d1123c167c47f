import { Inject, Injectable } from '@nestjs/common';
import type { RunId } from '../contracts/ids.js';
import { isTerminal, type Run } from '../contracts/run.js';
import { hasCode } from '../errors/app-error.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { MessageDeliveryService } from './message-delivery.service.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunObserverService } from './run-observer.service.js';
import { RunStarterService } from './run-starter.service.js';
import { RuntimeSelectorService } from './runtime-selector.service.js';
import { SCRIPTED_AGENTS, type ScriptedAgents } from './scripted-agents.interface.js';
import { SessionCloseService } from './session-close.service.js';
import { SessionListenerService } from './session-listener.service.js';
import type { Errand } from './start-places.stream.js';
import { StreamConsumerService } from './stream-consumer.service.js';

/** Carries a stored run on from wherever it stands, in the way its execution mode asks for. */
@Injectable()
export class RunAdvanceService {
  constructor(
    private readonly ledger: RunLedgerService,
    private readonly selector: RuntimeSelectorService,
    private readonly listener: SessionListenerService,
    private readonly starter: RunStarterService,
    private readonly observer: RunObserverService,
    private readonly closing: SessionCloseService,
    private readonly consumer: StreamConsumerService,
    private readonly delivery: MessageDeliveryService,
    @Inject(SCRIPTED_AGENTS) private readonly agents: ScriptedAgents,
  ) {}

  /** Rejects with what may pass; everything else ends the run visibly. */
  async advance(runId: RunId, errand: Errand): Promise<void> {
    const { recovered, signal } = errand;
    const run = await this.ledger.getRun(runId);
    if (isTerminal(run.status)) return;
    if (recovered) this.delivery.settleLeft(runId);
    const provider = await this.selector.forKind(run.runtimeKind);
    // What the runtime says of the session beside its stream is not repeated, so we listen before it opens.
    this.listener.listen(provider);
    if (run.executionMode === 'observer') return this.observer.begin(run, provider, recovered, signal);
    this.listener.leaveToStarter(run);
    await this.start(run, provider, errand);
    if (run.request.execution.scriptedAgents !== undefined) await this.bringAgents(runId, signal);
  }

  private async start(run: Run, provider: RuntimeProvider, errand: Errand): Promise<void> {
    try {
      await this.starter.start(run, provider, errand);
    } catch (error) {
      // Ended and deleted meanwhile, by another process: what it may have begun at the runtime, nobody else knows of.
      if (hasCode(error, 'RUN_NOT_FOUND')) await this.closing.close(run, provider, errand);
      throw error;
    }
  }

  /** For a run that failed for a defect of ours: what it may have begun at the runtime is ended. Never rejects. */
  async abandon(run: Run, errand: Errand): Promise<void> {
    if (run.status !== 'failed' || errand.left.session !== true) return;
    const provider = await this.selector.forKind(run.runtimeKind).catch(() => undefined);
    if (provider !== undefined) await this.closing.close(run, provider, errand);
    this.consumer.start(run);
  }

  /** Nobody waits for the run's session any longer. */
  release(runId: RunId): Promise<void> {
    return this.observer.release(runId);
  }

  /** They come once the session stands, and leave when the run has ended, in whatever way. */
  private async bringAgents(runId: RunId, signal: AbortSignal): Promise<void> {
    const run = await this.ledger.getRun(runId);
    if (signal.aborted || isTerminal(run.status) || !run.session.bound) return;
    this.agents.join(run);
    void this.consumer.untilFinished(run).then(() => this.agents.leave(runId));
  }
}
