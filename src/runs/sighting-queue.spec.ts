import { describe, expect, it } from 'vitest';
import type { SessionState } from '../contracts/session.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { RecentSet } from './recent-set.js';
import { SightingQueue, type Sighting } from './sighting-queue.stream.js';

const seen = (sessionId: string, state: string, kind = 'rust'): Sighting => ({
  // The queue asks the provider for its kind and hands it on.
  provider: { kind } as RuntimeProvider,
  sessionId,
  info: { via: 'watch', state: `SESSION_STATE_${state}` as SessionState },
});

/** A queue whose works end when the test says so. */
function controlled(concurrencyMax: number, waitingMax = 100) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = new SightingQueue({ concurrencyMax, waitingMax }, ({ sessionId, info }) => {
    begun.push(`${sessionId} ${info.state.slice('SESSION_STATE_'.length)}`);
    return new Promise<void>((resolve) => ends.set(sessionId, resolve));
  });
  const end = async (sessionId: string) => {
    ends.get(sessionId)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, begun, end };
}

describe('sightings of sessions', () => {
  it('are worked on in order, a bounded number at once', async () => {
    const { queue, begun, end } = controlled(2);
    for (const sessionId of ['a', 'b', 'c', 'd']) queue.push(seen(sessionId, 'OPEN'));
    expect(begun).toEqual(['a OPEN', 'b OPEN']);
    expect(queue.size).toBe(4);
    await end('b');
    expect(begun).toEqual(['a OPEN', 'b OPEN', 'c OPEN']);
    await end('a');
    await end('c');
    await end('d');
    expect(queue.size).toBe(0);
  });

  it('of one session are worked on one after the other, the latest news counting', async () => {
    const { queue, begun, end } = controlled(3);
    queue.push(seen('a', 'OPEN'));
    queue.push(seen('a', 'SUSPENDED'));
    queue.push(seen('a', 'OPEN'));
    expect(begun).toEqual(['a OPEN']);
    await end('a');
    expect(begun).toEqual(['a OPEN', 'a OPEN']);
  });

  it('are not taken back by an older list once the session has ended', async () => {
    const { queue, begun, end } = controlled(1);
    queue.push(seen('a', 'OPEN'));
    queue.push(seen('a', 'RESOLVED'));
    queue.push(seen('a', 'OPEN'));
    await end('a');
    expect(begun).toEqual(['a OPEN', 'a RESOLVED']);
  });

  it('of two runtimes are of two sessions, though their ids are the same', () => {
    const { queue, begun } = controlled(2);
    queue.push(seen('a', 'RESOLVED', 'embedded'));
    queue.push(seen('a', 'OPEN'));
    expect(begun).toEqual(['a RESOLVED', 'a OPEN']);
  });

  it('beyond the limit are dropped and counted, and known ones still kept up to date', async () => {
    const { queue, begun, end } = controlled(1, 1);
    for (const sessionId of ['a', 'b', 'c']) queue.push(seen(sessionId, 'OPEN'));
    queue.push(seen('b', 'SUSPENDED'));
    expect(queue.dropped).toBe(1);
    await end('a');
    expect(begun).toEqual(['a OPEN', 'b SUSPENDED']);
  });

  it('stop with the process: what is under way ends, nothing else begins', async () => {
    const { queue, begun, end } = controlled(1);
    queue.push(seen('a', 'OPEN'));
    queue.push(seen('b', 'OPEN'));
    const stopped = queue.stop();
    queue.push(seen('c', 'OPEN'));
    await end('a');
    await stopped;
    expect(begun).toEqual(['a OPEN']);
  });
});

describe('a set of the latest values', () => {
  it('forgets the one added longest ago', () => {
    const set = new RecentSet(2);
    for (const value of ['a', 'b', 'a', 'c']) set.add(value);
    expect(['a', 'b', 'c'].filter((value) => set.has(value))).toEqual(['a', 'c']);
  });
});
