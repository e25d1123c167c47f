import type { Clock } from '../../src/contracts/time.js';

/** Turns of the event loop after which everybody who is not waiting has got somewhere. */
const QUIET_TURNS = 5;
const TICK_MS = 100;

/** A clock that jumps to the next waiting sleeper whenever everybody waits, so that hours pass in milliseconds. */
export class JumpingClock implements Clock {
  private time = 1_000_000;
  private isBackBy = 0;
  private sleepers: { at: number; wake: () => void }[] = [];
  readonly slept: number[] = [];

  now(): number {
    return this.time;
  }

  ticks(): number {
    return this.time + this.isBackBy;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      this.slept.push(ms);
      const wake = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { at: this.time + ms, wake };
      this.sleepers.push(sleeper);
      signal.addEventListener('abort', wake);
    });
  }

  /** Keeps the clock from jumping far where a story has moments at which nobody who matters sleeps. */
  async tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.sleep(TICK_MS, signal);
  }

  /** Whoever sleeps, sleeps as long as before. */
  setBack(ms: number): void {
    this.time -= ms;
    this.isBackBy += ms;
    this.sleepers = this.sleepers.map((sleeper) => Object.assign(sleeper, { at: sleeper.at - ms }));
  }

  async run(isDone: () => boolean): Promise<void> {
    for (let steps = 0; !isDone(); steps += 1) {
      if (steps > 20_000) throw new Error('the story does not end');
      for (let turn = 0; turn < QUIET_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const next = this.sleepers.toSorted((a, b) => a.at - b.at)[0];
      if (!next) continue;
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
  }
}
