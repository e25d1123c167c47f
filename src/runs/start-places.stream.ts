/** A place among the runs that are started at the same time, for one of them. */
export interface Place {
  /** Resolves when it is held, which may be so already; with false when `signal` has aborted, or aborts first. */
  enter(signal: AbortSignal): Promise<boolean>;
  /** Gives it to whoever waits longest; nothing where it is not held. */
  leave(): void;
}

/** How a run is carried on. */
export interface Errand {
  /** An earlier process began it. */
  readonly recovered: boolean;
  readonly place: Place;
  readonly signal: AbortSignal;
  /** What a failure of the run would leave behind; learnt on the way. */
  readonly left: {
    /** Its SessionStart may have reached the runtime, and its session was not yet running when it was taken up. */
    session?: boolean;
  };
}

/** For a run that takes no place from others: whoever carries it on bounds how many there are. */
export const NO_PLACE: Place = { enter: (signal) => Promise.resolve(!signal.aborted), leave: () => undefined };

/** So many places, given in the order of arrival. Whoever asks for them bounds how many wait. */
export class StartPlaces {
  private readonly line = new Set<() => void>();

  constructor(private free: number) {}

  get waiting(): number {
    return this.line.size;
  }

  /** Not held yet. */
  place(): Place {
    let isHeld = false;
    return {
      enter: async (signal) => !signal.aborted && (isHeld ||= await this.take(signal)),
      leave: () => {
        if (isHeld) this.give();
        isHeld = false;
      },
    };
  }

  /** From here on there is a place for everybody. */
  open(): void {
    this.free = Infinity;
    for (const enter of this.line) enter();
    this.line.clear();
  }

  private take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        this.line.delete(enter);
        resolve(false);
      };
      this.line.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private give(): void {
    const [next] = this.line;
    if (next === undefined) {
      this.free += 1;
      return;
    }
    this.line.delete(next);
    next();
  }
}
