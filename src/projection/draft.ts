import type { ParticipantView, Projection, ProjectionBook, RunStateView } from '../contracts/projection.js';

/**
 * A projection that events are being folded into: a copy nobody else has seen yet. What it holds is replaced, never changed in
 * place, but for the lists that were made here: so a batch of events copies each of its lists once, not once per event.
 */
export class Draft implements Projection {
  readonly projectionVersion: number;
  readonly view: { -readonly [K in keyof RunStateView]: RunStateView[K] };
  book: ProjectionBook;
  /** Whether the graph has yet to follow the participants. */
  isGraphBehind = false;
  /** Lists made here since the last `settle`. */
  private readonly own = new Set<readonly unknown[]>();

  constructor({ projectionVersion, view, book }: Projection) {
    this.projectionVersion = projectionVersion;
    this.view = { ...view };
    this.book = book;
  }

  /** What has been folded so far, for good: what follows changes none of it. */
  settle(): Projection {
    this.own.clear();
    return { projectionVersion: this.projectionVersion, view: { ...this.view }, book: this.book };
  }

  /** The list with one more entry; over the limit the oldest goes. The list that is given is used up. */
  append<T>(list: readonly T[], entry: T, countMax: number): readonly T[] {
    const next = this.owned(list);
    next.push(entry);
    while (next.length > countMax) next.shift();
    return next;
  }

  /** The list with another entry at this index, which may be the one behind its last. The list that is given is used up. */
  replace<T>(list: readonly T[], index: number, entry: T): readonly T[] {
    const next = this.owned(list);
    next[index] = entry;
    return next;
  }

  /** Whatever changes the participants comes through here. */
  setParticipants(participants: readonly ParticipantView[]): void {
    this.view.participants = participants;
    this.isGraphBehind = true;
  }

  private owned<T>(list: readonly T[]): T[] {
    if (this.own.has(list)) return list as T[];
    const copy = list.slice();
    this.own.add(copy);
    return copy;
  }
}
