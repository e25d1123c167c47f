import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { LifecycleEventType, SessionLifecycle, SessionState } from '../contracts/session.js';
import type { Clock } from '../contracts/time.js';
import { nextDelayMs } from '../runtime/link.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';

/** The event's type decides, because the snapshot inside may be newer than the event. CREATED carries any state. */
const STATE_OF: Record<LifecycleEventType, SessionState | undefined> = {
  CREATED: undefined,
  RESOLVED: 'SESSION_STATE_RESOLVED',
  EXPIRED: 'SESSION_STATE_EXPIRED',
  SUSPENDED: 'SESSION_STATE_SUSPENDED',
  RESUMED: 'SESSION_STATE_OPEN',
  CANCELLED: 'SESSION_STATE_CANCELLED',
};

export function toSnapshotInfo(event: SessionLifecycle): SnapshotInfo | undefined {
  const state = STATE_OF[event.eventType] ?? event.session?.state;
  if (state === undefined) return undefined;
  const { session, observedAt } = event;
  return { via: 'watch', state, observedAt, ...(session === undefined ? {} : { snapshot: session }) };
}

interface Watch {
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

/** One WatchSessions stream per runtime; every change is handed to whoever follows the session. */
@Injectable()
export class SessionWatchService implements OnModuleDestroy {
  private readonly watches = new Map<string, Watch>();
  private readonly standing = new Set<string>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** Starts watching this runtime unless that is under way. */
  ensure(provider: RuntimeProvider, tell: (sessionId: string, info: SnapshotInfo) => void): void {
    if (this.watches.has(provider.kind)) return;
    const stop = new AbortController();
    this.watches.set(provider.kind, { stop, finished: this.watch(provider, tell, stop.signal) });
  }

  isStanding(kind: string): boolean {
    return this.standing.has(kind);
  }

  async onModuleDestroy(): Promise<void> {
    for (const watch of this.watches.values()) watch.stop.abort();
    await Promise.all([...this.watches.values()].map((watch) => watch.finished));
  }

  private async watch(
    provider: RuntimeProvider,
    tell: (sessionId: string, info: SnapshotInfo) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        for await (const event of provider.watchSessions(signal)) {
          this.standing.add(provider.kind);
          attempt = 0;
          const info = toSnapshotInfo(event);
          if (info && event.session) tell(event.session.sessionId, info);
        }
      } catch {
        // Followers read the session themselves while no watch stands; readiness shows the state of the runtime.
      }
      this.standing.delete(provider.kind);
      await this.clock.sleep(nextDelayMs(attempt, Math.random()), signal);
    }
  }
}
