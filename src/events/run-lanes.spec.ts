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
  it('gives the changes of one run one lane, those of another run another, and none is left behind', async () => {
    const lanes = new RunLanes();
    const first = gate();
    const done: string[] = [];
    const write = (id: RunId, name: string, work = Promise.resolve()) =>
      lanes.run(id, ({ writing }) => writing.run(() => work.then(() => done.push(name))));
    const work = [write(a, 'a1', first.opened), write(a, 'a2'), write(b, 'b1')];
    await work[2];
    expect(done).toEqual(['b1']);
    first.open();
    await Promise.all(work);
    expect(done).toEqual(['b1', 'a1', 'a2']);
    expect(lanes.size).toBe(0);
  });

  it('closes a lane also after a failure', async () => {
    const lanes = new RunLanes();
    await expect(lanes.run(a, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(lanes.size).toBe(0);
  });
});
