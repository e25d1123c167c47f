import { describe, expect, it } from 'vitest';
import type { RunId } from '../contracts/ids.js';
import { RunCache, type RunState } from './run-cache.js';

function stateOf(id: string, lastSeq = 1, pad = ''): RunState {
  const run = { id, status: 'running', lastSeq, lastPosition: 0 };
  // The cache looks at nothing else of a state.
  return { run, projection: { view: { signals: [pad] }, book: {} } } as object as RunState;
}

const stand = { status: 'running', lastSeq: 1, lastPosition: 0 };
const id = (text: string): RunId => text as RunId;

describe('RunCache', () => {
  it('gives back what it keeps', () => {
    const cache = new RunCache();
    const state = stateOf('a');
    cache.keep(state);
    expect(cache.find(id('a'), stand)).toBe(state);
    expect(cache.find(id('b'), stand)).toBeUndefined();
  });

  it.each([{ lastSeq: 2 }, { lastPosition: 1 }, { status: 'failed' }])(
    'does not believe a state against its row %j',
    (row) => {
      const cache = new RunCache();
      cache.keep(stateOf('a'));
      expect(cache.find(id('a'), { ...stand, ...row })).toBeUndefined();
      expect(cache.size).toBe(0);
    },
  );

  it('lets the one go that was not used for longest', () => {
    const cache = new RunCache(2);
    cache.keep(stateOf('a'));
    cache.keep(stateOf('b'));
    cache.find(id('a'), stand);
    cache.keep(stateOf('c'));
    expect(cache.size).toBe(2);
    expect(cache.find(id('b'), stand)).toBeUndefined();
    expect(cache.find(id('a'), stand)).toBeDefined();
  });

  it('lets go what was not used for longest until the rest is light enough, and weighs a run once', () => {
    const cache = new RunCache(100, 2_500);
    const pad = 'x'.repeat(1_000);
    cache.keep(stateOf('a', 1, pad));
    cache.keep(stateOf('b', 1, pad));
    cache.keep(stateOf('b', 1, pad));
    expect(cache.size).toBe(2);
    cache.find(id('a'), stand);
    cache.keep(stateOf('c', 1, pad));
    expect(cache.find(id('b'), stand)).toBeUndefined();
    expect(cache.find(id('a'), stand)).toBeDefined();
    cache.forget(id('a'));
    cache.keep(stateOf('d', 1, pad));
    expect(cache.size).toBe(2);
  });

  it('forgets', () => {
    const cache = new RunCache();
    cache.keep(stateOf('a'));
    cache.forget(id('a'));
    expect(cache.size).toBe(0);
  });
});
