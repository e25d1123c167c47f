import { asApiError } from '../api/api-error.js';
import { onBearerChange } from '../api/credential.js';
import { apiBase } from '../api/client.js';
import { toServerTime } from '../api/server-clock.js';
import type { RunEvent, RunState } from '../api/types.js';
import { backoffMs } from './backoff.js';
import { farewellMs, hear, UNHEARD, type Heard, type RunFeedState } from './run-feed.js';
import { readEventStream, type SseFrame } from './sse.client.js';

/** Between heartbeats of an idle stream. */
const HEARTBEAT_MS = 15_000;
/** What is heard is shown at most so often: more is not seen, and leaves no time for frames. */
const SHOW_EVERY_MS = 100;
/** A stream that nobody watches any more is kept this long: a page that is left and entered again goes on with it. */
const LINGER_MS = 2_000;

/** Follows one run for as long as somebody watches; heals by itself, and goes on after the last event it heard. */
export class RunFeed {
  private feed = UNHEARD;
  private pending: Heard[] = [];
  private showing = 0;
  private shownAtMs = 0;
  private watchers = new Set<() => void>();
  private following: AbortController | undefined;
  /** Whether the run was under way when it was first heard of: then what agents say after its end is yet to come. */
  private wasGoing = false;
  private lingering = 0;

  constructor(private readonly runId: string) {}

  readonly read = (): RunFeedState => this.feed;

  get isWatched(): boolean {
    return this.watchers.size > 0;
  }

  /** Returns what ends the watching. */
  readonly watch = (watcher: () => void): (() => void) => {
    window.clearTimeout(this.lingering);
    this.watchers.add(watcher);
    this.following ??= this.follow();
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size === 0) this.lingering = window.setTimeout(() => this.stop(), LINGER_MS);
    };
  };

  /** Asks again at once, also where asking again was given up; what is known stays. */
  readonly retry = (): void => {
    if (!this.isWatched) return;
    this.following?.abort();
    this.heard({ kind: 'again' });
    this.following = this.follow();
  };

  private stop(): void {
    this.following?.abort();
    this.following = undefined;
    window.clearTimeout(this.showing);
    this.showing = 0;
    this.pending = [];
    this.feed = UNHEARD;
    this.wasGoing = false;
  }

  private follow(): AbortController {
    const controller = new AbortController();
    void this.keepFollowing(controller);
    return controller;
  }

  private async keepFollowing(controller: AbortController): Promise<void> {
    const { signal } = controller;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const link = { spoke: false };
      try {
        await readEventStream(this.url(), {
          lastEventId: this.feed.latestSeq > 0 ? String(this.feed.latestSeq) : undefined,
          signal,
          onOpen: () => this.heard({ kind: 'open' }),
          onFrame: (frame) => {
            this.heard(...parsed(frame));
            link.spoke = true;
            if (frame.event === 'end') this.takeLeave(controller);
          },
        });
        this.heard({ kind: 'lost', error: asApiError(undefined) });
      } catch (error) {
        if (isAborted(signal)) return;
        const problem = asApiError(error);
        this.heard({ kind: problem.isPassing ? 'lost' : 'refused', error: problem });
        if (!problem.isPassing) await changedBearer(signal);
      }
      // One that opens and says nothing is no better than one that does not open.
      if (link.spoke) attempt = -1;
      await wakeUp(backoffMs(Math.max(0, attempt), Math.random()), signal);
    }
  }

  /** A run that is over is followed until nothing more can be said in it. */
  private takeLeave(controller: AbortController): void {
    this.flush();
    const { link, state } = this.feed;
    if (link !== 'ended') return;
    // The end may have been recorded long after its time, and the service counts from when it was.
    const endedAt = this.wasGoing ? undefined : state?.run.endedAt;
    window.setTimeout(() => controller.abort(), farewellMs(endedAt, toServerTime(Date.now())));
  }

  private url(): URL {
    const url = new URL(`runs/${encodeURIComponent(this.runId)}/stream`, apiBase);
    url.search = new URLSearchParams({ heartbeatMs: String(HEARTBEAT_MS) }).toString();
    return url;
  }

  private heard(...items: readonly Heard[]): void {
    this.pending.push(...items);
    this.wasGoing ||= items.some((item) => item.kind === 'snapshot' && item.state.run.endedAt === undefined);
    // The first state is what somebody waits for. A hidden page’s timers sleep: there, nothing may pile up.
    if (this.feed.state === undefined || document.hidden) this.flush();
    else if (this.showing === 0) this.showing = window.setTimeout(() => this.flush(), this.untilShown());
  }

  /** What comes after a silence is shown at once. */
  private untilShown(): number {
    return Math.max(0, this.shownAtMs + SHOW_EVERY_MS - performance.now());
  }

  private flush(): void {
    window.clearTimeout(this.showing);
    this.showing = 0;
    if (this.pending.length === 0) return;
    this.shownAtMs = performance.now();
    const heard = this.pending;
    this.pending = [];
    this.feed = hear(this.feed, heard);
    for (const watcher of this.watchers) watcher();
  }
}

function parsed({ event, data }: SseFrame): Heard[] {
  const value: unknown = JSON.parse(data);
  switch (event) {
    case 'gap':
      return [{ kind: 'gap' }];
    case 'snapshot':
      return [{ kind: 'snapshot', state: value as RunState }];
    case 'canonical_event':
      return [{ kind: 'event', event: value as RunEvent }];
    case 'heartbeat':
      return [{ kind: 'beat', latestSeq: (value as { latestSeq: number }).latestSeq }];
    case 'end':
      return [{ kind: 'end', reason: (value as { reason: string }).reason }];
    default:
      return [];
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Waits; a machine that wakes up, comes online or is looked at again does not wait any longer. */
function wakeUp(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener('online', done);
      document.removeEventListener('visibilitychange', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = window.setTimeout(done, ms);
    window.addEventListener('online', done);
    document.addEventListener('visibilitychange', done);
    signal.addEventListener('abort', done);
  });
}

/** Somebody who was refused is asked for a bearer; with another one it is worth asking again. */
function changedBearer(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = onBearerChange(done);
    signal.addEventListener('abort', done);
  });
}
