import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { errorOf } from '../api/api-error.js';
import { send } from '../api/client.js';

/** A stream that sends nothing for this long is dead, whatever the socket says: the server’s heartbeats come more often. */
const SILENCE_MS_MAX = 45_000;
/** UTF-16 units of one unfinished frame; a longer one ends the stream with an error. */
const FRAME_LENGTH_MAX = 16_777_216;

export interface SseFrame {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/**
 * Reads a stream of server-sent events through fetch, so that a bearer can go with it. Resolves when the server ends the
 * stream; rejects with ApiError when it refuses, or with whatever broke the connection.
 */
export async function readEventStream(
  url: URL,
  options: {
    readonly lastEventId?: string | undefined;
    readonly signal: AbortSignal;
    readonly onOpen: () => void;
    readonly onFrame: (frame: SseFrame) => void;
  },
): Promise<void> {
  const silence = new Silence(options.signal);
  try {
    const response = await send(requestOf(url, options.lastEventId, silence.signal));
    if (!response.ok) throw errorOf(response.status, await response.json().catch(() => undefined));
    // A page for signing in, as a proxy has them, is no stream.
    if (!isEventStream(response)) throw errorOf(response.status, undefined);
    if (!response.body) return;
    options.onOpen();
    const parser = createParser({
      onEvent: (message) => options.onFrame(frameOf(message)),
      maxBufferSize: FRAME_LENGTH_MAX,
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      silence.broken();
      parser.feed(value);
    }
  } finally {
    silence.end();
  }
}

function requestOf(url: URL, lastEventId: string | undefined, signal: AbortSignal): Request {
  const headers = { accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
  return new Request(url, { headers, signal, cache: 'no-store' });
}

function isEventStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') === true;
}

function frameOf({ event, data, id }: EventSourceMessage): SseFrame {
  return { event: event ?? 'message', data, id };
}

/** Aborts when nothing was heard for too long, and when the outer signal does. */
class Silence {
  private readonly controller = new AbortController();
  private timer: number;

  constructor(private readonly outer: AbortSignal) {
    if (outer.aborted) this.controller.abort();
    outer.addEventListener('abort', this.abort);
    this.timer = window.setTimeout(this.abort, SILENCE_MS_MAX);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  broken(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(this.abort, SILENCE_MS_MAX);
  }

  end(): void {
    window.clearTimeout(this.timer);
    this.outer.removeEventListener('abort', this.abort);
    this.controller.abort();
  }

  private readonly abort = (): void => this.controller.abort();
}
