/** Remembers the latest values, at most `countMax`; the one added longest ago goes first. */
export class RecentSet {
  private readonly values = new Set<string>();

  constructor(private readonly countMax: number) {}

  has(value: string): boolean {
    return this.values.has(value);
  }

  add(value: string): void {
    this.values.delete(value);
    this.values.add(value);
    const [oldest] = this.values;
    if (this.values.size > this.countMax && oldest !== undefined) this.values.delete(oldest);
  }

  delete(value: string): void {
    this.values.delete(value);
  }
}
