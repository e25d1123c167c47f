import { describe, expect, it } from 'vitest';
import { ENDS, FollowedWorld, stopped, type InlineError, type Script } from '../../test/support/followed-world.js';
import type { SessionState } from '../contracts/session.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { HistoryUnavailableError } from '../runtime/history.js';
import { InboxBudget } from './inbox-budget.js';
import { INBOX_FRAMES_MAX } from './inbox.stream.js';

const LOST = new AppError('RUNTIME_UNAVAILABLE', 'lost');
/** Fifty frames without payload fill it. */
const INBOXES_SMALL = 50 * 1_024;

const inline = (code: string): InlineError => ({
  kind: 'inline-error',
  code,
  message: code,
  reasons: [],
  receivedAt: isoTime(0),
});
const COMPACTED = inline('session history before ordinal 5 was compacted; resume with after_sequence >= 5');
const resolvedByWatch = { via: 'watch', state: 'SESSION_STATE_RESOLVED' } as const;

describe('following a session', () => {
  it('ends with the Commitment on the stream', async () => {
    const world = new FollowedWorld([['m1', 'm2', 'commit', 'silence']]);
    await world.end();
    expect(world.messages).toEqual(['m1', 'm2', 'commit']);
    expect(world.run.status).toBe('completed');
    expect(world.statuses).toEqual(['opened']);
  });

  it('comes back after what is stored, with one row per outage', async () => {
    const world = new FollowedWorld([['m1', 'm2', LOST], [LOST], [LOST], ['m3', 'commit', 'silence']]);
    await world.end();
    expect(world.asked).toEqual([0, 2, 2, 2]);
    expect(world.messages).toEqual(['m1', 'm2', 'm3', 'commit']);
    expect(world.statuses.slice(0, 3)).toEqual(['opened', 'reconnecting', 'opened']);
  });

  it('takes silence for what it is, and learns of the expiry at the deadline', async () => {
    const hour = 3_600_000;
    const world = new FollowedWorld([['m1', 'silence']], isoTime(1_000_000 + 24 * hour));
    const read = world.clock.now();
    setImmediate(() => (world.state = 'SESSION_STATE_EXPIRED'));
    await world.end();
    expect(world.run.status).toBe('failed');
    expect(world.clock.now() - read).toBeLessThanOrEqual(24 * hour + 10_000);
  });

  it('takes a suspension of eight days for what it is, and follows the session when it is resumed', async () => {
    const day = 86_400_000;
    const world = new FollowedWorld([['m1', 'silence']], isoTime(1_000_000 + 60_000));
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
    const world = new FollowedWorld([['m1', 'silence']]);
    const until = world.clock.now() + 30 * 60_000;
    await world.clock.run(() => world.clock.now() >= until);
    expect(world.run.status).toBe('running');
    expect(world.messages).toEqual(['m1']);
    expect(world.stored.map(({ kind }) => kind)).toEqual(['stream-status', 'stream-envelope']);
    await stopped(world);
  });

  it('ends with the session though its history is not for us to read', async () => {
    const barred = new AppError('FORBIDDEN', 'not a member');
    const world = new FollowedWorld(Array.from({ length: 50 }, () => [barred]));
    await world.clock.run(() => world.statuses.includes('reconnecting'));
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
    const begun = world.clock.now();
    await world.end();
    expect(world.run.status).toBe('cancelled');
    // No longer than the refusals: were there none any more, the silence after them would end the run as well.
    expect(world.clock.now() - begun).toBeLessThan(10_000);
    expect(world.asked.length).toBeLessThan(5);
  });

  it('ends with the session though every subscription is refused', async () => {
    for (const refusal of [
      new AppError('CREDENTIALS_MISSING', 'no token'),
      new AppError('AUTH_SERVICE_REFUSED', 'retired'),
      new AppError('RUNTIME_CREDENTIALS_REFUSED', 'withdrawn', { retryable: false }),
      new AppError('RUNTIME_ERROR', 'no watch of a session that is over', { retryable: false }),
    ]) {
      const world = new FollowedWorld(Array.from({ length: 50 }, () => [refusal]));
      await world.clock.run(() => world.statuses.includes('reconnecting'));
      world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
      await world.end();
      expect(world.run.status).toBe('cancelled');
      expect(world.asked.length).toBeLessThan(10);
    }
  });

  it('lets history come first though each subscription ends with its token', async () => {
    const expired = new AppError('RUNTIME_CREDENTIALS_REFUSED', 'expired', { retryable: false });
    const world = new FollowedWorld([
      ['m1', 400, expired],
      ['m2', 400, expired],
      ['m3', 400, expired],
      ['m4', 'silence'],
    ]);
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
    await world.end();
    expect(world.messages).toEqual(['m1', 'm2', 'm3', 'm4']);
    expect(world.run.status).toBe('cancelled');
  });

  it('lets history come before a cancel that was heard beside the stream', async () => {
    const world = new FollowedWorld([['m1', 'm2', 'silence']]);
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
    await world.end();
    expect(world.messages).toEqual(['m1', 'm2']);
    expect(world.stored.at(-1)).toMatchObject({ kind: 'session-snapshot', info: { state: 'SESSION_STATE_CANCELLED' } });
    expect(world.run.status).toBe('cancelled');
  });

  it('lets no end wait for a clock that was set back', async () => {
    const hour = 3_600_000;
    for (const heardFirst of [true, false]) {
      const world = new FollowedWorld([['m1', 'silence']]);
      await world.clock.run(() => world.messages.length === 1);
      const hear = () => world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
      if (heardFirst) hear();
      world.clock.setBack(hour);
      if (!heardFirst) hear();
      const begun = world.clock.now();
      await world.end();
      expect(world.run.status).toBe('cancelled');
      expect(world.clock.now() - begun).toBeLessThan(10_000);
    }
  });

  it('ends at once with a session that is gone, though the clock was set back', async () => {
    const world = new FollowedWorld(Array.from({ length: 50 }, () => ['refused']));
    world.state = 'gone';
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
    world.clock.setBack(3_600_000);
    const begun = world.clock.now();
    await world.end();
    expect(world.clock.now() - begun).toBeLessThan(10_000);
  });

  it('prefers the Commitment to the news of it', async () => {
    const world = new FollowedWorld([['m1', 'commit', 'silence']]);
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
      const world = new FollowedWorld([[...slow(ms), ...(isResolved ? ['commit'] : ['last']), 'silence']]);
      world.follower.hearState({ via: 'watch', state });
      await world.end();
      expect(world.messages).toHaveLength(21);
      expect(world.run.status).toBe(ENDS[state]);
      expect(world.stored.filter(({ kind }) => kind === 'session-snapshot')).toHaveLength(isResolved ? 0 : 1);
    }
  });

  it('takes no silence for the end of history while it reads nothing itself', async () => {
    const world = new FollowedWorld([['big1', 'big2', 'big3', 'commit', 'silence']]);
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
    const world = new FollowedWorld([['m1', 'silence']]);
    world.state = 'SESSION_STATE_RESOLVED';
    await world.end();
    expect(world.run.status).toBe('completed');
    expect(world.stored.at(-1)).toMatchObject({ kind: 'session-snapshot', info: { via: 'read' } });
  });

  it('ends with a session that can still be read, though nobody can subscribe to it any more', async () => {
    for (const state of ['SESSION_STATE_RESOLVED', 'SESSION_STATE_EXPIRED', 'SESSION_STATE_CANCELLED'] as const) {
      const world = new FollowedWorld(Array.from({ length: 50 }, () => ['refused']));
      world.state = state;
      await world.end();
      expect(world.run.status).toBe(ENDS[state]);
      expect(world.asked.length).toBeLessThan(10);
    }
  });

  it('waits for a Commitment again once the runtime lets it read on', async () => {
    const beginnings: Script[][] = [
      [[new HistoryUnavailableError('gone', 5, {})]],
      [[COMPACTED]],
      Array.from({ length: 5 }, () => ['refused']),
      Array.from({ length: 5 }, () => [inline('FORBIDDEN')]),
    ];
    for (const beginning of beginnings) {
      const world = new FollowedWorld([...beginning, [2_000, 'commit', 'silence']]);
      await world.clock.run(() => world.statuses.at(-1) === 'opened' && world.asked.length > beginning.length);
      world.follower.hearState(resolvedByWatch);
      await world.end();
      expect(world.messages).toEqual(['commit']);
      expect(world.stored.filter(({ kind }) => kind === 'session-snapshot')).toEqual([]);
    }
  });

  it('tells of lost history once, and of nothing beside it', async () => {
    const unnumbered = Array.from({ length: 5 }, () => [400, inline('HISTORY_UNAVAILABLE')]);
    for (const script of [[[COMPACTED], ['silence']], unnumbered]) {
      const world = new FollowedWorld(script);
      await world.clock.run(() => world.asked.length >= script.length);
      world.follower.hearState(resolvedByWatch);
      await world.end();
      expect(world.statuses.filter((status) => status === 'gap')).toHaveLength(1);
      expect(world.stored.filter(({ kind }) => kind === 'stream-inline-error')).toEqual([]);
    }
  });

  it('recovers once, also when the runtime was away at its start', async () => {
    const world = new FollowedWorld([['refused'], ['m1', LOST], ['m2', 'commit', 'silence']], undefined, 'recovered');
    await world.end();
    expect(world.statuses).toEqual(['reconnecting', 'recovered', 'reconnecting', 'opened']);
  });

  it('ends a run whose session is gone, after asking twice', async () => {
    const world = new FollowedWorld([['m1', 'silence']]);
    world.state = 'gone';
    await world.end();
    expect(world.run.status).toBe('failed');
  });

  it('ends as the runtime told before it forgot the session, though no stream stands any more', async () => {
    const ends = ['SESSION_STATE_RESOLVED', 'SESSION_STATE_EXPIRED', 'SESSION_STATE_CANCELLED'] as const;
    for (const state of ends) {
      const world = new FollowedWorld(Array.from({ length: 50 }, () => ['refused']));
      world.state = 'gone';
      world.follower.hearState({ via: 'read', state });
      await world.end();
      expect(world.stored.at(-1)).toMatchObject({ kind: 'session-snapshot', info: { via: 'read', state } });
      expect(world.run.status).toBe(ENDS[state]);
    }
  });

  it('keeps one report of a state while the database is away, and every change', async () => {
    const world = new FollowedWorld([['silence']]);
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
    const world = new FollowedWorld([[...many, 'commit', 'silence']]);
    world.databaseIsDown = true;
    const beganAt = isoTime(world.clock.now());
    await world.clock.run(() => world.problems.length >= 5);
    expect(world.pulled).toBeLessThanOrEqual(INBOX_FRAMES_MAX + 1);
    expect(world.stored).toEqual([]);
    expect(world.follower.unstored).toEqual({ frames: INBOX_FRAMES_MAX, oldestAt: beganAt });
    world.databaseIsDown = false;
    await world.end();
    expect(world.messages).toEqual([...many, 'commit']);
    expect(world.follower.unstored).toEqual({ frames: 0, oldestAt: undefined });
  });

  it('tells once a minute that the database is away, and once that it is back', async () => {
    const world = new FollowedWorld([['m1', 'commit', 'silence']]);
    world.databaseIsDown = true;
    const until = world.clock.now() + 10 * 60_000;
    await world.clock.run(() => world.clock.now() >= until);
    world.databaseIsDown = false;
    await world.end();
    const told = world.problems.filter((message) => message === 'a batch could not be stored and will be repeated');
    expect(told.length).toBeGreaterThan(5);
    expect(told.length).toBeLessThan(15);
    expect(world.problems.slice(told.length)).toEqual(['what was heard is stored again']);
  });

  it('stops reading when all runs together have read enough, and leaves nothing behind in what they share', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `m${index}`);
    const budget = new InboxBudget(INBOXES_SMALL);
    const others = new FollowedWorld([[...many, 'silence']], undefined, 'opened', budget);
    others.databaseIsDown = true;
    await others.clock.run(() => others.problems.length >= 5);
    expect(others.pulled).toBeLessThan(100);
    // An empty inbox takes a frame all the same, so this run is read to its end, one frame after the other.
    const world = new FollowedWorld([['m1', 'm2', 'commit', 'silence']], undefined, 'opened', budget);
    await world.end();
    expect(world.messages).toEqual(['m1', 'm2', 'commit']);
    expect(budget.hasRoom).toBe(false);
    await stopped(others);
    expect(budget.hasRoom).toBe(true);
  });

  it('lets no batch overtake one that was refused a place', async () => {
    const many = Array.from({ length: 35 }, (_, index) => `m${index}`);
    const world = new FollowedWorld([[...many, 'commit', 'silence']]);
    world.databaseIsDown = true;
    await world.clock.run(() => world.pulled === many.length + 1);
    world.databaseIsDown = false;
    // The stream's status stands first in the inbox.
    world.refused = 'm9';
    await world.end();
    expect(world.refused).toBeUndefined();
    expect(world.messages).toEqual([...many, 'commit']);
  });

  it('is waited for until its subscription stands, or nobody waits any more', async () => {
    const world = new FollowedWorld([['refused'], ['refused'], ['silence']]);
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

  it('says that it leaves, once, unless there is nothing to leave or nobody to tell', async () => {
    const left = new FollowedWorld([['m1', 'silence']]);
    await left.clock.run(() => left.messages.length === 1);
    await stopped(left);
    expect(left.stored.at(-1)).toMatchObject({
      kind: 'stream-status',
      info: { status: 'closed', detail: 'shutdown', afterSequence: 1 },
    });
    const over = new FollowedWorld([['commit', 'silence']]);
    await over.end();
    await stopped(over);
    expect(over.statuses).toEqual(['opened']);
    const untold = new FollowedWorld([['silence']]);
    untold.databaseIsDown = true;
    await untold.clock.run(() => untold.problems.length > 0);
    const problems = untold.problems.length;
    await stopped(untold);
    expect(untold.problems).toHaveLength(problems);
  });

  it('stops when asked, in the middle of everything', async () => {
    const world = new FollowedWorld([[LOST], [LOST], [LOST], ['silence']]);
    await world.clock.run(() => world.asked.length >= 3);
    await stopped(world);
    expect(world.run.status).toBe('running');
  });
});
