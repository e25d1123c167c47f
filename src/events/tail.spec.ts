import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedTail, TAIL_BYTES_MAX, TAIL_FRAMES_MAX, type EventFrame } from './tail.js';

const frame = (seq: number, bytes = 10): EventFrame => ({ seq, bytes: Buffer.alloc(bytes) });
const frames = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => frame(from + i));
const seqs = (list: readonly EventFrame[] | undefined) => list?.map(({ seq }) => seq);

describe('SharedTail', () => {
  it('gives what comes after a seq, nothing, or says that it does not reach back', () => {
    const tail = new SharedTail();
    expect(tail.after(7)).toEqual([]);
    tail.append(frames(5, 9));
    expect(seqs(tail.after(6))).toEqual([7, 8, 9]);
    expect(seqs(tail.after(4))).toEqual([5, 6, 7, 8, 9]);
    expect(tail.after(3)).toBeUndefined();
    expect(tail.after(9)).toEqual([]);
    expect(tail.after(20)).toEqual([]);
  });

  it('has no holes: after one it begins anew', () => {
    const tail = new SharedTail();
    tail.append(frames(1, 3));
    tail.append([frame(5)]);
    expect(tail.after(2)).toBeUndefined();
    expect(seqs(tail.after(4))).toEqual([5]);
    tail.append([frame(4), frame(5), frame(6)]);
    expect(seqs(tail.after(4))).toEqual([5, 6]);
  });

  it('is bounded in frames and in bytes, and keeps the newest frame whatever its size', () => {
    const many = new SharedTail();
    many.append(frames(1, TAIL_FRAMES_MAX + 5));
    expect(many.after(5)).toHaveLength(TAIL_FRAMES_MAX);
    expect(many.after(4)).toBeUndefined();
    const large = new SharedTail();
    large.append([frame(1, 100), frame(2, TAIL_BYTES_MAX + 1)]);
    expect(seqs(large.after(1))).toEqual([2]);
    expect(large.after(0)).toBeUndefined();
  });

  it('property: whatever it is given, its answer continues right after the seq', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), fc.integer({ min: 0, max: 40 }), (given, seq) => {
        const tail = new SharedTail();
        for (const each of given) tail.append([frame(each)]);
        const found = tail.after(seq) ?? [];
        expect(seqs(found)).toEqual(found.map((_, index) => seq + 1 + index));
      }),
    );
  });
});
