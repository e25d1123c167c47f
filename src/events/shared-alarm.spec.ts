import { describe, expect, it } from 'vitest';
import { SharedAlarm, type Sleeper } from './shared-alarm.stream.js';

/** A clock whose sleepers wait until it is moved. */
class HandClock {
  nowMs = 1_000;
  readonly sleeps: { readonly at: number; readonly wake: () => void }[] = [];

  now = (): number => this.nowMs;

  ticks = this.now;

  sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.sleeps.push({ at: this.nowMs + ms, wake });
    });

  async moveTo(nowMs: number): Promise<void> {
    this.nowMs = nowMs;
    for (const { at, wake } of this.sleeps) if (at <= nowMs) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class Person implements Sleeper {
  wakeAt = Infinity;
  readonly rungAt: number[] = [];

  constructor(private readonly clock: HandClock) {}

  ring(): void {
    this.rungAt.push(this.clock.nowMs);
    this.wakeAt = Infinity;
  }
}

function bedroom(count: number) {
  const clock = new HandClock();
  const people = Array.from({ length: count }, () => new Person(clock));
  const leave = new AbortController();
  const alarm = new SharedAlarm(() => people, clock, leave.signal);
  const sleep = (person: Person | undefined, at: number): void => {
    if (person !== undefined) person.wakeAt = at;
    alarm.set(at);
  };
  return { clock, people, leave, sleep, rung: () => people.map(({ rungAt }) => rungAt) };
}

describe('SharedAlarm', () => {
  it('rings each sleeper when its time has come, in whatever order they went to sleep', async () => {
    const { clock, people, sleep, rung } = bedroom(3);
    sleep(people[0], 3_000);
    sleep(people[1], 2_000);
    sleep(people[2], 2_500);
    for (let at = 1_050; at <= 4_000; at += 50) await clock.moveTo(at);
    expect(rung()).toEqual([[3_000], [2_000], [2_500]]);
  });

  it('takes one timer for sleepers with nearby times', async () => {
    const { clock, people, sleep, rung } = bedroom(100);
    for (const [index, person] of people.entries()) sleep(person, 2_001 + (index % 50));
    expect(clock.sleeps.length).toBeLessThanOrEqual(2);
    await clock.moveTo(2_050);
    expect(rung()).toEqual(people.map(() => [2_050]));
  });

  it('sets only alarms that go off before all others', async () => {
    const { clock, people, sleep, rung } = bedroom(1);
    for (let turn = 0; turn < 50; turn += 1) sleep(people[0], 60_000 + turn * 100);
    expect(clock.sleeps).toHaveLength(1);
    await clock.moveTo(60_000);
    expect(rung()).toEqual([[]]);
    await clock.moveTo(64_900);
    expect(rung()).toEqual([[64_900]]);
  });

  it('is silent once its signal is aborted', async () => {
    const { clock, people, leave, sleep, rung } = bedroom(1);
    sleep(people[0], 2_000);
    leave.abort();
    await clock.moveTo(3_000);
    expect(rung()).toEqual([[]]);
  });
});
