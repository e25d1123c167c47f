import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { isAborted } from '../contracts/aborted.js';
import type { IsoTime } from '../contracts/ids.js';
import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { LifecycleEventType, SessionLifecycle, SessionState } from '../contracts/session.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { Bell } from '../events/bell.stream.js';
import { STABLE_MS, reconnectDelayMs } from '../runtime/link.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';

/** How often all sessions are listed while no watch stands, and while somebody waits for one of them. Milliseconds. */
export const LIST_UNWATCHED_MS = 5_000;
export const LIST_AWAITED_MS = 60_000;

/** The event's type decides, because the snapshot inside may be newer than the event. CREATED carries any state. */
const STATE_OF: Record<LifecycleEventType, SessionState | undefined> = {
  CREATED: undefined,
  RESOLVED: 'SESSION_STATE_RESOLVED',
  EXPIRED: 'SESSION_STATE_EXPIRED',
  SUSPENDED: 'SESSION_STATE_SUSPENDED',
  RESUMED: 'SESSION_STATE_OPEN',
  CANCELLED: 'SESSION_STATE_CANCELLED',
};

/**
 * What an event of a watch that was opened at `openedAt` tells. At its beginning it tells as CREATED how it found the
 * sessions; one may have changed, and the change be recorded, before that is read.
 */
export function toSnapshotInfo(event: SessionLifecycle, openedAt: IsoTime): SnapshotInfo | undefined {
  const state = STATE_OF[event.eventType] ?? event.session?.state;
  if (state === undefined) return undefined;
  const { session, observedAt } = event;
  return {
    via: 'watch',
    state,
    observedAt,
    ...(session === undefined ? {} : { snapshot: session }),
    ...(event.eventType === 'CREATED' ? { askedAt: openedAt } : {}),
  };
}

/** Who is told of sessions. */
export interface SessionSink {
  /** A session and the state it is in, news or not. What it throws concerns this session alone. */
  readonly tell: (sessionId: string, info: SnapshotInfo) => void;
  /** Whether somebody waits for a session that has not been seen. */
  readonly isAwaited: () => boolean;
}

interface Watch {
  readonly provider: RuntimeProvider;
  readonly sink: SessionSink;
  readonly signal: AbortSignal;
  readonly bell: Bell;
  /** All sessions are to be listed as soon as possible, because changes may have been missed. */
  listDue: boolean;
  standing: boolean;
  problem: string | undefined;
}

/** One WatchSessions stream per runtime, and a list of all its sessions whenever the stream has come to stand. */
@Injectable()
export class SessionWatchService implements OnModuleDestroy {
  private readonly log = new Logger(SessionWatchService.name);
  private readonly watches = new Map<string, Watch>();
  private readonly loops: Promise<void>[] = [];
  private readonly stopping = new AbortController();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** Starts watching this runtime unless that is under way. */
  ensure(provider: RuntimeProvider, sink: SessionSink): void {
    if (this.stopping.signal.aborted || this.watches.has(provider.kind)) return;
    const watch: Watch = {
      provider,
      sink,
      signal: this.stopping.signal,
      bell: new Bell(),
      listDue: false,
      standing: false,
      problem: undefined,
    };
    this.watches.set(provider.kind, watch);
    this.loops.push(this.keepWatching(watch), this.keepListing(watch));
  }

  isStanding(kind: string): boolean {
    return this.watches.get(kind)?.standing ?? false;
  }

  /** The runtimes whose sessions are not watched just now, and why. */
  problems(): readonly { readonly kind: string; readonly problem: string }[] {
    return [...this.watches.values()].flatMap(({ provider, standing, problem }) =>
      standing ? [] : [{ kind: provider.kind, problem: problem ?? 'NOT_CONNECTED_YET' }],
    );
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
  }

  private async keepWatching(watch: Watch): Promise<void> {
    const { provider, signal } = watch;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      let standsSince = Infinity;
      const onStanding = (): void => {
        standsSince = this.clock.now();
        watch.standing = true;
        watch.listDue = true;
        watch.problem = undefined;
        watch.bell.ring();
      };
      const openedAt = isoTime(this.clock.now());
      try {
        for await (const event of provider.watchSessions(signal, onStanding)) {
          const info = toSnapshotInfo(event, openedAt);
          if (info && event.session) this.tell(watch, event.session.sessionId, info);
        }
        watch.problem = 'STREAM_ENDED';
      } catch (error) {
        // Followers read the session themselves while no watch stands, and all sessions are listed now and then.
        this.noteProblem(watch, 'WatchSessions', error);
      }
      watch.standing = false;
      watch.bell.ring();
      // A stream that breaks as soon as it stands must not have all sessions listed four times a second.
      if (this.clock.now() - standsSince >= STABLE_MS) attempt = 0;
      await this.clock.sleep(reconnectDelayMs(attempt, Math.random()), signal);
    }
  }

  private async keepListing(watch: Watch): Promise<void> {
    const { bell, sink, signal } = watch;
    while (!signal.aborted) {
      const isRung = await bell.wait(
        watch.standing && !watch.listDue ? LIST_AWAITED_MS : LIST_UNWATCHED_MS,
        this.clock,
        signal,
      );
      // The stream has broken: from now on the wait is the shorter one.
      if (isRung && !watch.listDue) continue;
      if (!isAborted(signal) && (watch.listDue || !watch.standing || sink.isAwaited())) await this.list(watch);
    }
  }

  /** All pages. What could not be read is due again. */
  private async list(watch: Watch): Promise<void> {
    watch.listDue = false;
    const askedAt = isoTime(this.clock.now());
    try {
      for await (const snapshot of watch.provider.listSessions(watch.signal)) {
        this.tell(watch, snapshot.sessionId, { via: 'read', state: snapshot.state, snapshot, askedAt });
      }
    } catch (error) {
      if (watch.signal.aborted) return;
      watch.listDue = true;
      this.noteProblem(watch, 'ListSessions', error);
    }
  }

  private tell({ sink }: Watch, sessionId: string, info: SnapshotInfo): void {
    try {
      sink.tell(sessionId, info);
    } catch (error) {
      this.log.error({ message: 'news of a session could not be taken in', sessionId, err: error });
    }
  }

  private noteProblem(watch: Watch, rpc: string, error: unknown): void {
    if (watch.signal.aborted) return;
    const problem = error instanceof AppError ? error.code : 'INTERNAL_ERROR';
    // Once per kind of trouble, not once per attempt.
    if (problem !== watch.problem) {
      const runtime = watch.provider.kind;
      this.log.warn({ message: 'sessions are not told of just now', runtime, rpc, err: error });
    }
    watch.problem = problem;
  }
}
