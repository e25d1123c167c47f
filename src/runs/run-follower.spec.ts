import { describe, expect, it } from 'vitest';
import type { IsoTime, Ordinal, Position, RunId, Seq, SessionId } from '../contracts/ids.js';
import type { RawDraft } from '../contracts/raw-event.js';
import type { Run, RunStatus } from '../contracts/run.js';
import type { SessionSnapshot, SessionState } from '../contracts/session.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeFrame, SubscribeRequest } from '../runtime/runtime-provider.interface.js';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import { INBOX_BYTES_MAX, INBOX_FRAMES_MAX } from './inbox.stream.js';
import { RunFollower, type FollowerWorld } from './run-follower.stream.js';

/** Message ids as they arrive, milliseconds between, `silence`, or how the stream breaks; `refused` before it stands. */
type Script = readonly (string | number | Error)[];

/** Two of them fill the inbox. */
const BIG = new Uint8Array(INBOX_BYTES_MAX / 2);

const envelope = (messageId: string) => ({
  macpVersion: '1.0',
  mode: 'm',
  messageType: messageId === 'commit' ? 'Commitment' : 'Vote',
  messageId,
  sessionId: 's',
  sender: 'a',
  timestampUnixMs: 0,
  payload: messageId.startsWith('big') ? BIG : new Uint8Array(),
});

/** The world outside: one script per subscription, a session state that the story sets, and a database in memory. */
class World {
  readonly clock = new JumpingClock();
  readonly asked: number[] = [];
  readonly stored: RawDraft[] = [];
  readonly problems: string[] = [];
  state: SessionState | 'gone' = 'SESSION_STATE_OPEN';
  databaseIsDown = false;
  pulled = 0;
  run: Run;
  readonly follower: RunFollower;

  constructor(
    private readonly scripts: Script[],
    expiresAt: IsoTime = isoTime(10_000_000_000),
  ) {
    this.run = runWith('running', expiresAt);
    const world: FollowerWorld = {
      provider: {
        subscribe: (request, signal) => this.subscribe(request, signal),
        getSession: () => this.read(),
      },
      clock: this.clock,
      random: () => 0.5,
      batchMax: 10,
      turn: () => Promise.resolve(),
      isWatched: () => true,
      record: (run, heard) => this.record(run, heard),
      lost: () => Promise.resolve((this.run = { ...this.run, status: 'failed' })),
      onProblem: (message) => this.problems.push(message),
    };
    this.follower = new RunFollower(world, this.run, 'a', 'opened');
    this.follower.arm();
  }

  get messages(): string[] {
    return this.stored.flatMap((raw) => (raw.kind === 'stream-envelope' ? [raw.envelope.messageId] : []));
  }

  get statuses(): string[] {
    return this.stored.flatMap((raw) => (raw.kind === 'stream-status' ? [raw.info.status] : []));
  }

  /** Lets the story run until the run has ended. */
  async end(): Promise<void> {
    let ended = false;
    void this.follower.finished.then(() => (ended = true));
    await this.clock.run(() => ended);
  }

  private async *subscribe(request: SubscribeRequest, signal: AbortSignal): AsyncGenerator<RuntimeFrame> {
    this.asked.push(request.afterOrdinal);
    const script = this.scripts.shift() ?? ['silence'];
    if (script[0] === 'refused') throw new AppError('SESSION_NOT_FOUND', 'gone');
    yield { kind: 'ready', receivedAt: isoTime(this.clock.now()) };
    for (const step of script) {
      await Promise.resolve();
      if (step instanceof Error) throw step;
      if (step === 'silence') await untilAborted(signal);
      else if (typeof step === 'number') await this.clock.sleep(step, signal);
      else {
        this.pulled += 1;
        yield { kind: 'envelope', envelope: envelope(step), receivedAt: isoTime(this.clock.now()) };
      }
    }
  }

  private read(): Promise<SessionSnapshot> {
    if (this.state === 'gone') return Promise.reject(new AppError('SESSION_NOT_FOUND', 'gone'));
    return Promise.resolve({
      sessionId: 's' as SessionId,
      modeName: 'm',
      state: this.state,
      startedAtUnixMs: 0,
      expiresAtUnixMs: 0,
      modeVersion: '1',
      configurationVersion: '1',
      policyVersion: 'policy.default',
      participants: ['a'],
      initiator: 'a',
      contextId: '',
      extensionKeys: [],
    });
  }

  private async record(run: Run, heard: readonly RawDraft[]): Promise<Run> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.databaseIsDown) throw new AppError('DATABASE_UNAVAILABLE', 'down');
    this.stored.push(...heard);
    for (const raw of heard) this.run = fold({ ...run, ...this.run }, raw);
    return this.run;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}

const ENDS: Partial<Record<SessionState, RunStatus>> = {
  SESSION_STATE_RESOLVED: 'completed',
  SESSION_STATE_EXPIRED: 'failed',
  SESSION_STATE_CANCELLED: 'cancelled',
};

function fold(run: Run, raw: RawDraft): Run {
  if (raw.kind === 'stream-envelope') {
    const next = { ...run, lastOrdinal: (run.lastOrdinal + 1) as Ordinal };
    return raw.envelope.messageType === 'Commitment' ? withState(next, 'SESSION_STATE_RESOLVED') : next;
  }
  return raw.kind === 'session-snapshot' ? withState(run, raw.info.state) : run;
}

function withState(run: Run, state: SessionState): Run {
  return { ...run, status: ENDS[state] ?? run.status, session: { ...run.session, state } };
}

function runWith(status: RunStatus, expiresAt: IsoTime): Run {
  return {
    id: 'r' as RunId,
    status,
    sessionId: 's' as SessionId,
    request: {
      mode: 'live',
      runtime: { kind: 'rust' },
      session: { modeName: 'm', modeVersion: '1', configurationVersion: '1', ttlMs: 1, participants: [] },
      kickoff: [],
      execution: {},
    },
    executionMode: 'driver',
    modeName: 'm',
    runtimeKind: 'rust',
    traceId: '',
    createdAt: isoTime(0),
    summary: {},
    session: {
      bound: true,
      initiator: 'a',
      participants: ['a'],
      seen: [],
      modeVersion: '1',
      configurationVersion: '1',
      policyVersion: 'policy.default',
      expiresAt,
      state: 'SESSION_STATE_OPEN',
      committed: false,
    },
    lastSeq: 0 as Seq,
    lastPosition: 0 as Position,
    lastOrdinal: 0 as Ordinal,
  };
}

const LOST = new AppError('RUNTIME_UNAVAILABLE', 'lost');

describe('following a session', () => {
  it('ends with the Commitment on the stream', async () => {
    const world = new World([['m1', 'm2', 'commit', 'silence']]);
    await world.end();
    expect(world.messages).toEqual(['m1', 'm2', 'commit']);
    expect(world.run.status).toBe('completed');
    expect(world.statuses).toEqual(['opened']);
  });

  it('comes back after what is stored, with one row per outage', async () => {
    const world = new World([['m1', 'm2', LOST], [LOST], [LOST], ['m3', 'commit', 'silence']]);
    await world.end();
    expect(world.asked).toEqual([0, 2, 2, 2]);
    expect(world.messages).toEqual(['m1', 'm2', 'm3', 'commit']);
    expect(world.statuses.slice(0, 3)).toEqual(['opened', 'reconnecting', 'opened']);
  });

  it('takes silence for what it is, and learns of the expiry at the deadline', async () => {
    const hour = 3_600_000;
    const world = new World([['m1', 'silence']], isoTime(1_000_000 + 24 * hour));
    const read = world.clock.now();
    setImmediate(() => (world.state = 'SESSION_STATE_EXPIRED'));
    await world.end();
    expect(world.run.status).toBe('failed');
    expect(world.clock.now() - read).toBeLessThanOrEqual(24 * hour + 10_000);
  });

  it('takes a suspension of eight days for what it is, and follows the session when it is resumed', async () => {
    const day = 86_400_000;
    const world = new World([['m1', 'silence']], isoTime(1_000_000 + 60_000));
    await world.clock.run(() => world.messages.length === 1);
    world.state = 'SESSION_STATE_SUSPENDED';
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_SUSPENDED' });
    const until = world.clock.now() + 8 * day;
    await world.clock.run(() => world.clock.now() >= until);
    expect(world.run.status).toBe('running');
    expect(world.run.session.state).toBe('SESSION_STATE_SUSPENDED');
    world.state = 'SESSION_STATE_OPEN';
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_OPEN' });
    await world.clock.run(() => world.run.session.state === 'SESSION_STATE_OPEN');
    world.state = 'SESSION_STATE_RESOLVED';
    await world.end();
    expect(world.run.status).toBe('completed');
    expect(world.statuses).toEqual(['opened']);
    expect(world.problems).toEqual([]);
  });

  it('takes half an hour without a sign for what it is, whether or not the sessions are watched', async () => {
    const world = new World([['m1', 'silence']]);
    const until = world.clock.now() + 30 * 60_000;
    await world.clock.run(() => world.clock.now() >= until);
    expect(world.run.status).toBe('running');
    expect(world.messages).toEqual(['m1']);
    expect(world.stored.map(({ kind }) => kind)).toEqual(['stream-status', 'stream-envelope']);
    await stopped(world);
  });

  it('ends with the session though its history is not for us to read', async () => {
    const barred = new AppError('FORBIDDEN', 'not a member');
    const world = new World(Array.from({ length: 50 }, () => [barred]));
    await world.clock.run(() => world.statuses.includes('reconnecting'));
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
    await world.end();
    expect(world.run.status).toBe('cancelled');
  });

  it('lets history come before a cancel that was heard beside the stream', async () => {
    const world = new World([['m1', 'm2', 'silence']]);
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
    await world.end();
    expect(world.messages).toEqual(['m1', 'm2']);
    expect(world.stored.at(-1)).toMatchObject({ kind: 'session-snapshot', info: { state: 'SESSION_STATE_CANCELLED' } });
    expect(world.run.status).toBe('cancelled');
  });

  it('prefers the Commitment to the news of it', async () => {
    const world = new World([['m1', 'commit', 'silence']]);
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_RESOLVED' });
    await world.end();
    expect(world.stored.filter((raw) => raw.kind === 'session-snapshot')).toEqual([]);
    expect(world.run.status).toBe('completed');
  });

  it('reads a history to its end, however slowly it arrives', async () => {
    const slow = (ms: number) => Array.from({ length: 20 }, (_, index) => [`m${index}`, ms]).flat();
    for (const [state, ms] of [
      ['SESSION_STATE_RESOLVED', 2_000],
      ['SESSION_STATE_EXPIRED', 400],
      ['SESSION_STATE_CANCELLED', 400],
    ] as const) {
      const isResolved = state === 'SESSION_STATE_RESOLVED';
      const world = new World([[...slow(ms), ...(isResolved ? ['commit'] : ['last']), 'silence']]);
      world.follower.hearState({ via: 'watch', state });
      await world.end();
      expect(world.messages).toHaveLength(21);
      expect(world.run.status).toBe(ENDS[state]);
      expect(world.stored.filter(({ kind }) => kind === 'session-snapshot')).toHaveLength(isResolved ? 0 : 1);
    }
  });

  it('takes no silence for the end of history while it reads nothing itself', async () => {
    const world = new World([['big1', 'big2', 'big3', 'commit', 'silence']]);
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_RESOLVED' });
    world.databaseIsDown = true;
    const until = world.clock.now() + 60_000;
    await world.clock.run(() => world.clock.now() >= until);
    world.databaseIsDown = false;
    await world.end();
    expect(world.messages).toEqual(['big1', 'big2', 'big3', 'commit']);
    expect(world.stored.filter(({ kind }) => kind === 'session-snapshot')).toEqual([]);
  });

  it('does not wait for ever for a Commitment that never comes', async () => {
    const world = new World([['m1', 'silence']]);
    world.state = 'SESSION_STATE_RESOLVED';
    await world.end();
    expect(world.run.status).toBe('completed');
    expect(world.stored.at(-1)).toMatchObject({ kind: 'session-snapshot', info: { via: 'read' } });
  });

  it('ends a run whose session is gone, after asking twice', async () => {
    const world = new World([['m1', 'silence']]);
    world.state = 'gone';
    await world.end();
    expect(world.run.status).toBe('failed');
  });

  it('ends as the runtime told before it forgot the session, though no stream stands any more', async () => {
    const ends = ['SESSION_STATE_RESOLVED', 'SESSION_STATE_EXPIRED', 'SESSION_STATE_CANCELLED'] as const;
    for (const state of ends) {
      const world = new World(Array.from({ length: 50 }, () => ['refused']));
      world.state = 'gone';
      world.follower.hearState({ via: 'read', state });
      await world.end();
      expect(world.stored.at(-1)).toMatchObject({ kind: 'session-snapshot', info: { via: 'read', state } });
      expect(world.run.status).toBe(ENDS[state]);
    }
  });

  it('keeps one report of a state while the database is away, and every change', async () => {
    const world = new World([['silence']]);
    world.state = 'SESSION_STATE_SUSPENDED';
    world.databaseIsDown = true;
    await world.clock.run(() => world.problems.length > 0);
    const tell = (via: 'read' | 'watch', state: SessionState, observedAt = isoTime(0)) => {
      for (let times = 0; times < 100; times += 1) world.follower.hearState({ via, state, observedAt });
    };
    tell('read', 'SESSION_STATE_SUSPENDED');
    tell('watch', 'SESSION_STATE_SUSPENDED');
    tell('read', 'SESSION_STATE_SUSPENDED');
    tell('watch', 'SESSION_STATE_OPEN', isoTime(1));
    tell('watch', 'SESSION_STATE_OPEN', isoTime(3));
    tell('read', 'SESSION_STATE_SUSPENDED');
    world.databaseIsDown = false;
    const reports = () =>
      world.stored.flatMap((raw) => (raw.kind === 'session-snapshot' ? [`${raw.info.via} ${raw.info.state}`] : []));
    await world.clock.run(() => reports().length >= 5);
    // What was read may tell the past and be ignored; what the watch tells is told once.
    expect(reports()).toEqual([
      'read SESSION_STATE_SUSPENDED',
      'watch SESSION_STATE_SUSPENDED',
      'watch SESSION_STATE_OPEN',
      'watch SESSION_STATE_OPEN',
      'read SESSION_STATE_SUSPENDED',
    ]);
    await stopped(world);
  });

  it('stops reading while the database is away, and loses nothing', async () => {
    const many = Array.from({ length: 3 * INBOX_FRAMES_MAX }, (_, index) => `m${index}`);
    const world = new World([[...many, 'commit', 'silence']]);
    world.databaseIsDown = true;
    await world.clock.run(() => world.problems.length >= 5);
    expect(world.pulled).toBeLessThanOrEqual(INBOX_FRAMES_MAX + 1);
    expect(world.stored).toEqual([]);
    world.databaseIsDown = false;
    await world.end();
    expect(world.messages).toEqual([...many, 'commit']);
  });

  it('is waited for until its subscription stands, or nobody waits any more', async () => {
    const world = new World([['refused'], ['refused'], ['silence']]);
    const given = new AbortController();
    const waits = world.follower.untilStanding(given.signal);
    given.abort();
    await waits;
    expect(world.statuses).toEqual([]);
    let stands = false;
    void world.follower.untilStanding(new AbortController().signal).then(() => (stands = true));
    await world.clock.run(() => stands);
    expect(world.asked).toHaveLength(3);
    await stopped(world);
  });

  it('stops when asked, in the middle of everything', async () => {
    const world = new World([[LOST], [LOST], [LOST], ['silence']]);
    await world.clock.run(() => world.asked.length >= 3);
    await stopped(world);
    expect(world.run.status).toBe('running');
  });
});

async function stopped(world: World): Promise<void> {
  const stop = world.follower.stop();
  await world.clock.run(() => true);
  await stop;
}
