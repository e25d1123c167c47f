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
  /** Waits until something may be due. True when the table should be asked, although memory has nothing new. */
  wait(signal: AbortSignal): Promise<boolean>;
}

/**
 * Every event of one run after `after`: stored and then new, ascending, each once. A wake-up only says "look again after
 * your last seq", so wake-ups may merge and none can be lost. An empty batch means: caught up, about to wait.
 */
export async function* feed(
  source: FeedSource,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<readonly EventFrame[], void, undefined> {
  let last = after;
  let ask = true;
  while (!signal.aborted) {
    const recent = source.recent(last);
    let batch = recent ?? [];
    if (recent === undefined || (recent.length === 0 && ask)) {
      const page = await source.stored(last);
      batch = page.frames;
      ask = !page.isLast;
    }
    const newest = batch.at(-1);
    yield batch;
    if (newest === undefined) ask = await source.wait(signal);
    else last = newest.seq;
  }
}
