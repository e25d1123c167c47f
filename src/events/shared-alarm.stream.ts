import type { Clock } from '../contracts/time.js';

/** Alarms go off on multiples of this, so that sleepers with nearby times share one, at most so much too late. */
const ALARM_GRAIN_MS = 50;

export interface Sleeper {
  /** In the clock's ticks. */
  readonly wakeAt: number;
  ring(): void;
}

/**
 * One timer for any number of sleepers. Sleeps mostly end by news long before their time, so an alarm that is set is
 * left standing: setting and dropping one for every sleep took a quarter of the process's CPU with 100 live readers, and
 * a timer of its own for every idle reader took memory.
 */
export class SharedAlarm {
  private nextAt = Infinity;

  constructor(
    private readonly sleepers: () => Iterable<Sleeper>,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  /** Somebody sleeps until `at` (in the clock's ticks). Alarms that are set already serve it if they come before. */
  set(at: number): void {
    const goesOffAt = Math.ceil(at / ALARM_GRAIN_MS) * ALARM_GRAIN_MS;
    if (goesOffAt >= this.nextAt) return;
    this.nextAt = goesOffAt;
    void this.clock.sleep(Math.max(0, goesOffAt - this.clock.ticks()), this.signal).then(() => this.goOff(goesOffAt));
  }

  /** One that was overtaken by an earlier alarm says nothing: whoever counted on it was looked at then. */
  private goOff(at: number): void {
    if (at !== this.nextAt || this.signal.aborted) return;
    this.nextAt = Infinity;
    const now = this.clock.ticks();
    let earliest = Infinity;
    for (const sleeper of this.sleepers()) {
      if (sleeper.wakeAt <= now) sleeper.ring();
      else earliest = Math.min(earliest, sleeper.wakeAt);
    }
    if (earliest < Infinity) this.set(earliest);
  }
}
