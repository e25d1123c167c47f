import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedTail, TAIL_BYTES_MAX, TAIL_FRAMES_MAX, TailBudget, type EventFrame } from './tail.js';

const frame = (seq: number, bytes = 10): EventFrame => ({ seq, bytes: Buffer.alloc(bytes) });
const frames = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => frame(from + i));
const seqs = (list: readonly EventFrame[] | undefined) => list?.map(({ seq }) => seq);

describe('SharedTail', () => {
  it('gives what comes after a seq, nothing, or says that it does not reach back', () => {
    const tail = new SharedTail(new TailBudget());
    expect(tail.after(7)).toEqual([]);
    tail.append(frames(5, 9));
    expect(seqs(tail.after(6))).toEqual([7, 8, 9]);
    expect(seqs(tail.after(4))).toEqual([5, 6, 7, 8, 9]);
    expect(tail.after(3)).toBeUndefined();
    expect(tail.after(9)).toEqual([]);
    expect(tail.after(20)).toEqual([]);
  });

  it('has no holes: after one it begins anew', () => {
    const tail = new SharedTail(new TailBudget());
    tail.append(frames(1, 3));
    tail.append([frame(5)]);
    expect(tail.after(2)).toBeUndefined();
    expect(seqs(tail.after(4))).toEqual([5]);
    tail.append([frame(4), frame(5), frame(6)]);
    expect(seqs(tail.after(4))).toEqual([5, 6]);
  });

  it('is bounded in frames and in bytes, and keeps the newest frame whatever its size', () => {
    const many = new SharedTail(new TailBudget());
    many.append(frames(1, TAIL_FRAMES_MAX + 5));
    expect(many.after(5)).toHaveLength(TAIL_FRAMES_MAX);
    expect(many.after(4)).toBeUndefined();
    const large = new SharedTail(new TailBudget());
    large.append([frame(1, 100), frame(2, TAIL_BYTES_MAX + 1)]);
    expect(seqs(large.after(1))).toEqual([2]);
    expect(large.after(0)).toBeUndefined();
  });

  it('keeps the newest frame only where nothing was added for longest, once all tails together hold too much', () => {
    const budget = new TailBudget(70);
    const [one, two, three] = [new SharedTail(budget), new SharedTail(budget), new SharedTail(budget)];
    one.append(frames(1, 3));
    two.append(frames(1, 3));
    one.append([frame(4)]);
    expect(seqs(two.after(0))).toEqual([1, 2, 3]);
    three.append(frames(1, 2));
    expect(two.after(1)).toBeUndefined();
    expect(seqs(two.after(2))).toEqual([3]);
    expect(two.after(3)).toEqual([]);
    expect(seqs(one.after(0))).toEqual([1, 2, 3, 4]);
    budget.forget(one);
    two.append(frames(4, 6));
    expect(seqs(three.after(0))).toEqual([1, 2]);
    expect(seqs(two.after(2))).toEqual([3, 4, 5, 6]);
  });

  it('property: whatever it is given, its answer continues right after the seq', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), fc.integer({ min: 0, max: 40 }), (given, seq) => {
        const tail = new SharedTail(new TailBudget());
        for (const each of given) tail.append([frame(each)]);
        const found = tail.after(seq) ?? [];
        expect(seqs(found)).toEqual(found.map((_, index) => seq + 1 + index));
      }),
    );
  });
});
