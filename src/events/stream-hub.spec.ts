import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config/config.js';
import type { CanonicalEvent } from '../contracts/events.js';
import type { RunId } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import { sseFrame } from './sse.js';
import { StreamHubService, type SnapshotFrame } from './stream-hub.service.js';

const RUN = 'r1' as RunId;
const OTHER = 'r2' as RunId;
const POLL_MS = 5_000;

function hubAt(env: Readonly<Record<string, string>> = {}) {
  const time = { nowMs: 1_000_000 };
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((wake) => {
      sleepers.push({ at: time.nowMs + ms, wake });
      signal.addEventListener('abort', () => wake(), { once: true });
    });
  const clock = { now: () => 0, ticks: () => time.nowMs, sleep };
  const passTime = async (ms: number) => {
    time.nowMs += ms;
    for (const { at, wake } of sleepers) if (at <= time.nowMs) wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    hub: new StreamHubService(
      parseConfig(env, () => ''),
      clock,
    ),
    time,
    passTime,
  };
}

const runOf = (id: RunId) => ({ id }) as object as Run;
const eventOf = (seq: number) =>
  ({ seq, type: 'run.started', source: {}, subject: {}, data: {} }) as object as CanonicalEvent;
const newsOf = (id: RunId, seq: number) => ({ run: runOf(id), count: 1, hasEnded: false, events: [eventOf(seq)] });
const snapshotAt = (seq: number): SnapshotFrame => ({
  seq,
  status: 'running',
  bytes: sseFrame({ event: 'snapshot', data: '{}' }),
});

describe('StreamHubService', () => {
  it('keeps something only for runs that somebody reads', () => {
    const { hub } = hubAt();
    hub.publishEvent(newsOf(RUN, 1));
    expect(hub.load()).toEqual({ subscribers: 0, runs: 0 });
    const reader = hub.subscribe(RUN);
    expect(reader.tail.after(0)).toEqual([]);
    hub.publishEvent(newsOf(OTHER, 1));
    hub.publishEvent(newsOf(RUN, 2));
    expect(reader.tail.after(1)?.map(({ seq }) => seq)).toEqual([2]);
    expect(hub.load()).toEqual({ subscribers: 1, runs: 1 });
    reader.release();
    reader.release();
    expect(hub.load()).toEqual({ subscribers: 0, runs: 0 });
  });

  it('serialises an event once for all readers', () => {
    const { hub } = hubAt();
    const [one, two] = [hub.subscribe(RUN), hub.subscribe(RUN)];
    hub.publishEvent(newsOf(RUN, 1));
    expect(one.tail.after(0)?.[0]?.bytes).toBe(two.tail.after(0)?.[0]?.bytes);
  });

  it('rings the readers of the run that advanced, and a reader whose time has come', async () => {
    const { hub, time, passTime } = hubAt();
    const heard: string[] = [];
    for (const [name, run] of Object.entries({ one: RUN, two: RUN, other: OTHER })) {
      const reader = hub.subscribe(run);
      reader.attend({ ring: () => heard.push(name), cut: () => undefined });
      reader.sleepUntil(time.nowMs + (name === 'two' ? 1_000 : 9_000));
    }
    hub.publishEvent(newsOf(RUN, 1));
    expect(heard.splice(0)).toEqual(['one', 'two']);
    hub.publishEvent(newsOf(OTHER, 1));
    expect(heard.splice(0)).toEqual(['other']);
    await passTime(1_050);
    expect(heard).toEqual(['two']);
  });

  it('sends whoever came since a change was worked out to the table', () => {
    const { hub } = hubAt();
    expect(hub.isRead(RUN)).toBe(false);
    const reader = hub.subscribe(RUN);
    expect([hub.isRead(RUN), hub.isRead(OTHER)]).toEqual([true, false]);
    let rings = 0;
    reader.attend({ ring: () => (rings += 1), cut: () => undefined });
    hub.publishEvent({ run: runOf(RUN), count: 2, hasEnded: false });
    expect(rings).toBe(1);
    expect(reader.tail.after(0)).toEqual([]);
    expect(reader.claimAsking(POLL_MS)).toBe(true);
  });

  it('lets one reader ask the table for all of them', () => {
    const { hub, time } = hubAt();
    const readers = [hub.subscribe(RUN), hub.subscribe(RUN), hub.subscribe(RUN)];
    const claims = () => readers.map((reader) => reader.claimAsking(POLL_MS));
    expect(claims()).toEqual([false, false, false]);
    time.nowMs += POLL_MS;
    expect(claims()).toEqual([true, false, false]);
    readers[2]?.noteStale();
    expect(claims()).toEqual([true, false, false]);
    readers[0]?.share([{ seq: 1, bytes: Buffer.alloc(1) }]);
    expect(readers[2]?.tail.after(0)).toHaveLength(1);
  });

  it('hands out no state from before a repair', async () => {
    const { hub } = hubAt();
    const reader = hub.subscribe(RUN);
    const states: SnapshotFrame[] = [];
    const read = () => {
      const state = snapshotAt(5);
      states.push(state);
      return Promise.resolve(state);
    };
    const begun = reader.snapshot(5, read, 100);
    hub.forgetSnapshot(RUN);
    expect(await begun).toBe(states[0]);
    expect(await reader.snapshot(5, read, 0)).toBe(states[1]);
    expect(await reader.snapshot(5, read, 0)).toBe(states[1]);
    hub.forgetSnapshot(RUN);
    expect(await reader.snapshot(5, read, 100)).toBe(states[2]);
    reader.release();
  });

  it('reads a state once for all who want it, and not again too soon', async () => {
    const { hub, time } = hubAt();
    const [one, two] = [hub.subscribe(RUN), hub.subscribe(RUN)];
    let seq = 5;
    let reads = 0;
    const read = () => {
      reads += 1;
      return Promise.resolve(snapshotAt(seq));
    };
    const both = await Promise.all([one.snapshot(5, read, 100), two.snapshot(3, read, 100)]);
    expect(both.map((snapshot) => snapshot?.seq)).toEqual([5, 5]);
    seq = 6;
    expect((await two.snapshot(5, read, 100))?.seq).toBe(5);
    expect(await two.snapshot(6, read, 100)).toBeUndefined();
    expect(reads).toBe(1);
    time.nowMs += 100;
    expect((await two.snapshot(6, read, 100))?.seq).toBe(6);
    expect(reads).toBe(2);
  });

  it('asks again when a read of others was too old', async () => {
    const { hub } = hubAt();
    const [one, two] = [hub.subscribe(RUN), hub.subscribe(RUN)];
    const answers = [snapshotAt(1), snapshotAt(2)];
    const read = () => Promise.resolve(answers.shift() ?? snapshotAt(9));
    const [first, second] = await Promise.all([one.snapshot(1, read, 0), two.snapshot(2, read, 0)]);
    expect([first?.seq, second?.seq]).toEqual([1, 2]);
  });

  it('survives a failed read', async () => {
    const { hub } = hubAt();
    const reader = hub.subscribe(RUN);
    await expect(reader.snapshot(1, () => Promise.reject(new Error('away')), 0)).rejects.toThrow('away');
    expect((await reader.snapshot(1, () => Promise.resolve(snapshotAt(1)), 0))?.seq).toBe(1);
  });

  it('has limits per run and in all, and takes nobody while stopping', async () => {
    const { hub } = hubAt({ SSE_SUBSCRIBERS_PER_RUN_MAX: '1', SSE_SUBSCRIBERS_MAX: '2' });
    const refused = (code: string) => expect.objectContaining({ code }) as Error;
    const reader = hub.subscribe(RUN);
    expect(() => hub.subscribe(RUN)).toThrow(refused('TOO_MANY_SUBSCRIBERS'));
    const other = hub.subscribe(OTHER);
    expect(() => hub.subscribe('r3' as RunId)).toThrow(refused('TOO_MANY_SUBSCRIBERS'));
    reader.release();
    other.release();
    await hub.onModuleDestroy();
    expect(() => hub.subscribe(RUN)).toThrow(refused('SHUTTING_DOWN'));
  });

  it('lets readers say goodbye when the process stops, and cuts those that do not go', async () => {
    const { hub } = hubAt();
    const heard: string[] = [];
    const [polite, stuck] = [hub.subscribe(RUN), hub.subscribe(RUN)];
    polite.attend({ ring: () => polite.release(), cut: () => heard.push('polite cut') });
    stuck.attend({
      ring: () => heard.push('stuck rung'),
      cut: () => {
        heard.push('stuck cut');
        stuck.release();
      },
    });
    await hub.onModuleDestroy();
    expect(heard).toEqual(['stuck rung', 'stuck cut']);
    expect(hub.load().subscribers).toBe(0);
  });
});
