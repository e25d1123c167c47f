import fc from 'fast-check';
import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import type { RunId } from '../contracts/ids.js';
import type { RunStatus } from '../contracts/run.js';
import { sseFrame } from './sse.js';
import type { SnapshotFrame } from './stream-hub.service.js';
import { SubscriberStream, type StreamPlan, type StreamWorld } from './subscriber.stream.js';
import type { EventFrame } from './tail.js';

const TIMES = {
  heartbeatMs: 15_000,
  lifetimeMs: 3_600_000,
  snapshotIntervalMs: 500,
  snapshotBytesPerSecondMax: 262_144,
};
const POLL_MS = 5_000;
const TAIL = 4;
const PAGE = 3;

interface Heard {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
  readonly at: number;
}

/** A run's log in memory, with a clock that moves only while the reader sleeps. `script` is played one step per nap. */
class ScriptedRun {
  readonly frames: EventFrame[] = [];
  readonly stopping = new AbortController();
  nowMs = 0;
  /** How far the time of day was set back. */
  setBackMs = 0;
  naps = 0;
  /** How far memory lags behind the table: news of another process. */
  unheard = 0;
  snapshotBytes = 200;
  /** How often the table was asked. */
  asked = 0;
  private askedAt = 0;
  private isStale = false;
  /** The database cannot be reached. */
  isAway = false;

  constructor(
    private readonly script: readonly (() => void)[] = [],
    private readonly napsMax = 400,
  ) {}

  append(status?: RunStatus): void {
    const seq = this.frames.length + 1;
    const bytes = sseFrame({ event: 'canonical_event', id: seq, data: JSON.stringify({ seq }) });
    this.frames.push({ seq, bytes, ...(status === undefined ? {} : { status }) });
  }

  appendElsewhere(): void {
    this.append();
    this.unheard += 1;
  }

  appendMany(count: number): void {
    this.unheard = 0;
    for (let index = 0; index < count; index += 1) this.append();
  }

  world(): StreamWorld {
    return {
      clock: { now: () => this.nowMs - this.setBackMs, ticks: () => this.nowMs, sleep: () => Promise.resolve() },
      stopping: this.stopping.signal,
      recent: (seq) => this.recent(seq),
      stored: (seq) => Promise.resolve(this.stored(seq)),
      snapshot: () => Promise.resolve(this.isAway ? undefined : this.snapshot()),
      pollDueAt: () => this.askedAt + POLL_MS,
      noteStale: () => {
        this.isStale = true;
      },
      claimAsking: () => this.claimAsking(),
    };
  }

  private stored(seq: number) {
    this.asked += 1;
    const frames = this.isAway ? [] : this.frames.slice(seq, seq + PAGE);
    return { frames, isLast: frames.length < PAGE };
  }

  private recent(seq: number): readonly EventFrame[] | undefined {
    const end = this.frames.length - this.unheard;
    const start = Math.max(0, end - TAIL);
    return seq < start ? undefined : this.frames.slice(seq, Math.max(seq, end));
  }

  snapshot(): SnapshotFrame {
    const seq = this.frames.length;
    const status = this.frames.findLast((frame) => frame.status !== undefined)?.status ?? 'running';
    const data = JSON.stringify({ timeline: { latestSeq: seq }, pad: 'x'.repeat(this.snapshotBytes) });
    return { seq, status, bytes: sseFrame({ event: 'snapshot', data }) };
  }

  private claimAsking(): boolean {
    if (!this.isStale && this.nowMs < this.askedAt + POLL_MS) return false;
    this.isStale = false;
    this.askedAt = this.nowMs;
    return true;
  }

  /** False when the script is long over, and the client leaves. */
  nap(ms: number): boolean {
    const step = this.script[this.naps];
    this.naps += 1;
    if (step === undefined) {
      this.nowMs += ms;
    } else {
      this.nowMs += Math.min(ms, 100);
      step();
    }
    return this.naps <= this.napsMax;
  }
}

function planOf(run: ScriptedRun, given: Partial<StreamPlan> = {}): StreamPlan {
  return {
    runId: 'r1' as RunId,
    after: 0,
    latestSeq: run.frames.length,
    status: 'running',
    connectSnapshot: run.snapshot(),
    liveSnapshots: true,
    closeOnEnd: false,
    times: TIMES,
    ...given,
  };
}

async function listen(run: ScriptedRun, given: Partial<StreamPlan> = {}, framesMax = Infinity): Promise<Heard[]> {
  const heard: Heard[] = [];
  const stream = new SubscriberStream(planOf(run, given), run.world());
  const parser = createParser({
    onEvent: ({ event, id, data }) => {
      heard.push({ event: event ?? '', id, data: JSON.parse(data) as Record<string, unknown>, at: run.nowMs });
    },
  });
  do {
    for await (const batch of stream.turn()) {
      for (const bytes of batch) parser.feed(bytes.toString());
      if (heard.length >= framesMax) return heard;
    }
  } while (!stream.isOver && run.nap(Math.max(0, stream.wakeAt() - run.nowMs)));
  return heard;
}

const namesOf = (heard: readonly Heard[]) => heard.map(({ event }) => event);
const seqsOf = (heard: readonly Heard[]) => heard.filter((h) => h.event === 'canonical_event').map((h) => Number(h.id));
const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
const latestSeqOf = (heard: Heard | undefined) => (heard?.data['timeline'] as { latestSeq: number }).latestSeq;

describe('SubscriberStream', () => {
  it('sends the state, then the whole history for afterSeq=0, then what happens', async () => {
    const run: ScriptedRun = new ScriptedRun([() => run.append()], 3);
    run.appendMany(8);
    const heard = await listen(run);
    expect(namesOf(heard).slice(0, 2)).toEqual(['snapshot', 'canonical_event']);
    expect(seqsOf(heard)).toEqual(range(1, 9));
    expect(namesOf(heard).at(-1)).toBe('snapshot');
    expect(latestSeqOf(heard.at(-1))).toBe(9);
  });

  it('without a position sends only what comes after the state', async () => {
    const run: ScriptedRun = new ScriptedRun([() => run.append()], 3);
    run.appendMany(5);
    expect(seqsOf(await listen(run, { after: undefined }))).toEqual([6]);
    expect(seqsOf(await listen(run, { after: undefined, connectSnapshot: undefined, liveSnapshots: false }))).toEqual(
      [],
    );
  });

  it('tells a client that is ahead of the log, and goes on from the end of the log', async () => {
    const run: ScriptedRun = new ScriptedRun([() => run.append()], 3);
    run.appendMany(2);
    const heard = await listen(run, { after: 50 });
    expect(heard[0]).toMatchObject({ event: 'gap', data: { reason: 'ahead', requestedAfterSeq: 50, latestSeq: 2 } });
    expect(heard[1]?.event).toBe('snapshot');
    expect(seqsOf(heard)).toEqual([3]);
  });

  it('goes on with snapshots, heartbeats and the end when the clock is set back', async () => {
    const setBack = () => {
      run.append();
      run.setBackMs = 3_600_000;
    };
    const run: ScriptedRun = new ScriptedRun([() => run.append(), setBack, () => undefined], 10);
    const heard = await listen(run);
    expect(latestSeqOf(heard.findLast(({ event }) => event === 'snapshot'))).toBe(2);
    expect(heard.filter(({ event }) => event === 'heartbeat').length).toBeGreaterThan(0);
    const ending: ScriptedRun = new ScriptedRun([() => (ending.setBackMs = 3_600_000), () => ending.append('failed')]);
    expect(namesOf(await listen(ending, { closeOnEnd: true })).slice(-2)).toEqual(['snapshot', 'end']);
  });

  it('keeps the stream of a finished run open, with heartbeats, after one end', async () => {
    const run: ScriptedRun = new ScriptedRun([() => run.append('completed')], 40);
    const heard = await listen(run);
    expect(heard.filter((h) => h.event === 'end')).toHaveLength(1);
    expect(heard.find((h) => h.event === 'end')?.data).toEqual({
      reason: 'run_terminal',
      runId: 'r1',
      status: 'completed',
      latestSeq: 1,
    });
    expect(namesOf(heard).slice(-3)).toEqual(['heartbeat', 'heartbeat', 'heartbeat']);
  });

  it('closes after the end when asked to, with the last state before it', async () => {
    const run: ScriptedRun = new ScriptedRun([() => run.appendMany(3), () => run.append('failed')]);
    const heard = await listen(run, { closeOnEnd: true });
    expect(namesOf(heard).slice(-2)).toEqual(['snapshot', 'end']);
    expect(latestSeqOf(heard.at(-2))).toBe(4);
    expect(heard.at(-1)?.data).toMatchObject({ reason: 'run_terminal', status: 'failed', latestSeq: 4 });
  });

  it('tells the end of a run that ended between the look at its log and the state sent first', async () => {
    const run: ScriptedRun = new ScriptedRun([], 3);
    run.appendMany(10);
    const found = { after: undefined, latestSeq: 10, status: 'running' } as const;
    run.append();
    run.append('completed');
    const heard = await listen(run, { ...found, closeOnEnd: true });
    expect(namesOf(heard)).toEqual(['snapshot', 'end']);
    expect(heard.at(-1)?.data).toMatchObject({ reason: 'run_terminal', status: 'completed', latestSeq: 12 });
  });

  it('does not take an old status for the present one when history is told again', async () => {
    const run: ScriptedRun = new ScriptedRun([], 2);
    run.append('queued');
    run.append('completed');
    const heard = await listen(run, { status: 'completed', closeOnEnd: true });
    expect(heard.at(-1)?.data).toMatchObject({ status: 'completed' });
  });

  it('says why it closes, and when to come back', async () => {
    const old = await listen(new ScriptedRun(), { times: { ...TIMES, lifetimeMs: 20_000 } });
    expect(old.at(-1)).toMatchObject({ event: 'end', at: 20_000, data: { reason: 'lifetime', status: 'running' } });
    const stopped: ScriptedRun = new ScriptedRun([() => stopped.stopping.abort()]);
    expect((await listen(stopped)).at(-1)).toMatchObject({ event: 'end', data: { reason: 'shutdown' } });
  });

  it('asks the table until its end, and then lives from memory', async () => {
    const run: ScriptedRun = new ScriptedRun(
      range(1, 40).map(() => () => run.appendMany(2)),
      41,
    );
    run.appendMany(PAGE * 2 + 1);
    expect(seqsOf(await listen(run))).toEqual(range(1, PAGE * 2 + 81));
    expect(run.asked).toBe(3);
  });

  it('waits for a database that is away, and does not take its silence for the end', async () => {
    const script = [() => undefined, () => undefined, () => (run.isAway = false)];
    const run: ScriptedRun = new ScriptedRun(script);
    run.appendMany(9);
    run.append('completed');
    run.isAway = true;
    const heard = await listen(run, { status: 'completed', closeOnEnd: true });
    expect(seqsOf(heard)).toEqual(range(1, 10));
    expect(namesOf(heard).filter((name) => name === 'end')).toHaveLength(1);
    expect(namesOf(heard).at(-1)).toBe('end');
  });

  it('finds what another process wrote within one poll', async () => {
    const run: ScriptedRun = new ScriptedRun([() => run.appendElsewhere()], 30);
    const heard = await listen(run);
    expect(seqsOf(heard)).toEqual([1]);
    expect(heard.find((h) => h.event === 'canonical_event')?.at).toBeLessThanOrEqual(POLL_MS + 100);
  });

  it('spaces snapshots by the interval, and by their size', async () => {
    const steps = range(1, 60).map(() => () => run.append());
    const run: ScriptedRun = new ScriptedRun(steps, 80);
    run.snapshotBytes = 262_144;
    const at = (await listen(run)).filter((h) => h.event === 'snapshot').map((h) => h.at);
    expect(at.length).toBeGreaterThan(3);
    for (const [index, time] of at.entries()) {
      if (index > 0) expect(time - (at[index - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
    }
  });

  it('property: whatever happens and whenever the client drops, it hears every event once, in order', async () => {
    const step = fc.constantFrom('one', 'many', 'quiet', 'elsewhere');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 12 })),
        async (steps, cuts) => {
          const actions: Record<string, (run: ScriptedRun) => void> = {
            one: (r) => r.appendMany(1),
            many: (r) => r.appendMany(9),
            quiet: () => undefined,
            elsewhere: (r) => r.appendElsewhere(),
          };
          const run: ScriptedRun = new ScriptedRun(
            steps.map((name) => () => actions[name]?.(run)),
            200,
          );
          let position = 0;
          const union: number[] = [];
          for (const cut of [...cuts, Infinity]) {
            const heard = await listen(run, { after: position }, cut);
            let last = position;
            for (const { event, id, data } of heard) {
              if (event === 'canonical_event') {
                expect(Number(id)).toBe(last + 1);
                last = Number(id);
                union.push(last);
              } else {
                expect(id === undefined || id === '' || Number(id) === last).toBe(true);
              }
              if (event === 'heartbeat') expect(data['latestSeq']).toBe(last);
            }
            for (const [index, frame] of heard.entries()) {
              if (frame.event !== 'snapshot' || index === 0) continue;
              const before = seqsOf(heard.slice(0, index));
              expect(latestSeqOf(frame)).toBe(before.at(-1) ?? position);
            }
            position = last;
          }
          expect(union).toEqual(range(1, run.frames.length));
        },
      ),
      { numRuns: 200 },
    );
  });
});
