import { describe, expect, it } from 'vitest';
import type { RunId } from '../contracts/ids.js';
import { RunLanes } from './run-lanes.service.js';

const [a, b] = ['a', 'b'] as RunId[] as [RunId, RunId];

function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), opened };
}

describe('RunLanes', () => {
  it('does the work of one run in order of arrival, also after a failure, and other runs beside it', async () => {
    const lanes = new RunLanes();
    const first = gate();
    const done: string[] = [];
    const work = [
      lanes.run(a, async () => {
        await first.opened;
        done.push('a1');
        throw new Error('failed');
      }),
      lanes.run(a, () => Promise.resolve(done.push('a2'))),
      lanes.run(b, () => Promise.resolve(done.push('b1'))),
      lanes.run(a, () => Promise.resolve(done.push('a3'))),
    ];
    await work[2];
    expect(done).toEqual(['b1']);
    first.open();
    const results = await Promise.allSettled(work);
    expect(done).toEqual(['b1', 'a1', 'a2', 'a3']);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(lanes.size).toBe(0);
  });

  it('lets a waiter leave, and those behind it go on', async () => {
    const lanes = new RunLanes();
    const first = gate();
    const leave = new AbortController();
    const working = lanes.run(a, () => first.opened);
    const leaving = lanes.run(a, () => Promise.reject(new Error('must not run')), leave.signal);
    const behind = lanes.run(a, () => Promise.resolve('done'));
    leave.abort(new Error('left'));
    await expect(leaving).rejects.toThrow('left');
    first.open();
    await working;
    expect(await behind).toBe('done');
    expect(lanes.size).toBe(0);
  });
});
