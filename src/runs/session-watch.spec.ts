import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { SessionId } from '../contracts/ids.js';
import type { SessionLifecycle, SessionSnapshot } from '../contracts/session.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { LIST_AWAITED_MS, LIST_UNWATCHED_MS, SessionWatchService } from './session-watch.service.js';

function session(sessionId: string, state: SessionSnapshot['state'] = 'SESSION_STATE_OPEN'): SessionSnapshot {
  return {
    sessionId: sessionId as SessionId,
    modeName: 'm',
    state,
    startedAtUnixMs: 1,
    expiresAtUnixMs: 2,
    modeVersion: '1',
    configurationVersion: '1',
    policyVersion: 'policy.default',
    participants: [],
    initiator: 'a',
    contextId: '',
    extensionKeys: [],
  };
}

const created = (sessionId: string): SessionLifecycle => ({
  eventType: 'CREATED',
  session: session(sessionId),
  observedAt: isoTime(1),
});

/** What a watch stream does: yields, stays silent for ever, or breaks. */
type Script = readonly (SessionLifecycle | 'silence' | Error)[];

class Runtime {
  readonly clock = new JumpingClock();
  readonly told: string[] = [];
  readonly watched: SnapshotInfo[] = [];
  readonly listedAt: number[] = [];
  /** Ends the silence of the stream. */
  breakStream = (): void => undefined;
  sessions: SessionSnapshot[] = [];
  listFails = false;
  awaited = false;
  badId = '';
  readonly service = new SessionWatchService(this.clock);

  constructor(private readonly scripts: Script[]) {
    // The service uses these three of a provider.
    const provider = {
      kind: 'rust',
      watchSessions: (signal: AbortSignal, onStanding?: () => void) => this.watch(signal, onStanding),
      listSessions: () => this.list(),
    } as Pick<RuntimeProvider, 'kind' | 'watchSessions' | 'listSessions'> as RuntimeProvider;
    this.service.ensure(provider, {
      tell: (sessionId, info) => this.tell(sessionId, info),
      isAwaited: () => this.awaited,
    });
  }

  async stop(): Promise<void> {
    const stopped = this.service.onModuleDestroy();
    await this.clock.run(() => true);
    await stopped;
  }

  private tell(sessionId: string, info: SnapshotInfo): void {
    if (sessionId === this.badId) throw new Error('a bad session');
    this.told.push(`${info.via} ${sessionId}`);
    if (info.via === 'watch') this.watched.push(info);
  }

  private async *watch(signal: AbortSignal, onStanding?: () => void): AsyncGenerator<SessionLifecycle> {
    const script = this.scripts.shift() ?? [new AppError('RUNTIME_UNAVAILABLE', 'away')];
    for (const [index, step] of script.entries()) {
      await Promise.resolve();
      if (step instanceof Error) throw step;
      if (index === 0) onStanding?.();
      if (step === 'silence') await this.silence(signal);
      else yield step;
    }
  }

  private silence(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.breakStream = resolve;
      signal.addEventListener('abort', () => resolve());
    });
  }

  private async *list(): AsyncGenerator<SessionSnapshot> {
    await Promise.resolve();
    this.listedAt.push(this.clock.now());
    if (this.listFails) throw new AppError('RUNTIME_TIMEOUT', 'too late');
    yield* this.sessions;
  }
}

describe('watching the sessions of a runtime', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('tells of every change, and lists all sessions as soon as the stream stands', async () => {
    const runtime = new Runtime([[created('a'), 'silence']]);
    runtime.sessions = [session('a'), session('b')];
    await runtime.clock.run(() => runtime.told.length === 3);
    expect(runtime.told.toSorted()).toEqual(['read a', 'read b', 'watch a']);
    expect(runtime.service.isStanding('rust')).toBe(true);
    expect(runtime.service.problems()).toEqual([]);
    await runtime.stop();
  });

  it('lists again after every outage, and says why it does not stand meanwhile', async () => {
    const lost = new AppError('RUNTIME_UNAVAILABLE', 'lost');
    const runtime = new Runtime([['silence'], []]);
    await runtime.clock.run(() => runtime.listedAt.length === 1);
    await runtime.stop();
    const other = new Runtime([[created('a'), lost], [lost], ['silence']]);
    await other.clock.run(() => other.service.problems().some(({ problem }) => problem === 'RUNTIME_UNAVAILABLE'));
    await other.clock.run(() => other.service.isStanding('rust') && other.listedAt.length >= 2);
    expect(other.service.problems()).toEqual([]);
    await other.stop();
  });

  it('is not ended by one session that cannot be taken in', async () => {
    const runtime = new Runtime([[created('bad'), created('a'), 'silence']]);
    runtime.badId = 'bad';
    runtime.sessions = [session('bad'), session('b')];
    await runtime.clock.run(() => runtime.told.length === 2);
    expect(runtime.told.toSorted()).toEqual(['read b', 'watch a']);
    expect(runtime.service.isStanding('rust')).toBe(true);
    await runtime.stop();
  });

  it('finds sessions by listing them while no stream ever stands', async () => {
    const runtime = new Runtime([]);
    runtime.sessions = [session('a')];
    await runtime.clock.run(() => runtime.told.length >= 2);
    expect(runtime.told.slice(0, 2)).toEqual(['read a', 'read a']);
    expect(runtime.service.isStanding('rust')).toBe(false);
    await runtime.stop();
  });

  it('tries again to list what it could not, and lists now and then only while somebody waits', async () => {
    const runtime = new Runtime([['silence']]);
    runtime.listFails = true;
    await runtime.clock.run(() => runtime.listedAt.length === 3);
    runtime.listFails = false;
    await runtime.clock.run(() => runtime.listedAt.length === 4);
    const quietFrom = runtime.clock.now();
    await runtime.clock.run(() => runtime.clock.now() > quietFrom + 10 * LIST_AWAITED_MS);
    expect(runtime.listedAt).toHaveLength(4);
    runtime.awaited = true;
    await runtime.clock.run(() => runtime.listedAt.length === 6);
    expect(runtime.listedAt[5]! - runtime.listedAt[4]!).toBe(LIST_AWAITED_MS);
    await runtime.stop();
  });

  it('lists all sessions within seconds after the stream broke', async () => {
    const runtime = new Runtime([['silence']]);
    await runtime.clock.run(() => runtime.listedAt.length === 1);
    await runtime.clock.run(() => runtime.clock.now() > runtime.listedAt[0]! + 2 * LIST_UNWATCHED_MS);
    runtime.breakStream();
    const brokenAt = runtime.clock.now();
    await runtime.clock.run(() => runtime.listedAt.length === 3);
    expect(runtime.listedAt[1]! - brokenAt).toBeLessThanOrEqual(LIST_UNWATCHED_MS);
    expect(runtime.listedAt[2]! - runtime.listedAt[1]!).toBe(LIST_UNWATCHED_MS);
    await runtime.stop();
  });

  it('dates what a stream tells at its beginning back to when it was opened', async () => {
    const suspended: SessionLifecycle = { ...created('b'), eventType: 'SUSPENDED' };
    const runtime = new Runtime([[created('a'), suspended, 'silence']]);
    const openedAt = isoTime(runtime.clock.now());
    await runtime.clock.run(() => runtime.watched.length === 2);
    expect(runtime.watched.map(({ askedAt }) => askedAt)).toEqual([openedAt, undefined]);
    await runtime.stop();
  });

  it('does not have all sessions listed without pause by a stream that breaks as soon as it stands', async () => {
    const runtime = new Runtime(Array.from({ length: 12 }, () => [created('a')]));
    const begun = runtime.clock.now();
    await runtime.clock.run(() => runtime.told.filter((told) => told === 'watch a').length === 8);
    expect(runtime.clock.now() - begun).toBeGreaterThan(10_000);
    await runtime.stop();
  });
});
