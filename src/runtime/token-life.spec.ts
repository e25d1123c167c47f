import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifeOf } from './token-life.js';

describe('the life of a token', () => {
  it('ends a little before the token does, and is renewed a minute before that', () => {
    expect(lifeOf(1_000_000, 3_600)).toEqual({ renewAt: 1_000_000 + 3_538_000, endsAt: 1_000_000 + 3_598_000 });
  });

  it('of a short token leaves time to use it', () => {
    expect(lifeOf(0, 10)).toEqual({ renewAt: 6_000, endsAt: 8_000 });
    expect(lifeOf(0, 1)).toEqual({ renewAt: 300, endsAt: 500 });
  });

  it('is always renewed before it ends, and ends before the token does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        (at, seconds) => {
          const { renewAt, endsAt } = lifeOf(at, seconds);
          expect(renewAt).toBeGreaterThanOrEqual(at);
          expect(endsAt).toBeGreaterThanOrEqual(renewAt);
          expect(endsAt).toBeLessThanOrEqual(at + seconds * 1_000);
        },
      ),
    );
  });
});
