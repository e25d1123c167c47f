import type { StreamStatus } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { dedupeKeyOf } from '../events/normalize.js';
import { HistoryUnavailableError, historyLossOf } from '../runtime/history.js';
import { nextDelayMs } from '../runtime/link.js';
import type { RuntimeFrame, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import type { StreamHealth } from './hold.js';
import type { Inbox } from './inbox.stream.js';

export interface StreamWorld {
  readonly provider: Pick<RuntimeProvider, 'subscribe'>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Reads one session's stream into the inbox, over as many subscriptions as it takes. It never gives up by itself. */
export class StreamReader {
  private current: StreamStatus | undefined;
  private standsSince: number | undefined;
  private lastFrameAt: number | undefined;
  private gone = false;

  constructor(
    private readonly world: StreamWorld,
    private readonly inbox: Inbox,
    /** The run as last stored: a subscription begins after its last ordinal. */
    private readonly run: () => Run,
    private readonly as: string | undefined,
    private readonly firstStatus: Extract<StreamStatus, 'opened' | 'recovered'>,
    private readonly onStanding: () => void,
  ) {}

  get status(): StreamStatus | undefined {
    return this.current;
  }

  get health(): StreamHealth {
    return { standsSince: this.standsSince, lastFrameAt: this.lastFrameAt };
  }

  /** True once the runtime said that envelopes we have not seen are gone: waiting for them is in vain. */
  get historyGone(): boolean {
    return this.gone;
  }

  async read(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      // A resubscription begins after what is stored, so everything read before must be stored first.
      await this.inbox.untilEmpty(signal);
      const problem = await this.readOnce(signal);
      // It stood: the next outage begins with the shortest wait again.
      if (this.standsSince !== undefined) attempt = 0;
      this.standsSince = undefined;
      this.note('reconnecting', problem instanceof AppError ? problem.code : undefined);
      await this.world.clock.sleep(nextDelayMs(attempt, this.world.random()), signal);
    }
  }

  /** One subscription to its end. Returns why it ended. */
  private async readOnce(signal: AbortSignal): Promise<unknown> {
    const { sessionId, modeName, lastOrdinal: afterOrdinal } = this.run();
    try {
      for await (const frame of this.world.provider.subscribe(
        { sessionId, modeName, afterOrdinal, as: this.as },
        signal,
      )) {
        this.hear(frame);
        await this.inbox.untilRoom(signal);
      }
      return undefined;
    } catch (error) {
      if (error instanceof HistoryUnavailableError) this.noteGap(error.lowestOrdinal);
      return error;
    }
  }

  private hear(frame: RuntimeFrame): void {
    const now = this.world.clock.now();
    if (this.standsSince === undefined) {
      this.standsSince = now;
      this.note(this.current === undefined ? this.firstStatus : 'opened');
      this.onStanding();
    }
    if (frame.kind === 'ready') return;
    this.lastFrameAt = now;
    const { receivedAt } = frame;
    if (frame.kind === 'envelope') {
      const { envelope } = frame;
      this.inbox.push({ kind: 'stream-envelope', receivedAt, envelope, dedupeKey: dedupeKeyOf(envelope, false) });
      return;
    }
    const loss = historyLossOf(frame);
    if (loss) this.noteGap(loss.lowestOrdinal);
    const { code, message, sessionId, reasons } = frame;
    const info = { code, message, reasons, ...(sessionId === undefined ? {} : { sessionId }) };
    this.inbox.push({ kind: 'stream-inline-error', receivedAt, info });
  }

  /** One row per change, so one per outage and not one per attempt. */
  private note(status: StreamStatus, detail?: string): void {
    if (this.current === status) return;
    this.current = status;
    const info = { status, afterSequence: this.run().lastOrdinal, ...(detail === undefined ? {} : { detail }) };
    this.inbox.push({ kind: 'stream-status', receivedAt: this.nowIso(), info });
  }

  /** Envelopes 1…`toOrdinal` are gone at the runtime; undefined when it does not say how many. */
  private noteGap(toOrdinal: number | undefined): void {
    this.gone = true;
    const afterSequence = this.run().lastOrdinal;
    if (toOrdinal === undefined || toOrdinal <= afterSequence) return;
    const fromOrdinal = afterSequence + 1;
    const info = { status: 'gap', afterSequence, fromOrdinal, toOrdinal, reason: 'HISTORY_UNAVAILABLE' } as const;
    this.inbox.push({ kind: 'stream-status', receivedAt: this.nowIso(), info });
  }

  private nowIso() {
    return isoTime(this.world.clock.now());
  }
}
