import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** One frame of a run's stream, parsed. */
export interface Frame {
  readonly event: string;
  readonly id: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads a stream until it ends, `enough` says so, or `signal` aborts; resolves with the frames so far. */
export async function readFrames(
  url: string,
  options: {
    readonly lastEventId?: number | undefined;
    readonly enough?: (frames: readonly Frame[]) => boolean;
    readonly signal: AbortSignal;
  },
): Promise<readonly Frame[]> {
  const stop = new AbortController();
  const frames: Frame[] = [];
  const { lastEventId, enough = () => false } = options;
  const parser = createParser({ onEvent: (message) => frames.push(toFrame(message)) });
  try {
    const response = await fetch(url, {
      headers: {
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
      },
      signal: AbortSignal.any([stop.signal, options.signal]),
    });
    if (response.status === 204) return frames;
    if (response.status !== 200 || !response.body)
      throw new Error(`${url}: ${response.status} ${await response.text()}`);
    const decoder = new TextDecoder();
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (enough(frames)) break;
    }
  } catch (error) {
    // Leaving is how a reader stops; what was read before counts.
    if (!options.signal.aborted) throw error;
  } finally {
    stop.abort();
  }
  return frames;
}

export function eventsIn(frames: readonly Frame[]): readonly Frame[] {
  return frames.filter(({ event }) => event === 'canonical_event');
}

function toFrame({ event, id, data }: EventSourceMessage): Frame {
  return {
    event: event ?? 'message',
    id: id === undefined ? undefined : Number(id),
    data: JSON.parse(data) as Frame['data'],
  };
}
