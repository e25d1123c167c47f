/** Remembers the latest values, at most `countMax`; the one added longest ago goes first. */
export class RecentSet<T extends string> {
  private readonly values = new Set<T>();

  constructor(private readonly countMax: number) {}

  has(value: T): boolean {
    return this.values.has(value);
  }

  add(value: T): void {
    this.values.delete(value);
    this.values.add(value);
    const [oldest] = this.values;
    if (this.values.size > this.countMax && oldest !== undefined) this.values.delete(oldest);
  }

  delete(value: T): void {
    this.values.delete(value);
  }
}
