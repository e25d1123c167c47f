import { setTimeout as sleep } from 'node:timers/promises';
import type { Accepted } from './sender.client.js';
import type { Stage } from './stage.js';
import type { Subscriber } from './subscriber.client.js';

const POLL_MS = 20;

interface Event {
  readonly seq: number;
  readonly data: { readonly messageId: string };
}

/**
 * Milliseconds from the acceptance of each envelope to its `message.received` at each subscriber. Waits until all have
 * come. Which event belongs to which envelope is read from the service afterwards, so that no frame is parsed meanwhile.
 */
export async function delays(
  stage: Stage,
  runId: string,
  sent: readonly Accepted[],
  readers: readonly Subscriber[],
  pageSize: number,
): Promise<readonly number[]> {
  const acceptedAt = new Map(sent.map(({ messageId, acceptedAtMs }) => [messageId, acceptedAtMs]));
  const bySeq = new Map<number, number>();
  for (let afterSeq = 0; bySeq.size < sent.length;) {
    const page = await stage.api.get<readonly Event[]>(
      `/runs/${runId}/events?type=message.received&afterSeq=${afterSeq}&limit=${pageSize}`,
    );
    for (const { seq, data } of page) {
      const at = acceptedAt.get(data.messageId);
      if (at !== undefined) bySeq.set(seq, at);
    }
    // Nothing further yet: the last envelopes are still on their way, and are asked for again.
    afterSeq = page.at(-1)?.seq ?? afterSeq;
    if (page.length < pageSize) await sleep(POLL_MS, undefined, { signal: stage.signal });
  }
  const last = Math.max(...bySeq.keys());
  await Promise.all(readers.map((reader) => reader.reached(last)));
  return readers.flatMap(({ seqs, times }) =>
    seqs.flatMap((seq, index) => {
      const at = bySeq.get(seq);
      return at === undefined ? [] : [(times[index] ?? 0) - at];
    }),
  );
}
