import type { ServiceError } from '@grpc/grpc-js';
import type { IsoTime } from '../contracts/ids.js';
import { AppError } from '../errors/app-error.js';
import type { RpcSubject } from './grpc-status.js';
import { fromServiceError } from './rpc.client.js';

/**
 * Frames held for a slow consumer, by their number and by their bytes on the wire; at either limit reading stops until half of
 * it is left. A frame that has arrived is kept, so the bytes are passed by one frame at most.
 */
export const FRAMES_UNREAD_MAX = 256;
export const BYTES_UNREAD_MAX = 256 * 1024;
/** A stream that is not even connected after this time is given up; one that is stands, with or without headers. */
export const STREAM_OPEN_DEADLINE_MS = 10_000;

interface Arrived {
  readonly receivedAt: IsoTime;
  /** On the wire. */
  readonly bytes: number;
}

export type StreamItem<T> = Arrived &
  (
    | { readonly kind: 'message'; readonly message: T }
    /** The response headers arrived, or are kept back by a runtime that the call is connected with. Told once. */
    | { readonly kind: 'headers' }
  );

/** A message with its size on the wire. */
export class SizedMessage<T> {
  constructor(
    readonly message: T,
    readonly bytes: number,
  ) {}
}

/** What a readable grpc-js call offers, as far as it is used here. */
export interface ReadableCall {
  on(event: 'metadata' | 'end' | 'close', listener: () => void): unknown;
  on(event: 'data', listener: (message: unknown) => void): unknown;
  on(event: 'error', listener: (error: ServiceError) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  cancel(): void;
}

export interface ReaderSettings {
  readonly rpc: string;
  readonly subject: RpcSubject;
  readonly signal: AbortSignal;
  readonly framesUnreadMax: number;
  readonly bytesUnreadMax: number;
  readonly openDeadlineMs: number;
  readonly now: () => IsoTime;
  readonly isConnected: () => boolean;
}

/**
 * Reads one call at the consumer's pace: pauses it when too much lies unread. An error is thrown after all messages that
 * were read before it; grpc-js drops those it had not handed over yet, so what is delivered is a prefix without gaps.
 * Ends quietly when the signal is aborted; leaving the loop cancels the call.
 */
export class CallReader<T> {
  private readonly unread: StreamItem<T>[] = [];
  private bytesUnread = 0;
  private ended = false;
  private paused = false;
  private opened = false;
  private failure: AppError | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly call: ReadableCall,
    isMessage: (message: unknown) => message is SizedMessage<T>,
    private readonly settings: ReaderSettings,
  ) {
    call.on('metadata', () => this.addHeaders());
    call.on('data', (read) => {
      if (isMessage(read)) {
        this.add({ kind: 'message', message: read.message, receivedAt: settings.now(), bytes: read.bytes });
      }
    });
    // The error is told while messages may still lie in the call's buffer; 'end' comes after them and ends us.
    call.on('error', (error) => {
      this.failure ??= fromServiceError(error, settings.rpc, settings.subject);
    });
    call.on('end', () => this.end());
    call.on('close', () => this.end());
  }

  /**
   * What has arrived, in order and never empty; it counts as unread until the next batch is asked for. In batches, because each
   * iterator that an item passes by itself costs a few promises.
   */
  async *batches(): AsyncGenerator<readonly StreamItem<T>[], void, undefined> {
    const { signal } = this.settings;
    const onAbort = () => this.end();
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => this.checkOpened(), this.settings.openDeadlineMs);
    try {
      while (!signal.aborted) {
        const batch = this.front();
        if (batch.length > 0) {
          yield batch;
          this.release(batch);
        } else if (this.ended) break;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
      if (!signal.aborted && this.failure !== undefined) throw this.failure;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.call.cancel();
    }
  }

  private addHeaders(): void {
    if (!this.opened) this.add({ kind: 'headers', receivedAt: this.settings.now(), bytes: 0 });
  }

  private add(item: StreamItem<T>): void {
    this.opened = true;
    this.unread.push(item);
    this.bytesUnread += item.bytes;
    if (!this.paused && this.fullness() >= 1) {
      this.paused = true;
      this.call.pause();
    }
    this.ring();
  }

  /** Up to half of what may lie unread, so that the call goes on while the other half is consumed; at least one item, if there is one. */
  private front(): readonly StreamItem<T>[] {
    const { framesUnreadMax, bytesUnreadMax } = this.settings;
    let count = 0;
    let bytes = 0;
    for (const item of this.unread) {
      if (count > 0 && (count + 1 > framesUnreadMax / 2 || bytes + item.bytes > bytesUnreadMax / 2)) break;
      count += 1;
      bytes += item.bytes;
    }
    return this.unread.slice(0, count);
  }

  private release(batch: readonly StreamItem<T>[]): void {
    this.unread.splice(0, batch.length);
    for (const { bytes } of batch) this.bytesUnread -= bytes;
    if (this.paused && this.fullness() <= 1 / 2) {
      this.paused = false;
      this.call.resume();
    }
  }

  /** Of the limit that is nearer; 1 = full. */
  private fullness(): number {
    const { framesUnreadMax, bytesUnreadMax } = this.settings;
    return Math.max(this.unread.length / framesUnreadMax, this.bytesUnread / bytesUnreadMax);
  }

  private end(): void {
    this.ended = true;
    this.ring();
  }

  private ring(): void {
    this.wake?.();
    this.wake = undefined;
  }

  /** A runtime may keep its headers back until it has something to say; a standing connection is enough then. */
  private checkOpened(): void {
    if (this.opened) return;
    if (this.settings.isConnected()) return this.addHeaders();
    this.failure ??= new AppError('RUNTIME_UNAVAILABLE', `no connection for ${this.settings.rpc} in time`, {
      grpcStatus: 'UNAVAILABLE',
      retryable: true,
    });
    this.end();
  }
}
