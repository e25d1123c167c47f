import { describe, expect, it } from 'vitest';
import { FollowedWorld, stopped, type InlineError, type Script } from '../../test/support/followed-world.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';

const LOST = new AppError('RUNTIME_UNAVAILABLE', 'lost');
/** After so many in a row the next wait is 8 s; after one more, 16 s. */
const SIX_LOST: Script[] = Array.from({ length: 6 }, () => [LOST]);

const inline = (code: string): InlineError => ({
  kind: 'inline-error',
  code,
  message: code,
  reasons: [],
  receivedAt: isoTime(0),
});

/** Milliseconds from the subscription `from` to the subscription `to`, counted from 1. */
async function between(world: FollowedWorld, from: number, to: number): Promise<number> {
  await world.clock.run(() => world.asked.length === from);
  const begun = world.clock.now();
  await world.clock.run(() => world.asked.length === to);
  return world.clock.now() - begun;
}

describe('after an outage of the runtime', () => {
  it('the next one begins with the shortest wait, for the stream stood a while in between', async () => {
    const stood = 10_000;
    const world = new FollowedWorld([...SIX_LOST, [stood, LOST], ['commit', 'silence']]);
    expect(await between(world, 7, 8)).toBeLessThan(stood + 1_000);
    await world.end();
  });

  it('the next one begins with the shortest wait, for the stream told something in between', async () => {
    const world = new FollowedWorld([...SIX_LOST, ['m1', LOST], ['commit', 'silence']]);
    // The 8 s before the one that told something, and the shortest wait after it.
    expect(await between(world, 6, 8)).toBeLessThan(9_000);
    await world.end();
  });

  it('a refusal that goes on is told once', async () => {
    const refused = Array.from({ length: 5 }, () => [400, inline('SOMETHING')]);
    const world = new FollowedWorld([...refused, ['commit', 'silence']]);
    await world.end();
    expect(world.asked).toHaveLength(6);
    expect(world.stored.filter(({ kind }) => kind === 'stream-inline-error')).toHaveLength(1);
  });

  it.each([
    ['as the stream begins', () => inline('FORBIDDEN')],
    ['before it begins', () => new AppError('FORBIDDEN', 'no observer')],
  ])('whoever runs the service is told once of a refusal that goes on: %s', async (_, refusal) => {
    const world = new FollowedWorld([...Array.from({ length: 6 }, () => [refusal()]), ['commit', 'silence']]);
    await world.end();
    expect(world.asked).toHaveLength(7);
    expect(world.problems).toEqual(['the runtime refuses to let us follow the session']);
  });

  it('one refusal may pass, and is not told', async () => {
    const world = new FollowedWorld([[new AppError('FORBIDDEN', 'a token just ran out')], ['commit', 'silence']]);
    await world.end();
    expect(world.problems).toEqual([]);
  });

  it('no gap is told of when nothing is missing', async () => {
    const compacted = inline('session history before ordinal 1 was compacted; resume with after_sequence >= 1');
    const world = new FollowedWorld([['m1', LOST], [compacted], ['commit', 'silence']]);
    await world.end();
    expect(world.messages).toEqual(['m1', 'commit']);
    expect(world.statuses).not.toContain('gap');
  });
});

describe('after an outage of the database', () => {
  it('all history comes before the end that was heard beside it, however much has piled up', async () => {
    // Three batches and a half.
    const many = Array.from({ length: 35 }, (_, index) => `m${index}`);
    const world = new FollowedWorld([[...many, 'silence']]);
    world.databaseIsDown = true;
    world.follower.hearState({ via: 'watch', state: 'SESSION_STATE_CANCELLED' });
    const until = world.clock.now() + 60_000;
    await world.clock.run(() => world.clock.now() >= until);
    world.databaseIsDown = false;
    await world.end();
    expect(world.messages).toEqual(many);
    expect(world.stored.filter(({ kind }) => kind === 'session-snapshot')).toHaveLength(1);
    expect(world.stored.at(-1)?.kind).toBe('session-snapshot');
  });

  it('leaving is told again', async () => {
    const world = new FollowedWorld([['m1', 'silence']]);
    world.databaseIsDown = true;
    await world.clock.run(() => world.problems.length > 2);
    world.databaseIsDown = false;
    await world.clock.run(() => world.messages.length === 1);
    await stopped(world);
    expect(world.statuses.at(-1)).toBe('closed');
  });
});
