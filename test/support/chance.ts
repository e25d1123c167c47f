/** Repeatable chance: the same seed gives the same numbers. Print the seed, so that a failure can be run again. */
export class Chance {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** The seed of the environment variable, else a new one; says which, and how to run it again. */
  static announced(variable: string): Chance {
    const given = process.env[variable];
    const chance = new Chance(given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given));
    process.stderr.write(`${variable}=${chance.seed}\n`);
    return chance;
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [min, max]. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }
}
