import { StartPlaces } from './start-places.stream.js';

interface Line {
  readonly turns: StartPlaces;
  length: number;
}

/** The turn of one who stood in line. */
export interface Turn {
  /** Whether the line still stands; who was let go from it asks once, like anybody else, and joins again if refused. */
  readonly isInLine: () => boolean;
  /** Lets everybody behind go, each to ask for itself: whatever keeps the first from an answer is not the admission. */
  readonly letGo: () => void;
}

/** Those who wait to be admitted, sender by sender: only the first of each line asks. Whoever joins bounds how many wait. */
export class AdmissionLines {
  private readonly lines = new Map<string, Line>();

  /** In all lines. */
  get waiting(): number {
    return [...this.lines.values()].reduce((sum, { length }) => sum + length, 0);
  }

  has(sender: string): boolean {
    return this.lines.has(sender);
  }

  waitingOf(sender: string): number {
    return this.lines.get(sender)?.length ?? 0;
  }

  /**
   * Calls `ask` when everybody before has gone, the line is let go, or `signal` has aborted: who leaves the line early leaves
   * no gap.
   */
  async join<T>(sender: string, signal: AbortSignal, ask: (turn: Turn) => Promise<T>): Promise<T> {
    const line = this.lines.get(sender) ?? { turns: new StartPlaces(1), length: 0 };
    this.lines.set(sender, line);
    const place = line.turns.place();
    line.length += 1;
    const isInLine = (): boolean => this.lines.get(sender) === line;
    const remove = (): void => {
      if (isInLine()) this.lines.delete(sender);
    };
    const letGo = (): void => {
      remove();
      line.turns.open();
    };
    try {
      await place.enter(signal);
      return await ask({ isInLine, letGo });
    } finally {
      place.leave();
      line.length -= 1;
      if (line.length === 0) remove();
    }
  }
}
