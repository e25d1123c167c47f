import { describe, expect, it } from 'vitest';
import { Bell } from './bell.stream.js';

/** A clock whose sleepers wait until it is moved. */
class HandClock {
  nowMs = 0;
  readonly sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now = (): number => this.nowMs;

  ticks = this.now;

  sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.sleepers.push({ at: this.nowMs + ms, wake: resolve });
      signal.addEventListener('abort', () => resolve());
    });

  async moveTo(nowMs: number): Promise<void> {
    this.nowMs = nowMs;
    for (const { at, wake } of this.sleepers) if (at <= nowMs) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('Bell', () => {
  it('keeps a ring that comes while nobody waits, and makes one of several', async () => {
    const [bell, clock, { signal }] = [new Bell(), new HandClock(), new AbortController()];
    bell.ring();
    bell.ring();
    expect(await bell.wait(1_000, clock, signal)).toBe(true);
    const second = bell.wait(1_000, clock, signal);
    await clock.moveTo(1_000);
    expect(await second).toBe(false);
  });

  it('leaves an alarm standing for the next wait, and sets only earlier ones', async () => {
    const [bell, clock, { signal }] = [new Bell(), new HandClock(), new AbortController()];
    for (let turn = 0; turn < 50; turn += 1) {
      const waiting = bell.wait(60_000, clock, signal);
      bell.ring();
      expect(await waiting).toBe(true);
      const short = bell.wait(10, clock, signal);
      await clock.moveTo(clock.nowMs + 10);
      expect(await short).toBe(false);
    }
    // The long one once, a short one per turn.
    expect(clock.sleepers).toHaveLength(51);
  });

  it('ends a wait when its signal aborts', async () => {
    const [bell, clock, leave] = [new Bell(), new HandClock(), new AbortController()];
    const waiting = bell.wait(60_000, clock, leave.signal);
    leave.abort();
    expect(await waiting).toBe(false);
    expect(await bell.wait(60_000, clock, leave.signal)).toBe(false);
  });
});
