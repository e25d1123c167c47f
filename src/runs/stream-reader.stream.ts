import { isAborted } from '../contracts/aborted.js';
import type { StreamStatus } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/codes.js';
import { dedupeKeyOf } from '../events/normalize.js';
import { HistoryUnavailableError, historyLossOf } from '../runtime/history.js';
import { STABLE_MS, reconnectDelayMs } from '../runtime/link.js';
import type { RuntimeFrame, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { notAhead, type StreamHealth } from './hold.js';
import type { Inbox } from './inbox.stream.js';
import { GONE_MS } from './session-reader.stream.js';

/** A subscription that was not refused for this long after its headers counts as standing. Milliseconds. */
const JUDGED_MS = 250;

/** How runtimes of all versions begin the code of a refusal to let us read the session. */
const BARRED = /^forbidden\b/i;

/** Refusals that carry no word on whether asking again helps. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'SESSION_NOT_FOUND',
  'FORBIDDEN',
  'CREDENTIALS_MISSING',
  'AUTH_SERVICE_REFUSED',
]);

export interface StreamWorld {
  readonly provider: Pick<RuntimeProvider, 'subscribe'>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onProblem: (run: Run, message: string, error: unknown) => void;
}

/** Reads one session's stream into the inbox, over as many subscriptions as it takes. It never gives up by itself. */
export class StreamReader {
  private current: StreamStatus | undefined;
  private standsSince: number | undefined;
  private lastFrameAt: number | undefined;
  /** Nothing is read until the inbox has room: what the runtime has sent meanwhile is not silence. */
  private isHeldBack = false;
  private inVain = false;
  /** The last ordinal stored when a loss of unknown length was told. */
  private lossToldAt: number | undefined;
  private refusedWith: string | undefined;
  /** Since when every subscription was refused; undefined once one stands. Epoch milliseconds. */
  private refusedSince: number | undefined;

  constructor(
    private readonly world: StreamWorld,
    private readonly inbox: Inbox,
    /** The run as last stored: a subscription begins after its last ordinal. */
    private readonly run: () => Run,
    private readonly as: string | undefined,
    /** What the next opening is called; only the first of a process can be a recovery. */
    private openAs: Extract<StreamStatus, 'opened' | 'recovered'>,
    private readonly onStanding: () => void,
  ) {}

  get status(): StreamStatus | undefined {
    return this.current;
  }

  get health(): StreamHealth {
    const now = this.world.clock.now();
    this.standsSince = notAhead(this.standsSince, now);
    this.lastFrameAt = notAhead(this.isHeldBack ? now : this.lastFrameAt, now);
    return { standsSince: this.standsSince, lastFrameAt: this.lastFrameAt };
  }

  /**
   * True while the runtime says that envelopes we have not seen are gone, or refuses every subscription: waiting for
   * them is in vain.
   */
  get historyGone(): boolean {
    return this.inVain;
  }

  async read(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      // A resubscription begins after what is stored, so everything read before must be stored first.
      await this.inbox.untilEmpty(signal);
      const problem = await this.readOnce(signal);
      if (this.wasStable()) attempt = 0;
      this.standsSince = undefined;
      if (isAborted(signal)) return;
      this.judge(problem);
      if (this.current === this.openAs) this.openAs = 'opened';
      this.note('reconnecting', problem instanceof AppError ? problem.code : undefined);
      await this.world.clock.sleep(reconnectDelayMs(attempt, this.world.random()), signal);
    }
  }

  /** One subscription to its end. Returns why it ended. */
  private async readOnce(signal: AbortSignal): Promise<unknown> {
    const { sessionId, modeName, lastOrdinal: afterOrdinal } = this.run();
    const ended = new AbortController();
    try {
      const request = { sessionId, modeName, afterOrdinal, as: this.as };
      for await (const frames of this.world.provider.subscribe(request, signal)) {
        for (const frame of frames) {
          if (isAborted(signal)) return undefined;
          this.hear(frame, ended.signal);
          if (!this.inbox.hasRoom) await this.untilRoom(signal);
        }
      }
      return undefined;
    } catch (error) {
      return error;
    } finally {
      ended.abort();
    }
  }

  /**
   * What the end of a subscription says about the history behind it. Refused once may be a runtime that still loads, or
   * a token that has just run out.
   */
  private judge(problem: unknown): void {
    if (problem instanceof HistoryUnavailableError) this.noteGap(problem.lowestOrdinal);
    const now = this.world.clock.now();
    this.refusedSince = isRefused(problem) ? notAhead(this.refusedSince ?? now, now) : undefined;
    if (this.refusedSince !== undefined && now - this.refusedSince >= GONE_MS) this.giveUpRefused(problem);
  }

  /** Mostly somebody has to do something: a token that may not observe, or a runtime that has lost its sessions. */
  private giveUpRefused(problem: unknown): void {
    if (!this.inVain) this.world.onProblem(this.run(), 'the runtime refuses to let us follow the session', problem);
    this.giveUpHistory();
  }

  private giveUpHistory(): void {
    this.inVain = true;
    this.inbox.wakeWriter();
  }

  private expectHistory(): void {
    this.inVain = false;
    this.refusedSince = undefined;
  }

  private async untilRoom(signal: AbortSignal): Promise<void> {
    this.isHeldBack = true;
    await this.inbox.untilRoom(signal);
    this.isHeldBack = false;
    this.lastFrameAt = this.world.clock.now();
  }

  private hear(frame: RuntimeFrame, ended: AbortSignal): void {
    const now = this.world.clock.now();
    if (this.standsSince === undefined) this.stand(now, ended);
    if (frame.kind === 'ready') return;
    if (frame.kind === 'inline-error') return this.hearError(frame);
    this.lastFrameAt = now;
    this.expectHistory();
    this.note(this.openAs);
    const { envelope, receivedAt } = frame;
    this.inbox.push({ kind: 'stream-envelope', receivedAt, envelope, dedupeKey: dedupeKeyOf(envelope, false) });
  }

  /**
   * Some runtimes send their headers before they have judged the subscription. So the first opening is told at once,
   * but coming back only when something arrived or nothing was refused for a moment: one row per outage.
   */
  private stand(now: number, ended: AbortSignal): void {
    this.standsSince = now;
    if (this.current === undefined) this.note(this.openAs);
    void this.world.clock.sleep(JUDGED_MS, ended).then(() => {
      if (ended.aborted) return;
      this.expectHistory();
      this.note(this.openAs);
    });
    this.onStanding();
  }

  /** We submit nothing here, so an error among the frames refuses the subscription itself. Told once per kind. */
  private hearError(frame: Extract<RuntimeFrame, { kind: 'inline-error' }>): void {
    const { code, message, sessionId, reasons, receivedAt } = frame;
    const loss = historyLossOf(frame);
    if (loss) this.noteGap(loss.lowestOrdinal);
    else if (code !== this.refusedWith) {
      const info = { code, message, reasons, ...(sessionId === undefined ? {} : { sessionId }) };
      this.inbox.push({ kind: 'stream-inline-error', receivedAt, info });
      this.refusedWith = code;
    }
    const refusal = new AppError('RUNTIME_ERROR', 'The runtime refused the subscription.', { runtimeCode: code });
    if (BARRED.test(code)) this.giveUpRefused(refusal);
    throw refusal;
  }

  /** The next outage begins with the shortest wait again only if this subscription was of any use. */
  private wasStable(): boolean {
    if (this.standsSince === undefined) return false;
    const heardSomething = this.lastFrameAt !== undefined && this.lastFrameAt >= this.standsSince;
    return heardSomething || this.world.clock.now() - this.standsSince >= STABLE_MS;
  }

  /** One row per change, so one per outage and not one per attempt. */
  private note(status: StreamStatus, detail?: string): void {
    if (this.current === status) return;
    this.current = status;
    const info = { status, afterSequence: this.run().lastOrdinal, ...(detail === undefined ? {} : { detail }) };
    this.inbox.push({ kind: 'stream-status', receivedAt: this.nowIso(), info });
  }

  /** Envelopes 1…`toOrdinal` are gone at the runtime; undefined when it does not say how many: told once. */
  private noteGap(toOrdinal: number | undefined): void {
    this.giveUpHistory();
    const afterSequence = this.run().lastOrdinal;
    const gap = { status: 'gap', afterSequence, reason: 'HISTORY_UNAVAILABLE' } as const;
    if (toOrdinal === undefined) {
      if (this.lossToldAt === afterSequence) return;
      this.lossToldAt = afterSequence;
      this.inbox.push({ kind: 'stream-status', receivedAt: this.nowIso(), info: gap });
    } else if (toOrdinal > afterSequence) {
      const info = { ...gap, fromOrdinal: afterSequence + 1, toOrdinal };
      this.inbox.push({ kind: 'stream-status', receivedAt: this.nowIso(), info });
    }
  }

  private nowIso() {
    return isoTime(this.world.clock.now());
  }
}

/** Whether the same subscription is refused for as long as nobody changes anything: the session, or what we may. */
function isRefused(problem: unknown): boolean {
  return problem instanceof AppError && (REFUSALS.has(problem.code) || problem.details?.['retryable'] === false);
}
