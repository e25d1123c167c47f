import { request, type IncomingMessage } from 'node:http';
import { now } from './clock.js';
import { FrameScanner } from './frame-scanner.js';

export interface SubscriberOptions {
  readonly signal: AbortSignal;
  /** Resume after this event. */
  readonly lastEventId?: number;
  /** Told of every frame, with its bytes (valid during the call only). */
  readonly onFrame?: (name: string, bytes: Buffer) => void;
}

/** One client of a run's stream. It notes when each event came and checks that none is missing or out of order. */
export class Subscriber {
  /** Place in the log and time of arrival (by `now()`) of each event, in pairs. */
  readonly seqs: number[] = [];
  readonly times: number[] = [];
  readonly openedAt = now();
  /** Bytes by the name of their frame. */
  readonly bytes = new Map<string, number>();
  frames = 0;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  /** What was wrong with the order of the events; the stream is left then. */
  disorder: Error | undefined;
  private readonly waiting: { readonly seq: number; readonly resolve: () => void }[] = [];

  private constructor(
    private readonly response: IncomingMessage,
    private readonly options: SubscriberOptions,
  ) {
    const scanner = new FrameScanner((name, id, bytes) => this.hear(name, id, bytes));
    response.on('data', (chunk: Buffer) => scanner.feed(chunk));
    response.on('error', () => undefined);
    this.closed = new Promise((resolve) => response.once('close', () => resolve()));
  }

  /** Resolves when the response headers are there; throws for any answer but 200. */
  static open(url: string, options: SubscriberOptions): Promise<Subscriber> {
    const { signal, lastEventId } = options;
    const headers = {
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { agent: false, headers, signal }, (response) => {
        if (response.statusCode === 200) resolve(new Subscriber(response, options));
        else reject(new Error(`GET ${url} answered ${response.statusCode ?? 0}`));
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  get lastSeq(): number {
    return this.seqs.at(-1) ?? this.options.lastEventId ?? 0;
  }

  /** Resolves when this event, or a later one, has come. */
  async reached(seq: number): Promise<void> {
    if (this.lastSeq >= seq && this.seqs.length > 0) return;
    const { signal } = this.options;
    const come = new Promise<void>((resolve) => this.waiting.push({ seq, resolve }));
    const broken = this.closed.then(() => {
      if (this.disorder !== undefined) throw this.disorder;
      // The last frames and the end may come in one piece.
      if (this.lastSeq < seq) throw new Error(`the stream ended at event ${this.lastSeq}, before ${seq}`);
    });
    await Promise.race([come, broken]);
    signal.throwIfAborted();
  }

  /** Stops taking anything off the socket. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  leave(): void {
    this.response.destroy();
  }

  private hear(name: string, id: number | undefined, bytes: Buffer): void {
    this.frames += 1;
    this.bytes.set(name, (this.bytes.get(name) ?? 0) + bytes.length);
    if (id !== undefined) this.note(id);
    this.options.onFrame?.(name, bytes);
  }

  private note(seq: number): void {
    const previous = this.seqs.at(-1) ?? this.options.lastEventId;
    if (previous !== undefined && seq !== previous + 1) {
      this.disorder ??= new Error(`event ${seq} came after event ${previous}`);
      this.leave();
      return;
    }
    this.seqs.push(seq);
    this.times.push(now());
    if (this.waiting.length === 0) return;
    for (const { resolve } of this.waiting.filter((waiter) => waiter.seq <= seq)) resolve();
    const later = this.waiting.filter((waiter) => waiter.seq > seq);
    this.waiting.splice(0, this.waiting.length, ...later);
  }
}

/** Opens many, a few at a time, so that the listener's backlog does not decide. */
export async function openMany(
  urls: readonly string[],
  optionsFor: (index: number) => SubscriberOptions,
  atOnce = 50,
): Promise<readonly Subscriber[]> {
  const opened: Subscriber[] = [];
  for (let from = 0; from < urls.length; from += atOnce) {
    const part = urls.slice(from, from + atOnce);
    opened.push(...(await Promise.all(part.map((url, index) => Subscriber.open(url, optionsFor(from + index))))));
  }
  return opened;
}
