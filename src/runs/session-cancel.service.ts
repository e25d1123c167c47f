import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { Run } from '../contracts/run.js';
import type { RuntimeAck, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { CancelCallbackClient } from './cancel-callback.client.js';
import { cancelFailure, cancelTermsOf, isWantOfRights, type CancelAttempt } from './cancel-route.js';
import { toAppError } from './refusal.js';
import { steerersOf } from './steerer.js';

/** How long the runtime is waited for after an initiator took the request to cancel. Milliseconds. */
export const CONFIRM_MS_MAX = 5_000;

/** How a session was made to end. */
export type CancelAnswer =
  /** The runtime acknowledged our own command, sent as this participant; undefined = as the control plane itself. */
  | { readonly via: 'runtime'; readonly ack: RuntimeAck; readonly as: string | undefined }
  /** The initiator was told, and the run has ended since. */
  | { readonly via: 'cancelCallback' };

export interface CancelOrder {
  readonly run: Run;
  readonly provider: RuntimeProvider;
  readonly reason: string;
  /** Called before the runtime is asked, with as whom. */
  readonly expect: (as: string | undefined) => void;
  /** Resolves with true as soon as the run is terminal, with false after so many milliseconds. */
  readonly untilEnded: (withinMs: number) => Promise<boolean>;
}

/**
 * Ends sessions. One that we opened: as its initiator. One that agents opened: through its initiator's callback, and as
 * whom the runtime lets us; what neither achieves is told as it is.
 */
@Injectable()
export class SessionCancelService {
  private readonly log = new Logger(SessionCancelService.name);
  private readonly callbacks: CancelCallbackClient;

  constructor(@Inject(CONFIG) config: AppConfig) {
    this.callbacks = new CancelCallbackClient(config.cancelCallback);
  }

  /** Throws AppError: what the runtime said, or why no way led to a cancelled session. */
  async cancel(order: CancelOrder): Promise<CancelAnswer> {
    const { run, provider } = order;
    const steerers = steerersOf(run, provider);
    if (run.executionMode === 'driver') return this.ask(order, steerers[0]);
    const attempts: CancelAttempt[] = [];
    const { callback, delegated } = cancelTermsOf(run);
    if (callback !== undefined) {
      const told = await this.tellInitiator(run, order.reason);
      if (told.outcome === 'accepted' && (await order.untilEnded(CONFIRM_MS_MAX))) return { via: 'cancelCallback' };
      attempts.push(told);
    }
    for (const as of delegated === false ? [] : steerers) {
      const answer = await this.tryAs(order, as, attempts);
      if (answer !== undefined) return answer;
    }
    throw cancelFailure(run, attempts);
  }

  /** Tells the initiator of a session that does not exist yet, so that it may not open it after all; best effort. */
  async forewarn(run: Run, reason: string): Promise<void> {
    if (cancelTermsOf(run).callback !== undefined) await this.tellInitiator(run, reason);
  }

  private async tellInitiator(run: Run, reason: string): Promise<CancelAttempt & { readonly via: 'cancelCallback' }> {
    const { callback } = cancelTermsOf(run);
    const answer =
      callback === undefined || callback === 'invalid'
        ? ({ outcome: 'blocked', refusal: 'CALLBACK_INVALID' } as const)
        : await this.callbacks.tell(callback, { runId: run.id, sessionId: run.sessionId, reason });
    if (answer.outcome !== 'accepted') {
      this.log.warn({ message: 'an initiator could not be told to cancel', runId: run.id, ...answer });
    }
    return { via: 'cancelCallback', ...answer };
  }

  /** undefined when this identity has no right to it. */
  private async tryAs(
    order: CancelOrder,
    as: string | undefined,
    attempts: CancelAttempt[],
  ): Promise<CancelAnswer | undefined> {
    try {
      return await this.ask(order, as);
    } catch (error) {
      if (!isWantOfRights(error)) throw error;
      attempts.push({ via: 'runtime', identity: as ?? 'the control plane', error });
      return undefined;
    }
  }

  private async ask({ run, provider, reason, expect }: CancelOrder, as: string | undefined): Promise<CancelAnswer> {
    expect(as);
    const ack = await provider.cancelSession({ sessionId: run.sessionId, reason, as });
    if (!ack.ok) throw toAppError(ack, 'The runtime did not cancel the session');
    return { via: 'runtime', ack, as };
  }
}
