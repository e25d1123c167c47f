import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { epochMs, type Clock } from '../contracts/time.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { AmbientService } from './ambient.service.js';
import { readerOf } from './reader.js';
import { runtimeSession, runtimeSessionOf, type RuntimeSession } from './runtime-session.js';
import type { ExpectedChange } from './hold.js';
import { InboxBudget } from './inbox-budget.js';
import { RunFollower, type FollowerWorld } from './run-follower.stream.js';
import { RunManagerService } from './run-manager.service.js';
import { SessionWatchService } from './session-watch.service.js';

/** Follows the sessions of all runs that are not terminal: one follower per run, found by its session. */
@Injectable()
export class StreamConsumerService implements OnModuleDestroy {
  private readonly log = new Logger(StreamConsumerService.name);
  private readonly followers = new Map<RuntimeSession, RunFollower>();
  private readonly budget = new InboxBudget();
  private stopped = false;

  constructor(
    private readonly manager: RunManagerService,
    private readonly watch: SessionWatchService,
    private readonly ambient: AmbientService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Opens the run's subscription, so that nothing sent afterwards is missed, and records what arrives. Resolves when
   * the subscription stands, when `signal` aborts, or when the process stops; the subscription goes on meanwhile.
   * `recovered` says that an earlier process followed this run before.
   */
  async observe(run: Run, provider: RuntimeProvider, recovered: boolean, signal: AbortSignal): Promise<void> {
    await this.followerOf(run, provider, recovered)?.untilStanding(signal);
  }

  /** Begins the event loop that leads the run to its end, beside the stream too. */
  start(run: Run): void {
    this.followers.get(runtimeSessionOf(run))?.arm();
  }

  /** Observes the run and leads it to its end, without waiting for the subscription to stand. */
  follow(run: Run, provider: RuntimeProvider, recovered: boolean): void {
    this.followerOf(run, provider, recovered)?.arm();
  }

  /** News of a session's state, from the runtime of this kind. False when nobody follows the session there. */
  hearState(kind: string, sessionId: string, info: SnapshotInfo): boolean {
    const follower = this.followers.get(runtimeSession(kind, sessionId));
    follower?.hearState(info);
    return follower !== undefined;
  }

  /** Of whom a change that we ask for now will be, and why; WatchSessions, which tells neither, is often faster than its answer. */
  expect(run: Run, change: ExpectedChange | undefined): void {
    this.followers.get(runtimeSessionOf(run))?.expect(change);
  }

  /** Resolves when the run's follower has finished, at once if there is none. */
  async untilFinished(run: Run): Promise<void> {
    await this.followers.get(runtimeSessionOf(run))?.finished;
  }

  isFollowing(run: Run): boolean {
    return this.followers.has(runtimeSessionOf(run));
  }

  async stop(run: Run): Promise<void> {
    await this.followers.get(runtimeSessionOf(run))?.stop();
  }

  /** Streams that are followed, and how many of them are down just now. */
  health(): { readonly followed: number; readonly reconnecting: number } {
    const all = [...this.followers.values()];
    return {
      followed: all.length,
      reconnecting: all.filter((follower) => follower.streamStatus === 'reconnecting').length,
    };
  }

  /** Of all runs, what was heard and is not stored yet, and for how long the oldest of it has waited. */
  lag(): { readonly frames: number; readonly oldestMs: number } {
    const now = this.clock.now();
    let frames = 0;
    let oldestMs = 0;
    for (const { unstored } of this.followers.values()) {
      frames += unstored.frames;
      if (unstored.oldestAt !== undefined) oldestMs = Math.max(oldestMs, now - epochMs(unstored.oldestAt));
    }
    return { frames, oldestMs };
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.followers.values()].map((follower) => follower.stop()));
  }

  /** The one there is, or a new one; undefined when the process stops. */
  private followerOf(run: Run, provider: RuntimeProvider, recovered: boolean): RunFollower | undefined {
    const key = runtimeSessionOf(run);
    const known = this.followers.get(key);
    if (known !== undefined || this.stopped) return known;
    this.ambient.open(run);
    const follower = new RunFollower(
      this.worldOf(provider),
      run,
      readerOf(run, provider),
      recovered ? 'recovered' : 'opened',
    );
    this.followers.set(key, follower);
    void follower.finished.then(() => {
      this.followers.delete(key);
      this.ambient.close(run);
    });
    return follower;
  }

  private worldOf(provider: RuntimeProvider): FollowerWorld {
    return {
      provider,
      clock: this.clock,
      random: () => Math.random(),
      batchMax: this.config.ingest.batchMax,
      isWatched: () => this.watch.isStanding(provider.kind),
      turn: (signal) => this.manager.turn(signal),
      record: (run, raws, follows) => this.manager.hear(run.id, { raws, follows }),
      lost: (run) =>
        this.manager.markFailed(run.id, 'SESSION_NOT_FOUND', 'The runtime no longer knows the session of this run.'),
      onProblem: ({ id: runId, sessionId }, message, error) =>
        this.log.error({ message, runId, sessionId, err: error }),
      onHealed: ({ id: runId, sessionId }, message) => this.log.log({ message, runId, sessionId }),
      budget: this.budget,
    };
  }
}
