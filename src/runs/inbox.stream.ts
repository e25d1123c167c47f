import type { IsoTime } from '../contracts/ids.js';
import type { RawDraft, SnapshotInfo } from '../contracts/raw-event.js';
import type { Clock } from '../contracts/time.js';
import { Bell } from '../events/bell.stream.js';
import type { InboxBudget } from './inbox-budget.js';

/** Frames of one run read ahead of the database, and their bytes; at either, reading stops and the runtime is held back. */
export const INBOX_FRAMES_MAX = 2_000;
export const INBOX_BYTES_MAX = 8 * 1024 * 1024;
/** What a frame takes in memory beside its payload, about. Bytes. */
const FRAME_BYTES = 1_024;
/** A waiting reader looks again after this long even without a ring. Milliseconds. */
const LOOK_AGAIN_MS = 5_000;

/** What was heard and is not stored yet, in order. One side reads the world, the other writes the database. */
export class Inbox {
  private readonly heard: RawDraft[] = [];
  private bytes = 0;
  private readonly toWriter = new Bell();
  private readonly toReader = new Bell();
  private readonly wakeReader = (): void => this.toReader.ring();

  constructor(
    private readonly clock: Clock,
    /** Shared by all inboxes of the process. */
    private readonly budget: InboxBudget,
  ) {}

  get size(): number {
    return this.heard.length;
  }

  /** When what has waited longest was heard. */
  get oldestAt(): IsoTime | undefined {
    return this.heard[0]?.receivedAt;
  }

  get hasRoom(): boolean {
    const hasOwnRoom = this.heard.length < INBOX_FRAMES_MAX && this.bytes < INBOX_BYTES_MAX;
    return hasOwnRoom && (this.heard.length === 0 || this.budget.hasRoom);
  }

  /** The session's state as it was reported last, if that is not stored yet. */
  get lastSnapshot(): SnapshotInfo | undefined {
    return this.heard.findLast((raw) => raw.kind === 'session-snapshot')?.info;
  }

  push(raw: RawDraft): void {
    const bytes = weightOf(raw);
    this.heard.push(raw);
    this.bytes += bytes;
    this.budget.take(bytes);
    this.toWriter.ring();
  }

  /** Wakes the writer without news, because something beside the inbox has changed. */
  wakeWriter(): void {
    this.toWriter.ring();
  }

  /** At most `max` behind the oldest `from`; they stay until `stored` says that they are in the database. */
  peek(max: number, from = 0): readonly RawDraft[] {
    return this.heard.slice(from, from + max);
  }

  stored(count: number): void {
    let bytes = 0;
    for (const raw of this.heard.splice(0, count)) bytes += weightOf(raw);
    this.bytes -= bytes;
    this.budget.giveBack(bytes);
    this.toReader.ring();
  }

  /** Nobody reads or writes any more: what is left is read again by the next process. */
  close(): void {
    this.budget.forget(this.wakeReader);
    this.stored(this.heard.length);
  }

  async untilNews(ms: number, signal: AbortSignal): Promise<void> {
    await this.toWriter.wait(ms, this.clock, signal);
  }

  untilRoom(signal: AbortSignal): Promise<void> {
    return this.until(() => this.hasRoom, signal);
  }

  untilEmpty(signal: AbortSignal): Promise<void> {
    return this.until(() => this.heard.length === 0, signal);
  }

  private async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    while (!holds() && !signal.aborted) {
      this.toWriter.ring();
      if (!this.budget.hasRoom) this.budget.tellOfRoom(this.wakeReader);
      await this.toReader.wait(LOOK_AGAIN_MS, this.clock, signal);
    }
  }
}

/** Only what comes on the stream comes in numbers that count. */
function weightOf(raw: RawDraft): number {
  return 'envelope' in raw ? raw.envelope.payload.byteLength + FRAME_BYTES : 0;
}
