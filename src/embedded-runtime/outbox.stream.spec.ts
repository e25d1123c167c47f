import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.stream.js';

/** A reader that takes `room` items and then wants to be asked again. */
class Reader {
  readonly got: number[] = [];
  room = 0;
  private onDrain: (() => void) | undefined;

  write(item: number): boolean {
    this.got.push(item);
    this.room -= 1;
    return this.room > 0;
  }

  once(_event: 'drain', listener: () => void): void {
    this.onDrain = listener;
  }

  take(room: number): void {
    this.room = room;
    const resume = this.onDrain;
    this.onDrain = undefined;
    resume?.();
  }
}

function open(room: number, first: number[], lagMax: number, syncLagMax?: number) {
  const reader = new Reader();
  reader.room = room;
  let lagged = 0;
  const outbox = new Outbox<number>(reader, first[Symbol.iterator](), {
    lagMax,
    ...(syncLagMax === undefined ? {} : { syncLagMax }),
    onLag: () => (lagged += 1),
  });
  return { reader, outbox, lagged: () => lagged };
}

describe('an outbox', () => {
  it('delivers the first items, then the pushed ones, in order and at the pace of the reader', () => {
    const { reader, outbox } = open(2, [1, 2, 3], 10);
    outbox.push(4);
    expect(reader.got).toEqual([1, 2]);
    reader.take(1);
    expect(reader.got).toEqual([1, 2, 3]);
    reader.take(9);
    outbox.push(5);
    expect(reader.got).toEqual([1, 2, 3, 4, 5]);
  });

  it('closes once when the reader is too slow', () => {
    const { reader, outbox, lagged } = open(1, [], 2);
    for (let n = 1; n <= 3; n += 1) outbox.push(n);
    expect(lagged()).toBe(0);
    outbox.push(4);
    outbox.push(5);
    expect(lagged()).toBe(1);
    reader.take(9);
    expect(reader.got).toEqual([1]);
  });

  it('is more patient while the first items are on their way', () => {
    const { reader, outbox, lagged } = open(1, [1, 2], 1, 3);
    for (let n = 3; n <= 5; n += 1) outbox.push(n);
    expect(lagged()).toBe(0);
    reader.take(9);
    expect(reader.got).toEqual([1, 2, 3, 4, 5]);
    reader.take(1);
    for (let n = 6; n <= 8; n += 1) outbox.push(n);
    expect(lagged()).toBe(1);
  });
});
