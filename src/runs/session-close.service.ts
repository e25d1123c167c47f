import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { Run } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { hasCode } from '../errors/app-error.js';
import { isFinalState } from '../events/lifecycle.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { isOurs, speakerOf } from './decide.js';
import { untilLasting } from './patience.stream.js';
import { toAppError } from './refusal.js';
import type { Errand } from './start-places.stream.js';

/** How long a runtime that does not answer is asked again. Milliseconds. */
const CLOSE_MS_MAX = 60_000;

/** Ends the sessions of runs that failed at their start: agents would go on playing them, and nobody would follow. */
@Injectable()
export class SessionCloseService {
  private readonly log = new Logger(SessionCloseService.name);

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /**
   * Best effort, and the last thing that is done for the run: it gives up its place. Nothing where no session can be left.
   * Never rejects.
   */
  async close(run: Run, provider: RuntimeProvider, { place, signal, left }: Omit<Errand, 'recovered'>): Promise<void> {
    place.leave();
    if (left.session !== true) return;
    const patience = { clock: this.clock, deadline: this.clock.now() + CLOSE_MS_MAX, signal };
    try {
      await untilLasting(() => this.cancel(run, provider, signal), patience);
    } catch (error) {
      if (hasCode(error, 'SESSION_NOT_FOUND')) return;
      this.log.warn({ message: 'a failed run may have left a session', runId: run.id, err: error });
    }
  }

  /** Whoever chose the session's id may have chosen it for another session of theirs. */
  private async cancel(run: Run, provider: RuntimeProvider, signal: AbortSignal): Promise<void> {
    const as = speakerOf(run);
    const session = await provider.getSession(run.sessionId, as, signal);
    if (isFinalState(session.state) || !isOurs(session, run)) return;
    const command = { sessionId: run.sessionId, reason: 'The run failed at its start.', as };
    const ack = await provider.cancelSession(command, signal);
    if (!ack.ok) throw toAppError(ack, 'The runtime did not cancel the session');
  }
}
