import type { EventFrame } from './tail.js';

/** Where one reader's frames come from. */
export interface FeedSource {
  /** From memory: frames after `seq`, [] for nothing new, undefined when memory does not reach back that far. */
  recent(seq: number): readonly EventFrame[] | undefined;
  /** From the table: the next page after `seq`, ascending without holes. */
  stored(seq: number): Promise<readonly EventFrame[]>;
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
    const batch = recent === undefined || (recent.length === 0 && ask) ? await source.stored(last) : recent;
    const newest = batch.at(-1);
    if (newest !== undefined) {
      last = newest.seq;
      yield batch;
      continue;
    }
    yield [];
    ask = await source.wait(signal);
  }
}
