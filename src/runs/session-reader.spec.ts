import { describe, expect, it } from 'vitest';
import { aRun, aSnapshot } from '../../test/stories/world.js';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { SessionSnapshot, SessionState } from '../contracts/session.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { GONE_MS, POLL_MS, SessionReader } from './session-reader.stream.js';

/** A reader whose run was found OPEN, and a runtime that answers each read with what comes next, or is gone. */
class Reading {
  readonly clock = new JumpingClock();
  readonly readAt: number[] = [];
  readonly told: SnapshotInfo[] = [];
  goneAt: number | undefined;
  answers: SessionState | 'gone' = 'SESSION_STATE_OPEN';
  readonly reader: SessionReader;
  private readonly begun = this.clock.now();
  private readonly signal = new AbortController().signal;

  constructor(changedInMs = 0) {
    const base = aRun();
    const stateChangedAt = isoTime(this.begun + changedInMs);
    const run = { ...base, session: { ...base.session, state: 'SESSION_STATE_OPEN' as const, stateChangedAt } };
    const getSession = (): Promise<SessionSnapshot> => {
      this.readAt.push(this.clock.now() - this.begun);
      if (this.answers === 'gone') return Promise.reject(new AppError('SESSION_NOT_FOUND', 'gone'));
      return Promise.resolve(aSnapshot(run, this.answers));
    };
    this.reader = new SessionReader(
      { provider: { getSession }, clock: this.clock, isWatched: () => true },
      () => run,
      undefined,
      (info) => this.told.push(info),
      () => Promise.resolve(void (this.goneAt ??= this.clock.now() - this.begun)),
    );
  }

  /** Reads whenever it is due. */
  async during(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    while (this.clock.now() < until) {
      if (this.reader.dueAt <= this.clock.now()) await this.reader.read(this.signal);
      await this.pass(Math.min(until, Math.max(this.reader.dueAt, this.clock.now() + 1)) - this.clock.now());
    }
  }

  private async pass(ms: number): Promise<void> {
    let passed = false;
    void this.clock.sleep(ms, this.signal).then(() => (passed = true));
    await this.clock.run(() => passed);
  }
}

describe('reading the state of a session', () => {
  it('takes a session for gone only after a second, however often the stream has it read', async () => {
    const reading = new Reading();
    reading.answers = 'gone';
    for (let times = 0; times < 3; times += 1) {
      reading.reader.soon();
      await reading.during(300);
    }
    expect(reading.goneAt).toBeUndefined();
    await reading.during(10_000);
    expect(reading.goneAt).toBeGreaterThanOrEqual(GONE_MS);
    expect(reading.goneAt).toBeLessThan(2 * GONE_MS);
  });

  it('begins to count anew when the session was found in between', async () => {
    const reading = new Reading();
    reading.answers = 'gone';
    await reading.during(GONE_MS / 2);
    reading.answers = 'SESSION_STATE_OPEN';
    await reading.during(GONE_MS);
    reading.answers = 'gone';
    reading.reader.soon();
    await reading.during(GONE_MS / 2);
    expect(reading.goneAt).toBeUndefined();
  });

  it('asks at a measured pace while the last change lies ahead of its clock', async () => {
    const reading = new Reading(5_000);
    reading.answers = 'SESSION_STATE_SUSPENDED';
    await reading.during(4_500);
    expect(reading.readAt.length).toBeLessThanOrEqual(5);
    expect(reading.told).toEqual([]);
    await reading.during(2_000);
    expect(reading.told[0]).toMatchObject({ via: 'read', state: 'SESSION_STATE_SUSPENDED' });
  });

  it('goes on reading when the clock is set back', async () => {
    const reading = new Reading();
    await reading.during(POLL_MS / 2);
    const before = reading.readAt.length;
    reading.clock.setBack(3_600_000);
    await reading.during(POLL_MS);
    expect(reading.readAt).toHaveLength(before + 1);
  });

  it('passes an end on, whatever the clock says of the last change', async () => {
    const reading = new Reading(5_000);
    reading.answers = 'SESSION_STATE_CANCELLED';
    await reading.during(1);
    expect(reading.told).toMatchObject([{ state: 'SESSION_STATE_CANCELLED' }]);
  });
});
