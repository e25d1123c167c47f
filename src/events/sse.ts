/** Names of the frames of a run's stream. None is ever called `error`: browsers take that for a broken connection. */
export type SseFrameName = 'snapshot' | 'canonical_event' | 'heartbeat' | 'gap' | 'end';

export interface SseFrame {
  readonly event: SseFrameName;
  /** JSON text on one line, as JSON.stringify writes it. */
  readonly data: string;
  /** Only canonical events have one, so that nothing else can move a client's Last-Event-ID. */
  readonly id?: number;
  /** Milliseconds a client should wait before it comes back. */
  readonly retryMs?: number;
}

/** One frame as it goes over the wire. */
export function sseFrame(frame: SseFrame): Buffer {
  const id = frame.id === undefined ? '' : `id: ${frame.id}\n`;
  const retry = frame.retryMs === undefined ? '' : `retry: ${frame.retryMs}\n`;
  return Buffer.from(`${retry}event: ${frame.event}\n${id}data: ${frame.data}\n\n`);
}

/** No framework, proxy or browser may hold back, change or keep any of it. */
export const SSE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** The position of a `Last-Event-ID` header, or undefined when it is not one of ours. */
export function parseLastEventId(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,15}$/.test(header)) return undefined;
  return Number(header);
}
