import { describe, expect, it } from 'vitest';
import { AMBIENT_BYTES_MAX, AMBIENT_HELD_MS_MAX, AMBIENT_PER_SESSION_MAX, AmbientBuffer } from './ambient-buffer.js';
import { runtimeSession } from './runtime-session.js';

const rust = (sessionId: string) => runtimeSession('rust', sessionId);

describe('signals that come before their run', () => {
  it('come back in arrival order, once', () => {
    const buffer = new AmbientBuffer<number>();
    buffer.add(rust('s1'), 1, 1, 0);
    buffer.add(rust('s2'), 2, 1, 0);
    buffer.add(rust('s1'), 3, 1, 0);
    expect(buffer.take(rust('s1'), 1)).toEqual([1, 3]);
    expect(buffer.take(rust('s1'), 1)).toEqual([]);
    expect(buffer.take(rust('s2'), 1)).toEqual([2]);
    expect(buffer.dropped).toBe(0);
  });

  it('are forgotten after a while, and counted', () => {
    const buffer = new AmbientBuffer<number>();
    buffer.add(rust('s1'), 1, 1, 0);
    expect(buffer.take(rust('s1'), AMBIENT_HELD_MS_MAX)).toEqual([]);
    expect(buffer.dropped).toBe(1);
  });

  it('lose the oldest first when a session sends too many', () => {
    const buffer = new AmbientBuffer<number>();
    for (let i = 0; i < AMBIENT_PER_SESSION_MAX + 2; i += 1) buffer.add(rust('s1'), i, 1, 0);
    expect(buffer.take(rust('s1'), 1)[0]).toBe(2);
    expect(buffer.dropped).toBe(2);
  });

  it('lose the oldest first when all together are too large', () => {
    const buffer = new AmbientBuffer<number>();
    for (let i = 0; i < 9; i += 1) buffer.add(rust(`s${i}`), i, AMBIENT_BYTES_MAX / 8, 0);
    expect(buffer.take(rust('s0'), 1)).toEqual([]);
    expect(buffer.take(rust('s1'), 1)).toEqual([1]);
  });
});
