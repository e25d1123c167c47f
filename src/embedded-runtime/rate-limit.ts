const WINDOW_MS = 60_000;

interface Slots {
  times: number[];
  /** Where the window begins in `times`; what lies before has left it. */
  head: number;
}

/** Counts per sender in a sliding window of 60 s. Holds at most twice the limit's number of times per sender. */
export class RateLimit {
  private readonly senders = new Map<string, Slots>();

  constructor(private readonly perMinuteMax: number) {}

  /** Takes a slot; false when the window is full. */
  take(sender: string, now: number): boolean {
    if (!Number.isFinite(this.perMinuteMax)) return true;
    const slots = this.senders.get(sender) ?? { times: [], head: 0 };
    this.senders.set(sender, slots);
    slideTo(slots, now);
    if (slots.times.length - slots.head >= this.perMinuteMax) return false;
    slots.times.push(now);
    return true;
  }

  /** Forgets senders that have been silent for a whole window. */
  forgetIdle(now: number): void {
    for (const [sender, slots] of this.senders) {
      const last = slots.times.at(-1);
      if (last === undefined || last <= now - WINDOW_MS) this.senders.delete(sender);
    }
  }
}

/** Moves the head past what is older than the window; drops the past once it is half of the list, so each time moves once. */
function slideTo(slots: Slots, now: number): void {
  let first = slots.times[slots.head];
  while (first !== undefined && first <= now - WINDOW_MS) {
    slots.head += 1;
    first = slots.times[slots.head];
  }
  if (slots.head * 2 > slots.times.length) {
    slots.times = slots.times.slice(slots.head);
    slots.head = 0;
  }
}
