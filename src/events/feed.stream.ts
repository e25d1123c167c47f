import type { EventFrame } from './tail.js';

/** Frames from the table, ascending without holes. */
export interface StoredPage {
  readonly frames: readonly EventFrame[];
  /** The table had no more when it was read; whatever is committed later is told. */
  readonly isLast: boolean;
}

/** Where one reader's frames come from. */
export interface FeedSource {
  /** From memory: frames after `seq`, [] for nothing new, undefined when memory does not reach back that far. */
  recent(seq: number): readonly EventFrame[] | undefined;
  /** From the table: the next page after `seq`. */
  stored(seq: number): Promise<StoredPage>;
}

/**
 * Every event of one run to a reader who always asks for what comes after the last one it was given: stored and then
 * new, ascending, each once. A wake-up only says "look again", so wake-ups may merge and none can be lost.
 */
export class Feed {
  private shallAsk = true;

  constructor(private readonly source: FeedSource) {}

  /** The events that follow `seq` without a hole; none: caught up for now. */
  async after(seq: number): Promise<readonly EventFrame[]> {
    const recent = this.source.recent(seq);
    if (recent !== undefined && (recent.length > 0 || !this.shallAsk)) return recent;
    const page = await this.source.stored(seq);
    this.shallAsk = !page.isLast;
    return page.frames;
  }

  /** After a sleep. `shallAsk`: the table is asked once memory has nothing new. */
  wake(shallAsk: boolean): void {
    this.shallAsk = shallAsk;
  }
}
