import type { ServiceError } from '@grpc/grpc-js';
import type { IsoTime } from '../contracts/ids.js';
import { AppError } from '../errors/app-error.js';
import type { RpcSubject } from './grpc-status.js';
import { fromServiceError } from './rpc.client.js';

/** Frames held for a slow consumer; at this number reading stops until half of them are taken. */
export const FRAMES_UNREAD_MAX = 256;
/** A stream that is not even connected after this time is given up; one that is stands, with or without headers. */
export const STREAM_OPEN_DEADLINE_MS = 10_000;

export type StreamItem<T> =
  /** The response headers arrived, or are kept back by a runtime that the call is connected with. Told once. */
  | { readonly kind: 'headers'; readonly receivedAt: IsoTime }
  | { readonly kind: 'message'; readonly message: T; readonly receivedAt: IsoTime };

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
  private ended = false;
  private paused = false;
  private opened = false;
  private failure: AppError | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly call: ReadableCall,
    isMessage: (message: unknown) => message is T,
    private readonly settings: ReaderSettings,
  ) {
    call.on('metadata', () => this.addHeaders());
    call.on('data', (message) => {
      if (isMessage(message)) this.add({ kind: 'message', message, receivedAt: settings.now() });
    });
    // The error is told while messages may still lie in the call's buffer; 'end' comes after them and ends us.
    call.on('error', (error) => {
      this.failure ??= fromServiceError(error, settings.rpc, settings.subject);
    });
    call.on('end', () => this.end());
    call.on('close', () => this.end());
  }

  async *items(): AsyncGenerator<StreamItem<T>, void, undefined> {
    const { signal } = this.settings;
    const onAbort = () => this.end();
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => this.checkOpened(), this.settings.openDeadlineMs);
    try {
      while (!signal.aborted) {
        const item = this.take();
        if (item !== undefined) yield item;
        else if (this.ended) break;
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
    if (!this.opened) this.add({ kind: 'headers', receivedAt: this.settings.now() });
  }

  private add(item: StreamItem<T>): void {
    this.opened = true;
    this.unread.push(item);
    if (!this.paused && this.unread.length >= this.settings.framesUnreadMax) {
      this.paused = true;
      this.call.pause();
    }
    this.ring();
  }

  private take(): StreamItem<T> | undefined {
    const item = this.unread.shift();
    if (this.paused && this.unread.length <= this.settings.framesUnreadMax / 2) {
      this.paused = false;
      this.call.resume();
    }
    return item;
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
