import type { IsoTime } from '../contracts/ids.js';
import type { RawDraft, SnapshotInfo, StreamStatus } from '../contracts/raw-event.js';
import { isTerminal, type Run } from '../contracts/run.js';
import { isoTime } from '../contracts/time.js';
import { hasCode } from '../errors/app-error.js';
import { isFinalState } from '../events/lifecycle.js';
import { holdFirst, notAhead, releaseAt, withCause, type ExpectedChange, type Hold } from './hold.js';
import type { InboxBudget } from './inbox-budget.js';
import { Inbox, INBOX_FRAMES_MAX } from './inbox.stream.js';
import { retryDelayMs } from './retry.js';
import { POLL_MS, SessionReader, type SessionWorld } from './session-reader.stream.js';
import { StreamReader, type StreamWorld } from './stream-reader.stream.js';

export interface FollowerWorld extends StreamWorld, SessionWorld {
  readonly provider: StreamWorld['provider'] & SessionWorld['provider'];
  /** Raw events written in one transaction at most. */
  readonly batchMax: number;
  /** Resolves when it is this run's turn to write; what arrives meanwhile becomes part of the batch. Never rejects. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
  /** Writes through the door; resolves with the run as it then stands. Nothing is written when what it follows was not. */
  readonly record: (run: Run, heard: readonly RawDraft[], follows: Promise<Run> | undefined) => Promise<Run>;
  /** Ends a run whose session the runtime no longer knows. */
  readonly lost: (run: Run) => Promise<Run>;
  /** What was told as a problem is over. */
  readonly onHealed: (run: Run, message: string) => void;
  /** What the inboxes of all followers may hold together. */
  readonly budget: InboxBudget;
}

/** Batches of one run that may be under way: one is written, one is worked out. */
const BATCHES_UNDER_WAY_MAX = 2;
/** Of so many failures in a row one is told: about one a minute when they last, and each is a stack long. */
const TOLD_EVERY = 12;
/** How long a stop waits for its last word to be stored. Milliseconds. */
const CLOSED_MS_MAX = 1_000;

interface Batch {
  /** How many of the inbox it holds. */
  readonly count: number;
  /** It ends with the state that was held back. */
  readonly isHoldDue: boolean;
  readonly stored: Promise<Run>;
}

/**
 * Follows one session from its bind to its end: reads the stream, writes what it heard in batches, and learns the
 * session's state beside the stream. Nothing here gives up while the run is not terminal; silence is normal.
 */
export class RunFollower {
  private readonly stopping = new AbortController();
  private readonly inbox: Inbox;
  private readonly stream: StreamReader;
  private readonly session: SessionReader;
  private hold: Hold | undefined;
  private expected: ExpectedChange | undefined;
  /** The runtime no longer knows the session: there is no history left for a hold to wait for. */
  private isLost = false;
  private armed = false;
  /** Writes that failed in a row. */
  private failures = 0;
  private readonly batchMax: number;
  private readonly standing: Promise<void>;
  /** Resolves when the run is terminal and everything heard is stored, or after stop(). Never rejects. */
  readonly finished: Promise<void>;

  constructor(
    private readonly world: FollowerWorld,
    private run: Run,
    /** Whose identity reads. */
    as: string | undefined,
    /** `recovered` after a restart of the process, else `opened`. */
    firstStatus: Extract<StreamStatus, 'opened' | 'recovered'>,
  ) {
    const current = (): Run => this.run;
    let stands = (): void => undefined;
    this.standing = new Promise((resolve) => (stands = resolve));
    this.inbox = new Inbox(world.clock, world.budget);
    // Beside the batches under way the inbox has room for another one.
    this.batchMax = Math.min(world.batchMax, Math.floor(INBOX_FRAMES_MAX / (BATCHES_UNDER_WAY_MAX + 1)));
    this.session = new SessionReader(
      world,
      current,
      as,
      (info) => this.hearState(info),
      () => this.endLost(),
    );
    this.stream = new StreamReader(world, this.inbox, current, as, firstStatus, () => {
      this.session.soon();
      stands();
      this.inbox.wakeWriter();
    });
    const { signal } = this.stopping;
    this.finished = Promise.all([this.stream.read(signal), this.write(signal)])
      .catch((error: unknown) => this.world.onProblem(this.run, 'a follower ended unexpectedly', error))
      .then(() => this.inbox.close());
  }

  /** Resolves when the subscription stands for the first time, the follower has finished, or `signal` aborts. */
  untilStanding(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', done, { once: true });
      void Promise.race([this.standing, this.finished]).then(done);
    });
  }

  /** From here on the session's end is looked for beside the stream too. */
  arm(): void {
    this.armed = true;
    this.inbox.wakeWriter();
  }

  /** What we ask for now; undefined: no longer. */
  expect(change: ExpectedChange | undefined): void {
    this.expected = change;
  }

  /** News of the session's state from WatchSessions, a read, or the acknowledgement of a command of ours. */
  hearState(told: SnapshotInfo): void {
    const info = withCause(told, this.expected);
    const now = this.world.clock.now();
    this.hold = holdFirst(this.hold, info, now);
    if (!isFinalState(info.state) && !this.isRepeated(info)) {
      this.inbox.push({ kind: 'session-snapshot', receivedAt: isoTime(now), info });
    }
    this.inbox.wakeWriter();
  }

  /**
   * Whether the report that waits to be stored says the same already; while the database is away every list of all sessions
   * would add one. What was read may turn out to tell the past, so it does not stand for what the runtime tells once; nor
   * does a change for a later one to the same state.
   */
  private isRepeated({ state, via, observedAt }: SnapshotInfo): boolean {
    const last = this.inbox.lastSnapshot;
    if (last?.state !== state) return false;
    return via === 'read' || (last.via !== 'read' && last.observedAt === observedAt);
  }

  get streamStatus(): StreamStatus | undefined {
    return this.stream.status;
  }

  /** What was heard and is not stored yet: how much, and since when. */
  get unstored(): { readonly frames: number; readonly oldestAt: IsoTime | undefined } {
    return { frames: this.inbox.size, oldestAt: this.inbox.oldestAt };
  }

  /** Leaves the session to the next process. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.finished;
    await this.tellClosed();
  }

  /** The counterpart of the next process's `recovered`. Tried once, for CLOSED_MS_MAX, and not on a database that is known to be away. */
  private async tellClosed(): Promise<void> {
    const { lastOrdinal: afterSequence, status } = this.run;
    if (this.stream.status === undefined || isTerminal(status) || this.failures > 0) return;
    const receivedAt = isoTime(this.world.clock.now());
    const info = { status: 'closed', afterSequence, detail: 'shutdown' } as const;
    const recorded = this.world
      .record(this.run, [{ kind: 'stream-status', receivedAt, info }], undefined)
      .catch((error: unknown) => this.world.onProblem(this.run, 'the end of following could not be recorded', error));
    const wait = new AbortController();
    await Promise.race([recorded, this.world.clock.sleep(CLOSED_MS_MAX, wait.signal)]);
    wait.abort();
  }

  private async write(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(isTerminal(this.run.status) && this.inbox.size === 0)) {
      if (this.inbox.size === 0 && this.dueHold() === undefined) await this.rest(signal);
      else await this.store(signal);
    }
    this.stopping.abort();
  }

  /**
   * Writes what was heard, in batches: the next full one is worked out while the previous one is written. What could not
   * be stored stays in the inbox and is written again: reading stops meanwhile, nothing is dropped.
   */
  private async store(signal: AbortSignal): Promise<void> {
    const underWay: Batch[] = [];
    try {
      do {
        if (underWay.length === 0 && this.mayBegin(underWay)) await this.world.turn(signal);
        while (this.mayBegin(underWay)) underWay.push(this.begin(underWay));
        const [first] = underWay;
        if (first === undefined) break;
        this.run = await first.stored;
        underWay.shift();
        this.inbox.stored(first.count);
        if (first.isHoldDue || isFinalState(this.run.session.state)) this.hold = undefined;
        if (this.failures > 0) this.world.onHealed(this.run, 'what was heard is stored again');
        this.failures = 0;
      } while (!signal.aborted || underWay.length > 0);
    } catch (error) {
      await Promise.allSettled(underWay.map(({ stored }) => stored));
      await this.afterFailure(error, signal);
    }
  }

  /** Something to write and nothing under way, or a full batch to work out beside the one that is being written. */
  private mayBegin(underWay: readonly Batch[]): boolean {
    const waiting = this.inbox.size - countOf(underWay);
    if (underWay.length === 0) return waiting > 0 || this.dueHold() !== undefined;
    return underWay.length < BATCHES_UNDER_WAY_MAX && waiting >= this.batchMax;
  }

  private begin(underWay: readonly Batch[]): Batch {
    const heard = this.inbox.peek(this.batchMax, countOf(underWay));
    const due = underWay.length === 0 && heard.length === this.inbox.size ? this.dueHold() : undefined;
    const stored = this.world.record(this.run, due ? [...heard, due] : heard, underWay.at(-1)?.stored);
    // It is awaited when its turn comes; until then a failure is not news to anybody.
    stored.catch(() => undefined);
    return { count: heard.length, isHoldDue: due !== undefined, stored };
  }

  private async afterFailure(error: unknown, signal: AbortSignal): Promise<void> {
    // A run that was deleted has no log to write to.
    if (hasCode(error, 'RUN_NOT_FOUND')) this.stopping.abort();
    else if (this.failures % TOLD_EVERY === 0) {
      this.world.onProblem(this.run, 'a batch could not be stored and will be repeated', error);
    }
    await this.world.clock.sleep(retryDelayMs(this.failures, this.world.random()), signal);
    this.failures += 1;
  }

  private async rest(signal: AbortSignal): Promise<void> {
    const now = this.world.clock.now();
    if (this.armed && this.session.dueAt <= now) {
      void this.session.read(signal).finally(() => this.inbox.wakeWriter());
    }
    const release = this.releaseAt();
    const until = Math.min(release ?? Infinity, this.armed ? this.session.dueAt : Infinity, now + POLL_MS);
    await this.inbox.untilNews(Math.max(until - now, 1), signal);
  }

  private dueHold(): RawDraft | undefined {
    const at = this.releaseAt();
    if (!this.hold || at === undefined || at > this.world.clock.now()) return undefined;
    return { kind: 'session-snapshot', receivedAt: isoTime(this.hold.heardAt), info: this.hold.info };
  }

  private releaseAt(): number | undefined {
    if (!this.hold) return undefined;
    const heardAt = notAhead(this.hold.heardAt, this.world.clock.now());
    if (heardAt !== this.hold.heardAt) this.hold = { ...this.hold, heardAt };
    return this.isLost || this.stream.historyGone ? heardAt : releaseAt(this.hold, this.stream.health);
  }

  /** An end that the runtime told before it forgot the session is the end. */
  private async endLost(): Promise<void> {
    this.isLost = true;
    if (this.hold !== undefined) return;
    try {
      this.run = await this.world.lost(this.run);
    } catch (error) {
      this.world.onProblem(this.run, 'a lost session could not be recorded', error);
    }
  }
}

function countOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}
