import type { Session } from './session.js';

export interface SessionPage {
  readonly sessions: readonly Session[];
  /** Undefined = this was the last page. */
  readonly lastId?: string;
}

/** The sessions in memory, by id. */
export class Sessions {
  private readonly byId = new Map<string, Session>();
  /** Sorted ids; undefined after a change of membership. */
  private sorted: string[] | undefined;

  get size(): number {
    return this.byId.size;
  }

  find(id: string): Session | undefined {
    return this.byId.get(id);
  }

  all(): IterableIterator<Session> {
    return this.byId.values();
  }

  add(session: Session): void {
    this.byId.set(session.id, session);
    this.sorted = undefined;
  }

  remove(id: string): void {
    this.byId.delete(id);
    this.sorted = undefined;
  }

  /** Ascending by id, strictly after `afterId`. */
  page(afterId: string, size: number): SessionPage {
    this.sorted ??= [...this.byId.keys()].sort();
    const from = afterId === '' ? 0 : firstAfter(this.sorted, afterId);
    const ids = this.sorted.slice(from, from + size);
    const sessions = ids.flatMap((id) => this.byId.get(id) ?? []);
    const lastId = ids.at(-1);
    return lastId !== undefined && from + size < this.sorted.length ? { sessions, lastId } : { sessions };
  }

  /** How many of this initiator's sessions are OPEN and unexpired. */
  countOpen(initiator: string, now: number): number {
    let count = 0;
    for (const session of this.byId.values()) {
      if (session.initiator === initiator && session.status === 'OPEN' && now <= session.deadline) count += 1;
    }
    return count;
  }
}

/** The index of the first id greater than `id`. */
function firstAfter(sorted: readonly string[], id: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const candidate = sorted[middle];
    if (candidate !== undefined && candidate > id) high = middle;
    else low = middle + 1;
  }
  return low;
}
