import type { RunStatus } from '../contracts/run.js';

/** One canonical event, ready to be sent to any number of readers. */
export interface EventFrame {
  readonly seq: number;
  readonly bytes: Buffer;
  /** The run's status from this event on; absent on events that do not change it. */
  readonly status?: RunStatus;
}

/** Frames kept for the readers of one run; whoever falls further behind reads the table. */
export const TAIL_FRAMES_MAX = 1_000;
export const TAIL_BYTES_MAX = 4_194_304;

/** What the tails of all runs keep together. Beyond it lies one frame per run at most. */
export const TAILS_BYTES_MAX = 256 * 1024 * 1024;

/**
 * What the tails of all runs weigh together. At the limit those that were not added to for longest keep their newest
 * frame only: their readers have had time, and who has not read the table.
 */
export class TailBudget {
  /** Bytes of each tail that has something to give, the one not added to for longest first. */
  private readonly weights = new Map<SharedTail, number>();
  private bytes = 0;

  constructor(private readonly bytesMax = TAILS_BYTES_MAX) {}

  note(tail: SharedTail, bytes: number): void {
    this.forget(tail);
    this.weights.set(tail, bytes);
    this.bytes += bytes;
    for (const oldest of this.weights.keys()) {
      if (this.bytes <= this.bytesMax) return;
      this.forget(oldest);
      oldest.shrink();
    }
  }

  forget(tail: SharedTail): void {
    this.bytes -= this.weights.get(tail) ?? 0;
    this.weights.delete(tail);
  }
}

/** The newest frames of one run's log, without holes, shared by all its readers. */
export class SharedTail {
  private frames: EventFrame[] = [];
  private byteLength = 0;

  /** The budget is shared by all tails of the process; it must be told to forget a tail that nobody reads any more. */
  constructor(private readonly budget: TailBudget) {}

  /**
   * Takes frames in ascending order. Known ones are skipped. After a hole the older frames are forgotten: a tail has
   * none, and the table fills it. True when something was new.
   */
  append(frames: readonly EventFrame[]): boolean {
    const before = this.frames.at(-1)?.seq;
    for (const frame of frames) {
      const last = this.frames.at(-1)?.seq;
      if (last !== undefined && frame.seq <= last) continue;
      if (last !== undefined && frame.seq > last + 1) this.clear();
      this.frames.push(frame);
      this.byteLength += frame.bytes.length;
    }
    this.trim();
    const isNew = this.frames.at(-1)?.seq !== before;
    if (isNew) this.budget.note(this, this.byteLength);
    return isNew;
  }

  /** What comes after `seq`: frames, nothing ([]), or undefined when the tail does not reach back that far. */
  after(seq: number): readonly EventFrame[] | undefined {
    const first = this.frames[0];
    if (first === undefined) return [];
    if (seq + 1 < first.seq) return undefined;
    return this.frames.slice(seq + 1 - first.seq);
  }

  /** Keeps the newest frame only, by which whoever is behind knows it. */
  shrink(): void {
    this.frames = this.frames.slice(-1);
    this.byteLength = this.frames[0]?.bytes.length ?? 0;
  }

  private clear(): void {
    this.frames = [];
    this.byteLength = 0;
  }

  /** The newest frame stays, whatever its size. */
  private trim(): void {
    let drop = 0;
    while (this.frames.length - drop > TAIL_FRAMES_MAX || this.byteLength > TAIL_BYTES_MAX) {
      const oldest = this.frames[drop];
      if (oldest === undefined || drop === this.frames.length - 1) break;
      this.byteLength -= oldest.bytes.length;
      drop += 1;
    }
    if (drop > 0) this.frames.splice(0, drop);
  }
}
