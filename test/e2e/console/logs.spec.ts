import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../../src/contracts/events.js';
import { untilSearchable } from '../../support/database.js';
import { RecordedRun } from '../http/recorded-run.js';
import { SCENARIO, Scene } from './scene.js';

interface Page {
  readonly data: readonly CanonicalEvent[];
  readonly nextCursor: number | null;
  readonly lastCursor: number;
}

const keyOf = ({ runId, seq }: CanonicalEvent): string => `${runId} ${seq}`;

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
}, 120_000);
afterAll(() => scene.close());

const pageOf = (query: string) => scene.ui.read<Page>('eventPage', `/events?${query}`);
const settled = () => untilSearchable(scene.stage.controlPlane.database);

/** As the console loads more: the same filters, `afterSeq` the former page's `nextCursor`, as long as there is one. */
async function follow(filters: string, from = 0): Promise<{ events: readonly CanonicalEvent[]; last: number }> {
  const events: CanonicalEvent[] = [];
  let last = from;
  for (let page = 0; page < 1_000; page += 1) {
    const { data, nextCursor, lastCursor } = await pageOf(`${filters}&afterSeq=${last}`);
    events.push(...data);
    last = nextCursor ?? lastCursor;
    if (nextCursor === null) return { events, last };
  }
  throw new Error('the pages do not come to an end');
}

async function stored(condition = 'true'): Promise<readonly string[]> {
  const rows = await scene.stage.controlPlane.database.query(
    `select run_id as "runId", seq from run_events_canonical e where ${condition}`,
  );
  return rows.map((row) => `${String(row['runId'])} ${Number(row['seq'])}`).sort();
}

describe('the log across runs', () => {
  it('has every event once, however small the pages are', async () => {
    await settled();
    for (const limit of [1_000, 250, 7]) {
      const { events } = await follow(`limit=${limit}`);
      expect(events.map(keyOf).sort()).toEqual(await stored());
    }
  });

  it('has every event once while others write, and goes on later from where it was', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => RecordedRun.create(scene.stage.controlPlane.app)));
    const progress = { isWriting: true };
    const written = Promise.all(
      runs.map(async (run) => {
        for (let turn = 0; turn < 15; turn += 1) await run.append(3);
      }),
    ).finally(() => (progress.isWriting = false));
    const met: string[] = [];
    let from = 0;
    for (let isLast = false; !isLast;) {
      isLast = !progress.isWriting;
      if (isLast) await settled();
      const { events, last } = await follow('limit=20', from);
      met.push(...events.map(keyOf));
      from = last;
    }
    await written;
    expect([...met].sort()).toEqual(await stored());
    expect((await pageOf(`limit=20&afterSeq=${from}`)).data).toEqual([]);
  });

  it('has the events as their run has them', async () => {
    const { runId } = scene.done.decision;
    const own = await scene.stage.api.events(runId);
    const { events } = await follow('limit=250');
    expect(events.filter((event) => event.runId === runId)).toEqual(own);
  });

  it('is filtered by run, by its own id or its session’s, and pages by seq then', async () => {
    const { runId, sessionId } = scene.done.quorum;
    const own = await scene.stage.api.events(runId);
    for (const ref of [runId, sessionId]) {
      expect((await follow(`runId=${ref}&limit=4`)).events).toEqual(own);
    }
    const page = await pageOf(`runId=${runId}&limit=4&afterSeq=2`);
    expect([page.data.map(({ seq }) => seq), page.nextCursor]).toEqual([[3, 4, 5, 6], 6]);
  });

  it('is filtered by scenario, type and time', async () => {
    const { events } = await follow(`scenarioRef=${encodeURIComponent(SCENARIO)}&limit=100`);
    const ids = Object.values(scene.done).map(({ runId }) => `'${runId}'`);
    expect(events.map(keyOf).sort()).toEqual(await stored(`run_id in (${ids.join(',')})`));
    const ends = await follow('type=run.completed,run.failed&limit=3');
    expect(ends.events.map(keyOf).sort()).toEqual(await stored(`type in ('run.completed', 'run.failed')`));
    const from = events[10]?.ts ?? '';
    const recent = await follow(`afterTs=${from}&limit=100`);
    expect(recent.events.map(keyOf).sort()).toEqual(await stored(`ts >= '${from}'`));
    const old = await follow(`beforeTs=${from}&type=message.received&limit=100`);
    expect(old.events.map(keyOf).sort()).toEqual(await stored(`ts < '${from}' and type = 'message.received'`));
  });

  it('is read newest first on request, and also then has every event once', async () => {
    await settled();
    const forwards = (await follow('limit=1000')).events.map(keyOf);
    expect((await follow('order=desc&limit=30')).events.map(keyOf)).toEqual([...forwards].reverse());
    const { runId } = scene.done.task;
    const own = (await scene.stage.api.events(runId)).map(keyOf);
    expect((await follow(`order=desc&runId=${runId}&limit=3`)).events.map(keyOf)).toEqual([...own].reverse());
  });

  it('is empty, not absent, for what does not exist', async () => {
    for (const query of ['runId=no-such-run', 'runId=a%20b', 'scenarioRef=none', 'type=participant.joined']) {
      const { data, nextCursor } = await pageOf(`${query}&limit=250`);
      expect([query, data, nextCursor]).toEqual([query, [], null]);
    }
    expect((await pageOf('runId=&scenarioRef=&type=&afterTs=&limit=250')).data.length).toBeGreaterThan(0);
  });

  it.each(['limit=0', 'limit=1001', 'afterSeq=-1', 'afterSeq=x', 'order=up', 'afterTs=soon', 'cursor=3'])(
    'refuses %s',
    async (query) => {
      expect(await scene.ui.refused('GET', `/events?${query}`)).toEqual({ status: 400, errorCode: 'VALIDATION_ERROR' });
    },
  );
});
