import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamHubService } from '../../../src/events/stream-hub.service.js';
import type { Refusal } from '../../support/api.js';
import { Chance } from '../../support/chance.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { eventsIn, readFrames, type Frame } from '../../support/sse-reader.js';
import { DEV_ENV, Stage, requestOf } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { RecordedRun } from './recorded-run.js';

const READ_MS_MAX = 20_000;
const within = (ms = READ_MS_MAX) => AbortSignal.timeout(ms);
const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
const idsOf = (frames: readonly Frame[]) => eventsIn(frames).map(({ id }) => id);
const namesOf = (frames: readonly Frame[]) => frames.map(({ event }) => event);
const has = (name: string) => (frames: readonly Frame[]) => frames.some(({ event }) => event === name);

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(() => stage.close());

const newRun = () => RecordedRun.create(stage.controlPlane.app);
const urlOf = (ref: string, query = '') => `${stage.controlPlane.url}/runs/${ref}/stream${query}`;
const read = (run: RecordedRun, query: string, options: Omit<Parameters<typeof readFrames>[1], 'signal'> = {}) =>
  readFrames(urlOf(run.id, query), { signal: within(), ...options });

/** Reads in the background; `begun` resolves with the first frame, when the stream stands. */
function follow(run: RecordedRun, query: string, options: Omit<Parameters<typeof readFrames>[1], 'signal'> = {}) {
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const enough = (frames: readonly Frame[]): boolean => {
    begin();
    return options.enough?.(frames) ?? false;
  };
  return { begun, frames: read(run, query, { ...options, enough }) };
}

const latestSeqOf = (frame: Frame | undefined) =>
  (frame?.data['timeline'] as { latestSeq: number } | undefined)?.latestSeq;

describe('GET /runs/:id/stream', () => {
  it('flushes its headers at once, and forbids whatever would hold frames back', async () => {
    const run = await newRun();
    const response = await fetch(urlOf(run.id, '?includeSnapshot=false'), { signal: within() });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('content-encoding')).toBeNull();
    await response.body?.cancel();
  });

  it('sends the state and then the whole history for afterSeq=0, by run id and by session id', async () => {
    const run = await newRun();
    await run.append(450);
    for (const ref of [run.id, run.sessionId]) {
      const frames = await readFrames(urlOf(ref, '?includeSnapshot=true&afterSeq=0'), {
        signal: within(),
        enough: (seen) => eventsIn(seen).length >= 451,
      });
      expect(frames[0]?.event).toBe('snapshot');
      expect(latestSeqOf(frames[0])).toBe(451);
      expect(idsOf(frames)).toEqual(range(1, 451));
    }
  });

  it('sends live, from the table and over REST the very same bytes', async () => {
    const run = await newRun();
    const texts = async (act: () => Promise<void>) => {
      const response = await fetch(urlOf(run.id, '?includeSnapshot=false&afterSeq=0'), { signal: within() });
      let text = '';
      const decoder = new TextDecoder();
      let acted = false;
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true });
        if (!acted) await act();
        acted = true;
        if (text.includes('\nid: 4\n') && text.endsWith('\n\n')) break;
      }
      return [...text.matchAll(/^event: canonical_event\nid: \d+\ndata: (.*)$/gm)].map((match) => match[1]);
    };
    const live = await texts(() => run.append(3));
    const stored = await texts(() => Promise.resolve());
    const rest = await (await fetch(`${stage.controlPlane.url}/runs/${run.id}/events`)).text();
    expect(live).toHaveLength(4);
    expect(stored).toEqual(live);
    expect(`[${live.join(',')}]`).toBe(rest);
  });

  it('without a position sends only what comes after the state', async () => {
    const run = await newRun();
    await run.append(5);
    const reading = follow(run, '', { enough: (frames) => eventsIn(frames).length >= 2 });
    await reading.begun;
    await run.append(2);
    const frames = await reading.frames;
    expect(latestSeqOf(frames[0])).toBe(6);
    expect(idsOf(frames)).toEqual([7, 8]);
  });

  it('prefers Last-Event-ID to afterSeq, and ignores one that is none', async () => {
    const run = await newRun();
    await run.append(9);
    const enough = (frames: readonly Frame[]) => eventsIn(frames).some(({ id }) => id === 10);
    expect(idsOf(await read(run, '?afterSeq=1', { lastEventId: 7, enough }))).toEqual([8, 9, 10]);
    const response = await fetch(urlOf(run.id, '?afterSeq=8'), {
      headers: { 'last-event-id': 'x7' },
      signal: within(),
    });
    let text = '';
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (text.includes('id: 10')) break;
    }
    expect([...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1])).toEqual(['9', '10']);
  });

  it('loses and repeats nothing when a client drops at random and resumes, while others write', async () => {
    const chance = Chance.announced('STREAM_SEED');
    const run = await newRun();
    const total = 400;
    const writing = (async () => {
      for (let written = 1; written < total;) {
        const count = Math.min(chance.int(1, 12), total - written);
        await run.append(count);
        written += count;
      }
      await run.end();
    })();
    const union: number[] = [];
    let position: number | undefined;
    let ended = false;
    for (let connection = 0; connection < 200 && !ended; connection += 1) {
      const cut = chance.int(1, 40);
      const byHeader = position !== undefined && connection % 2 === 0;
      const query = byHeader ? '?heartbeatMs=1000' : `?heartbeatMs=1000&afterSeq=${position ?? 0}`;
      const frames = await read(run, query, {
        ...(byHeader ? { lastEventId: position } : {}),
        enough: (seen) => seen.length >= cut || has('end')(seen),
      });
      let last = position ?? 0;
      for (const [index, frame] of frames.entries()) {
        if (frame.event === 'canonical_event') {
          expect(frame.id).toBe(last + 1);
          last += 1;
          union.push(last);
        } else if (frame.event === 'snapshot' && index > 0) {
          expect(latestSeqOf(frame)).toBe(last);
        } else if (frame.event === 'heartbeat') {
          expect(frame.data['latestSeq']).toBe(last);
        }
      }
      position = last;
      ended = has('end')(frames);
    }
    await writing;
    expect(ended).toBe(true);
    expect(union).toEqual(range(1, total + 1));
  });

  it('beats while nothing happens, and the beats move no position', async () => {
    const run = await newRun();
    await run.append(3);
    const frames = await read(run, '?afterSeq=0&heartbeatMs=1000&snapshots=initial', {
      enough: (seen) => seen.filter(({ event }) => event === 'heartbeat').length >= 3,
    });
    expect(namesOf(frames)).toEqual([
      'snapshot',
      ...range(1, 4).map(() => 'canonical_event'),
      'heartbeat',
      'heartbeat',
      'heartbeat',
    ]);
    expect(frames.slice(-3).map(({ id, data }) => [id, data['latestSeq']])).toEqual(
      range(1, 3).map(() => [undefined, 4]),
    );
  });

  it('tells a client that is ahead of the log, and goes on behind it', async () => {
    const run = await newRun();
    const reading = follow(run, '', { lastEventId: 77, enough: (frames) => eventsIn(frames).length > 0 });
    await reading.begun;
    await run.append(1);
    const frames = await reading.frames;
    expect(frames[0]).toMatchObject({ event: 'gap', data: { reason: 'ahead', requestedAfterSeq: 77, latestSeq: 1 } });
    expect(frames[1]?.event).toBe('snapshot');
    expect(idsOf(frames)).toEqual([2]);
  });

  it('keeps the stream of a finished run open, for late events too', async () => {
    const run = await newRun();
    await run.end();
    let ended: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (ended = resolve));
    const reading = read(run, '?afterSeq=0&heartbeatMs=1000', {
      enough: (frames) => {
        if (has('end')(frames)) ended();
        return frames.at(-1)?.event === 'heartbeat' && idsOf(frames).includes(3);
      },
    });
    await end;
    await run.append(1);
    const frames = await reading;
    expect(frames.filter(({ event }) => event === 'end').map(({ data }) => data)).toEqual([
      { reason: 'run_terminal', runId: run.id, status: 'failed', latestSeq: 2 },
    ]);
    expect(idsOf(frames)).toEqual([1, 2, 3]);
  });

  it('closes a finished run’s stream on request, and stops a client that comes back for nothing', async () => {
    const run = await newRun();
    await run.append(4);
    await run.end();
    const frames = await read(run, '?afterSeq=0&closeOnEnd=true');
    expect(idsOf(frames)).toEqual(range(1, 6));
    expect(namesOf(frames).at(-1)).toBe('end');
    const again = await fetch(urlOf(run.id, '?closeOnEnd=true'), { headers: { 'last-event-id': '6' } });
    expect(again.status).toBe(204);
    const behind = await read(run, '?closeOnEnd=true&includeSnapshot=false', { lastEventId: 5 });
    expect(namesOf(behind)).toEqual(['canonical_event', 'end']);
  });

  it('sends the last state of a run before its end', async () => {
    const run = await newRun();
    const reading = follow(run, '?afterSeq=0&closeOnEnd=true');
    await reading.begun;
    for (let index = 0; index < 10; index += 1) await run.append(3);
    await run.end('cancelled');
    const frames = await reading.frames;
    expect(namesOf(frames).slice(-2)).toEqual(['snapshot', 'end']);
    expect(latestSeqOf(frames.at(-2))).toBe(32);
    expect(frames.at(-1)?.data).toMatchObject({ status: 'cancelled', latestSeq: 32 });
    const snapshots = frames.filter(({ event }) => event === 'snapshot');
    expect(snapshots.length).toBeLessThan(10);
  });

  it('reads what it can refuse before it begins', async () => {
    const run = await newRun();
    const refusals = [
      ['nope', '', 404, 'RUN_NOT_FOUND'],
      ['00000000-0000-7000-8000-000000000000', '', 404, 'RUN_NOT_FOUND'],
      [run.id, '?afterSeq=-1', 400, 'VALIDATION_ERROR'],
      [run.id, '?afterSeq=abc', 400, 'VALIDATION_ERROR'],
      [run.id, '?heartbeatMs=999', 400, 'VALIDATION_ERROR'],
      [run.id, '?heartbeatMs=40001', 400, 'VALIDATION_ERROR'],
      [run.id, '?closeOnEnd=maybe', 400, 'VALIDATION_ERROR'],
      [run.id, '?afterseq=1', 400, 'VALIDATION_ERROR'],
    ] as const;
    for (const [ref, query, status, errorCode] of refusals) {
      const answer = await stage.api.request<Refusal>('GET', `/runs/${ref}/stream${query}`);
      expect([answer.status, answer.body.errorCode]).toEqual([status, errorCode]);
    }
  });

  it('answers HEAD without opening a stream', async () => {
    const run = await newRun();
    const response = await fetch(urlOf(run.id), { method: 'HEAD', signal: within() });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
  });

  it('forgets a run when its last reader leaves', async () => {
    const hub = stage.controlPlane.app.get(StreamHubService);
    const run = await newRun();
    const leave = new AbortController();
    const reading = readFrames(urlOf(run.id), { signal: leave.signal });
    await until('the reader is there', () => hub.load().subscribers > 0);
    leave.abort();
    await reading;
    await until('the hub is empty', () => hub.load().subscribers === 0 && hub.load().runs === 0);
  });

  it('notices clients that leave before they are answered', async () => {
    const hub = stage.controlPlane.app.get(StreamHubService);
    const run = await newRun();
    await run.append(50);
    const asked = Array.from({ length: 60 }, (_, index) => {
      const asking = request(urlOf(run.id, '?afterSeq=0'));
      asking.on('error', () => undefined).end();
      return sleep(index % 20).then(() => asking.destroy());
    });
    await Promise.all(asked);
    await until('the hub is empty', () => hub.load().subscribers === 0 && hub.load().runs === 0);
  });

  it('follows a real run from its launch to its end', async () => {
    const launched = await stage.api.launch(requestOf('decision'));
    const reading = readFrames(urlOf(launched.sessionId, '?afterSeq=0&closeOnEnd=true'), { signal: within() });
    await stage.play(launched, 'decision');
    const frames = await reading;
    const events = await stage.api.events(launched.runId);
    expect(eventsIn(frames).map(({ data }) => data)).toEqual(events.slice(0, eventsIn(frames).length));
    expect(eventsIn(frames).map(({ data }) => data['type'])).toContain('run.completed');
    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { reason: 'run_terminal', status: 'completed' } });
    const state = frames.findLast(({ event }) => event === 'snapshot')?.data;
    expect(state).toMatchObject({ run: { status: 'completed' }, decision: { current: { finalized: true } } });
  });
});

describe('limits of streams', () => {
  /** Another process with other settings. */
  async function reopen(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await stage.close();
    stage = await Stage.open(await startEmbedded(), { ...DEV_ENV, ...env });
  }

  /** A client that asks and then takes nothing at all. */
  function openAndStop(url: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request(url, (response) => {
        response.on('error', () => undefined);
        response.pause();
        resolve(response);
      })
        .on('error', reject)
        .end();
    });
  }

  it('refuses more readers than there may be, and says when to ask again', async () => {
    await reopen({ SSE_SUBSCRIBERS_PER_RUN_MAX: '2', SSE_SUBSCRIBERS_MAX: '3' });
    const hub = stage.controlPlane.app.get(StreamHubService);
    const [run, other] = [await newRun(), await newRun()];
    const leave = new AbortController();
    const readers = [run, run, other].map((each) => readFrames(urlOf(each.id), { signal: leave.signal }));
    await until('three readers are there', () => hub.load().subscribers === 3);
    for (const each of [run, other]) {
      const response = await fetch(urlOf(each.id), { signal: within() });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(((await response.json()) as Refusal).errorCode).toBe('TOO_MANY_SUBSCRIBERS');
    }
    leave.abort();
    await Promise.all(readers);
    await until('the places are free', () => hub.load().subscribers === 0);
    expect((await fetch(urlOf(run.id), { method: 'HEAD' })).status).toBe(200);
  });

  it('lets nobody wait for a stuck client', async () => {
    const run = await newRun();
    const stuck = await openAndStop(urlOf(run.id, '?afterSeq=0&snapshots=initial'));
    for (let index = 0; index < 12; index += 1) await run.append(20, 50_000);
    await run.end();
    const frames = await read(run, '?afterSeq=0&closeOnEnd=true&snapshots=initial');
    expect(idsOf(frames)).toEqual(range(1, 242));
    stuck.destroy();
  });

  it('says goodbye when the process stops, and the process does not wait for the stuck', async () => {
    const run = await newRun();
    const stuck = await openAndStop(urlOf(run.id, '?afterSeq=0'));
    for (let index = 0; index < 6; index += 1) await run.append(20, 50_000);
    const reading = read(run, '?includeSnapshot=false');
    await until('the readers are there', () => stage.controlPlane.app.get(StreamHubService).load().subscribers >= 2);
    const startedAt = Date.now();
    await reopen();
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect((await reading).at(-1)).toMatchObject({ event: 'end', data: { reason: 'shutdown', runId: run.id } });
    stuck.destroy();
  });

  it('ends a stream after its lifetime', async () => {
    await reopen({ SSE_LIFETIME_MS: '10000' });
    const run = await newRun();
    const frames = await read(run, '?includeSnapshot=false&heartbeatMs=40000');
    expect(frames).toMatchObject([{ event: 'end', data: { reason: 'lifetime', status: 'queued' } }]);
  });
});

describe('GET /runs/:id/replay/stream', () => {
  it('goes on behind Last-Event-ID, within what was asked for', async () => {
    const run = await newRun();
    await run.append(9);
    const replayed = async (query: string, lastEventId: number) => {
      const url = `${stage.controlPlane.url}/runs/${run.id}/replay/stream?${query}`;
      return readFrames(url, { signal: within(), lastEventId });
    };
    expect(idsOf(await replayed('fromSeq=2&toSeq=8', 5))).toEqual([6, 7, 8]);
    expect(idsOf(await replayed('fromSeq=7', 5))).toEqual([7, 8, 9, 10]);
    expect(namesOf(await replayed('toSeq=8', 8))).toEqual(['end']);
  });
});
