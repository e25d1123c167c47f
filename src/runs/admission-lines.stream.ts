import { StartPlaces } from './start-places.stream.js';

interface Line {
  readonly turns: StartPlaces;
  length: number;
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

  /** Calls `ask` when everybody before has gone, or `signal` has aborted: who leaves the line early leaves no gap. */
  async join<T>(sender: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const line = this.lines.get(sender) ?? { turns: new StartPlaces(1), length: 0 };
    this.lines.set(sender, line);
    const turn = line.turns.place();
    line.length += 1;
    try {
      await turn.enter(signal);
      return await ask();
    } finally {
      turn.leave();
      line.length -= 1;
      if (line.length === 0) this.lines.delete(sender);
    }
  }
}
