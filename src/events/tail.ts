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

/** The newest frames of one run's log, without holes, shared by all its readers. */
export class SharedTail {
  private frames: EventFrame[] = [];
  private byteLength = 0;

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
    return this.frames.at(-1)?.seq !== before;
  }

  /** What comes after `seq`: frames, nothing ([]), or undefined when the tail does not reach back that far. */
  after(seq: number): readonly EventFrame[] | undefined {
    const first = this.frames[0];
    if (first === undefined) return [];
    if (seq + 1 < first.seq) return undefined;
    return this.frames.slice(seq + 1 - first.seq);
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
