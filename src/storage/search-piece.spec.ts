import { describe, expect, it } from 'vitest';
import { joined, pieceOf, rarestTag } from './search-piece.js';

const RUNS = 1_000_000;
const WANTED = 1_000;
/** 200 labels "shall release N go to production?", N up to 19: each number in one of twenty. */
const texts = Array.from({ length: 200 }, (_none, index) => joined(`shall release ${index % 20} go to production?`));

describe('the piece of a fragment that the index is asked for', () => {
  it('is its rarest part, across words', () => {
    expect(pieceOf('release 777 go', { texts, runs: RUNS }, WANTED)).toBe('eq777q');
    expect(pieceOf('go to xylophone lessons', { texts, runs: RUNS }, WANTED)).not.toContain('goqto');
  });

  it('is all of a short fragment', () => {
    expect(pieceOf('a-b', { texts, runs: RUNS }, WANTED)).toBe('aqb');
    expect(pieceOf('xyzzy', { texts, runs: RUNS }, WANTED)).toBe('xyzzy');
  });

  it('is none when walking along the runs is quicker: many texts have the fragment, for so many runs', () => {
    expect(pieceOf('production', { texts, runs: RUNS }, WANTED)).toBeUndefined();
    expect(pieceOf('release 7 go', { texts, runs: RUNS }, WANTED)).toBeUndefined();
    expect(pieceOf('release 7 go', { texts, runs: 2 * WANTED }, WANTED)).toBeDefined();
  });

  it('is none when nothing of it is in the index', () => {
    expect(pieceOf('((((((((', { texts, runs: RUNS }, WANTED)).toBeUndefined();
    expect(pieceOf('🦊🦊🦊', { texts, runs: RUNS }, WANTED)).toBeUndefined();
  });

  it('is cut between characters, and from the start of a very long fragment', () => {
    const piece = pieceOf(`🦊fox${'🦊'.repeat(90)}`, { texts, runs: RUNS }, WANTED);
    expect(piece).toBe('🦊fox🦊🦊');
    expect(pieceOf('ab'.repeat(200), { texts: [], runs: 0 }, WANTED)).toBe('ababab');
  });

  it('is a part of the joined fragment', () => {
    const fragment = 'Fraud/high-value_2.1\nMonday 🦊'.toLowerCase();
    expect(joined(fragment)).toContain(pieceOf(fragment, { texts, runs: RUNS }, WANTED));
  });
});

describe('the rarest tag', () => {
  const tags = [['a', 'b'], ['a'], ['a', 'c'], ['a', 'b']];

  it('is the one that fewest runs of the sample have', () => {
    expect(rarestTag(['a', 'b'], { tags })).toEqual({ tag: 'b', share: 0.5 });
    expect(rarestTag(['a', 'unknown'], { tags })).toEqual({ tag: 'unknown', share: 0 });
    expect(rarestTag([], { tags })).toBeUndefined();
    expect(rarestTag(['a'], { tags: [] })).toEqual({ tag: 'a', share: 0 });
  });
});
