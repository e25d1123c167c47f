import type { Clock } from '../contracts/time.js';

/**
 * Wakes one waiting reader. A ring that comes while nobody waits is kept; several become one. Waits mostly end by a ring
 * long before their time, so an alarm that is set is left standing for the next wait instead of being set anew, as those
 * of `SharedAlarm` are.
 */
export class Bell {
  private rung = false;
  private wake: (() => void) | undefined;
  /** When the alarms that stand will go off, the next one last. In the clock's ticks. */
  private readonly alarms: number[] = [];

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /**
   * Returns true when rung, and false after `ms`, sooner when an earlier alarm goes off, or when `signal` aborts: whoever
   * waits looks again at what it waits for. One bell is always given the same clock and signal.
   */
  async wait(ms: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
    if (!this.rung && !signal.aborted && ms > 0) {
      this.setAlarm(ms, clock, signal);
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
    }
    const rung = this.rung;
    this.rung = false;
    return rung;
  }

  /** Only ever one that goes off before all others, so that few stand and each is of use. */
  private setAlarm(ms: number, clock: Clock, signal: AbortSignal): void {
    const at = clock.ticks() + ms;
    if (at >= (this.alarms.at(-1) ?? Infinity)) return;
    this.alarms.push(at);
    void clock.sleep(ms, signal).then(() => {
      this.alarms.splice(this.alarms.indexOf(at), 1);
      this.wake?.();
    });
  }
}
