import { describe, expect, it } from 'vitest';
import { runFixture } from '../../words/run.fixture.js';
import {
  ASKED_OF_EACH_MAX,
  byNeed,
  concernsOf,
  firstSight,
  standingOf,
  worthAsking,
  type Watched,
} from './attention.js';

const START = Date.parse('2026-07-10T12:00:00.000Z');
const at = (seconds: number): number => START + seconds * 1_000;
const iso = (seconds: number): string => new Date(at(seconds)).toISOString();
const kinds = (watched: Watched, nowMs: number): readonly string[] =>
  concernsOf(watched, nowMs).map(({ kind }) => kind);

describe('a run that goes its way', () => {
  it('has no concern, and says when it was last heard of', () => {
    const watched = { run: runFixture(), expiresAt: iso(3_600), lastEvent: { type: 'message.received', ts: iso(20) } };
    expect(concernsOf(watched, at(30))).toEqual([]);
    expect(standingOf(watched, at(30))).toBe('Last heard of 10 s ago.');
  });

  it('says what it waits for before it runs', () => {
    expect(standingOf({ run: runFixture({ status: 'queued' }) }, at(1))).toBe('Waits for its turn.');
    const observed = runFixture({ status: 'starting', executionMode: 'observer' });
    expect(standingOf({ run: observed }, at(1))).toBe('Waits for an agent to open its session.');
    expect(standingOf({ run: runFixture({ status: 'starting' }) }, at(1))).toBe('The session is being opened.');
    expect(standingOf({ run: runFixture({ status: 'binding_session' }) }, at(1))).toBe(
      'The first messages are on their way.',
    );
  });
});

describe('a deadline', () => {
  const run = runFixture({ updatedAt: iso(590) });

  it('is near in the last fifth of a short run', () => {
    expect(kinds({ run, expiresAt: iso(600) }, at(479))).toEqual([]);
    expect(kinds({ run, expiresAt: iso(600) }, at(481))).toEqual(['deadline']);
    expect(concernsOf({ run, expiresAt: iso(600) }, at(540))[0]?.reason).toContain('1 min left');
  });

  it('is near five minutes before the end of a long one', () => {
    const long = runFixture({ updatedAt: iso(86_400) });
    expect(kinds({ run: long, expiresAt: iso(86_400) }, at(86_400 - 301))).toEqual([]);
    expect(kinds({ run: long, expiresAt: iso(86_400) }, at(86_400 - 299))).toEqual(['deadline']);
  });

  it('that passed is the gravest of all', () => {
    const watched = { run, expiresAt: iso(600), stream: { status: 'reconnecting', since: iso(590) } };
    expect(kinds(watched, at(660))).toEqual(['overdue', 'stream']);
    expect(concernsOf(watched, at(660))[0]?.reason).toContain('passed 1 min ago');
  });

  it('is no matter of a suspended run, which waits for a person whatever the time', () => {
    const suspended = runFixture({ status: 'suspended' });
    expect(kinds({ run: suspended, expiresAt: iso(600) }, at(599))).toEqual(['suspended']);
    expect(kinds({ run: suspended, expiresAt: iso(600) }, at(700))).toEqual(['suspended']);
  });
});

describe('a start', () => {
  it('may take half a minute', () => {
    const run = runFixture({ status: 'queued', startedAt: undefined });
    expect(kinds({ run }, at(29))).toEqual([]);
    expect(kinds({ run }, at(31))).toEqual(['slow-start']);
    expect(concernsOf({ run }, at(31))[0]?.reason).toBe('Has waited 31 s for its turn.');
  });

  it('may take longer where agents open the session', () => {
    const run = runFixture({ status: 'starting', executionMode: 'observer' });
    expect(kinds({ run }, at(31))).toEqual([]);
    expect(kinds({ run }, at(121))).toEqual(['unopened']);
  });
});

describe('silence', () => {
  it('is measured from the last event', () => {
    const watched = { run: runFixture(), lastEvent: { type: 'progress.reported', ts: iso(100) } };
    expect(kinds(watched, at(399))).toEqual([]);
    expect(kinds(watched, at(401))).toEqual(['quiet']);
  });

  it('is not guessed at while the last event is not known', () => {
    expect(kinds({ run: runFixture() }, at(86_400))).toEqual([]);
    expect(standingOf({ run: runFixture() }, at(86_400))).toBe('Its session is open.');
    const suspended = runFixture({ status: 'suspended' });
    expect(concernsOf({ run: suspended }, at(86_400))[0]?.reason).toBe('Suspended.');
  });
});

it('concerns only a stream that is broken now', () => {
  const stream = { status: 'recovered', since: iso(5) };
  expect(kinds({ run: runFixture(), stream }, at(10))).toEqual([]);
  expect(kinds({ run: runFixture(), stream: { ...stream, status: 'reconnecting' } }, at(10))).toEqual(['stream']);
});

it('puts the gravest first, then the oldest; those without a concern last, newest first', () => {
  const run = (id: string, second: number, changes: Parameters<typeof runFixture>[0] = {}): Watched => ({
    run: runFixture({ id, createdAt: iso(second), updatedAt: iso(second), ...changes }),
  });
  const runs = [
    run('fine-old', 600),
    { ...run('quiet', 10), lastEvent: { type: 'message.received', ts: iso(10) } },
    run('suspended-young', 200, { status: 'suspended' }),
    run('fine-young', 700),
    run('suspended-old', 100, { status: 'suspended' }),
  ];
  expect(byNeed(runs, at(800)).map(({ run: { id } }) => id)).toEqual([
    'suspended-old',
    'suspended-young',
    'quiet',
    'fine-young',
    'fine-old',
  ]);
});

describe('what the list alone tells', () => {
  const metadata = { executionRequest: { session: { ttlMs: 600_000 } } };

  it('reckons a deadline from the start and the time that was asked for', () => {
    expect(firstSight(runFixture({ metadata })).expiresAt).toBe(iso(600));
    expect(kinds(firstSight(runFixture({ metadata, updatedAt: iso(550) })), at(560))).toEqual(['deadline']);
  });

  it('reckons none where the clock does not run yet, or nobody said how long', () => {
    expect(firstSight(runFixture({ metadata, status: 'starting' })).expiresAt).toBeUndefined();
    expect(firstSight(runFixture({ metadata, startedAt: undefined })).expiresAt).toBeUndefined();
    expect(firstSight(runFixture()).expiresAt).toBeUndefined();
  });
});

describe('whom to ask about one by one', () => {
  const run = (id: string, second: number, changes: Parameters<typeof runFixture>[0] = {}): Watched => ({
    run: runFixture({ id, createdAt: iso(second), updatedAt: iso(second), ...changes }),
  });
  const asked = (runs: readonly Watched[]): readonly string[] =>
    worthAsking(byNeed(runs, at(1_000)), at(1_000)).map(({ run: { id } }) => id);

  it('is who needs a look, then who may have fallen silent, the oldest first, then the newest', () => {
    const runs = [
      run('new', 980),
      run('newer', 990),
      run('old', 200),
      run('older', 100),
      run('suspended', 900, { status: 'suspended' }),
    ];
    expect(asked(runs)).toEqual(['suspended', 'older', 'old', 'newer', 'new']);
  });

  it('is bounded, and leaves room for the newest', () => {
    const many = (name: string, second: number): readonly Watched[] =>
      Array.from({ length: 50 }, (_, index) => run(`${name}-${index}`, second + index));
    const chosen = asked([...many('old', 100), ...many('new', 900)]);
    expect(chosen).toHaveLength(2 * ASKED_OF_EACH_MAX);
    expect(chosen[0]).toBe('old-0');
    expect(chosen[ASKED_OF_EACH_MAX]).toBe('new-49');
  });
});
