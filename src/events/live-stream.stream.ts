import type { ServerResponse } from 'node:http';
import { endResponse, writeFrames } from './sse-writer.stream.js';

/** What one client is sent, turn by turn. */
export interface TurnSource {
  /** Everything that is to be sent now; ends when there is nothing more for now. */
  turn(): AsyncGenerator<readonly Buffer[], void, undefined>;
  /** The last frame was given. */
  readonly isOver: boolean;
  /** When to take the next turn, if nothing rings before: in the clock's ticks. */
  wakeAt(): number;
}

/** Whoever opened the stream. */
export interface StreamOwner {
  readonly bufferedBytesMax: number;
  /** Rings the stream when that time (in the clock's ticks) has come, or before. */
  sleepUntil(at: number): void;
  /** The source broke; the client is cut, and resumes by position. */
  noteBroken(error: unknown): void;
}

/**
 * An open stream: turns while something is to be sent, and asleep in between. Asleep it is this object and nothing else,
 * no timer, no promise and no generator, because most streams sleep most of the time.
 */
export class LiveStream {
  private isAwake = false;
  private isRung = false;

  constructor(
    private readonly source: TurnSource,
    private readonly response: ServerResponse,
    private readonly owner: StreamOwner,
  ) {}

  /** Look again. A ring during a turn makes it take another one; several become one. */
  ring(): void {
    this.isRung = true;
    if (!this.isAwake) void this.takeTurns();
  }

  /** Does not wait for the client. */
  cut(): void {
    this.response.destroy();
  }

  private async takeTurns(): Promise<void> {
    this.isAwake = true;
    try {
      while (this.isRung && !this.isOver()) {
        this.isRung = false;
        await writeFrames(this.source.turn(), this.response, this.owner.bufferedBytesMax);
        if (this.source.isOver) await endResponse(this.response);
      }
    } catch (error) {
      // The answer has begun, so only the end of the connection can tell.
      this.owner.noteBroken(error);
      this.response.destroy();
    }
    this.isAwake = false;
    if (!this.isOver()) this.owner.sleepUntil(this.source.wakeAt());
  }

  private isOver(): boolean {
    return this.response.destroyed || this.source.isOver;
  }
}
