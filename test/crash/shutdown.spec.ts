import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, afterEach, expect, it, vi } from 'vitest';
import { EXAMPLE_MODES } from '../../src/agents/modes.js';
import { playAgents } from '../../src/agents/play.client.js';
import { scriptFor } from '../../src/agents/scripts.js';
import type { ExampleMode } from '../../src/agents/modes.js';
import { NODE_FLAGS } from '../../src/config/node-flags.js';
import { acceptedBy } from '../support/accepted.js';
import { Api, type Launched } from '../support/api.js';
import { forkControlPlane, forkRuntime, type RunningProcess } from '../support/processes.js';
import { eventsIn, readFrames, type Frame } from '../support/sse-reader.js';
import { DEV_ENV, requestOf } from '../support/stage.js';
import { createStore, type Store } from '../support/store.js';
import { until } from '../support/until.js';
import { StoredRun, envelopeFacts } from '../support/stored-run.js';

const EXIT_MS_MAX = 10_000;
const RUN_MS_MAX = 30_000;
const READERS = 5;

let runtime: RunningProcess;
let store: Store;
let controlPlane: RunningProcess;
let api: Api;

const start = async () => {
  controlPlane = await forkControlPlane({ ...store.env, ...DEV_ENV, RUNTIME_ADDRESS: runtime.at });
  api = new Api(controlPlane.at);
};

const play = ({ sessionId }: Launched, mode: ExampleMode, paceMs = 0) =>
  playAgents({
    runtimeAddress: runtime.at,
    sessionId,
    mode,
    tokenFor: (participantId) => participantId,
    signal: AbortSignal.timeout(RUN_MS_MAX),
    paceMs,
  });

beforeAll(async () => {
  runtime = await forkRuntime();
});
afterAll(() => runtime.kill());
beforeEach(async () => {
  store = await createStore();
  await start();
});
afterEach(async () => {
  await controlPlane.kill();
  await store.remove();
});

async function running(mode: ExampleMode): Promise<Launched> {
  const launched = await api.launch(requestOf(mode));
  await api.untilStatus(launched.runId, 'running');
  return launched;
}

/** Resolves when each of READERS has got an event; `ended` with all frames of each. */
async function followed({ runId }: Launched): Promise<{ readonly ended: Promise<readonly (readonly Frame[])[]> }> {
  const signal = AbortSignal.timeout(RUN_MS_MAX);
  const url = `${api.url}/runs/${runId}/stream?afterSeq=0`;
  const opened = Array.from({ length: READERS }, () => deferred());
  const readers = opened.map(({ resolve }) => {
    const enough = (frames: readonly Frame[]) => {
      if (eventsIn(frames).length > 0) resolve();
      return false;
    };
    return readFrames(url, { signal, enough });
  });
  await Promise.all(opened.map(({ promise }) => promise));
  return { ended: Promise.all(readers) };
}

it('leaves with 0 in time while streams are open and a run goes on, and takes the run up again', async () => {
  const launched = await running('decision');
  const { ended } = await followed(launched);

  const { code, tookMs } = await controlPlane.stop();
  expect({ code, isInTime: tookMs < EXIT_MS_MAX }).toEqual({ code: 0, isInTime: true });
  for (const frames of await ended) {
    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { reason: 'shutdown', status: 'running' } });
  }

  await start();
  expect((await api.run(launched.runId)).status).toBe('running');
  await play(launched, 'decision');
  await api.untilStatus(launched.runId, 'completed');
  const statuses = (await api.events(launched.runId))
    .filter(({ type }) => type === 'session.stream.opened')
    .map(({ data }) => (data as { status: string }).status);
  expect(statuses).toEqual(['opened', 'closed', 'recovered']);
});

it('tells in its log when it serves, why it leaves, and that it has left', async () => {
  await controlPlane.stop();
  controlPlane = await forkControlPlane({ ...store.env, ...DEV_ENV, RUNTIME_ADDRESS: runtime.at, LOG_LEVEL: 'info' });
  await controlPlane.stop();
  // What a process wrote last may be read after its exit is known.
  await vi.waitFor(() => {
    const lines = controlPlane.output().matchAll(/^{.*"context":"Process".*}$/gm);
    expect([...lines].map(([line]) => JSON.parse(line) as object)).toMatchObject([
      { msg: 'serving', url: controlPlane.at },
      { msg: 'a burst takes longer without these flags of Node.js', missing: NODE_FLAGS },
      { msg: 'leaving', cause: 'SIGTERM' },
      { msg: 'left' },
    ]);
  });
});

it('is not cut off by further signals while it leaves', async () => {
  const { ended } = await followed(await running('decision'));
  expect(await controlPlane.stopInsisting()).toMatchObject({ code: 0 });
  for (const frames of await ended) {
    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { reason: 'shutdown', status: 'running' } });
  }
});

it('does not wait for a connection that never asked anything', async () => {
  const { hostname, port } = new URL(api.url);
  const silent = connect(Number(port), hostname);
  silent.on('error', () => undefined);
  await once(silent, 'connect');
  const { code } = await controlPlane.stop();
  expect(code).toBe(0);
  expect(controlPlane.output()).not.toContain('too long');
  silent.destroy();
});

it('leaves a run that is just starting to the next process', async () => {
  const { port } = new URL(`http://${runtime.at}`);
  await runtime.kill();
  const launched = await api.launch(requestOf('quorum'));
  await api.untilStatus(launched.runId, 'starting');
  expect(await controlPlane.stop()).toMatchObject({ code: 0 });
  runtime = await forkRuntime(['--port', port]);
  await start();
  await play(launched, 'quorum');
  await api.untilStatus(launched.runId, 'completed');
});

it('loses nothing of runs that are under way when it is told to leave', { timeout: 2 * RUN_MS_MAX }, async () => {
  const runs = await Promise.all(
    EXAMPLE_MODES.map(async (mode) => {
      const launched = await api.launch(requestOf(mode));
      return { mode, launched, play: play(launched, mode, 40) };
    }),
  );
  const [first] = runs;
  await api.untilEvent(first!.launched.runId, ({ type }) => type === 'proposal.created');
  const { code, tookMs } = await controlPlane.stop();
  expect({ code, isInTime: tookMs < EXIT_MS_MAX }).toEqual({ code: 0, isInTime: true });
  // A run may have been told to wait before its session opened: its agents need the next process as much as it does.
  await start();
  await Promise.all(runs.map((run) => run.play));
  for (const { launched } of runs) await api.untilStatus(launched.runId, 'completed', RUN_MS_MAX);
  await controlPlane.stop();
  const database = await store.open();
  for (const { mode, launched } of runs) {
    const stored = await StoredRun.read(database, launched.runId);
    stored.expectSound();
    const accepted = await acceptedBy(runtime.at, scriptFor(mode)[0]!.id, launched.sessionId);
    expect(stored.accepted).toEqual(accepted.map(envelopeFacts));
  }
  await database.close();
});

it('keeps everything over a restart', async () => {
  const launched = await running('handoff');
  await play(launched, 'handoff');
  await api.untilStatus(launched.runId, 'completed');
  // The last agent's introduction, a signal, may be stored after the end.
  await until('both signals are stored', async () => (await api.state(launched.runId)).signals.signals[1]);
  const read = async () => ({
    run: await api.run(launched.runId),
    state: await api.state(launched.runId),
    events: await api.events(launched.runId),
    metrics: await api.metrics(launched.runId),
  });
  const before = await read();
  expect(await controlPlane.stop()).toMatchObject({ code: 0 });
  await start();
  expect(await read()).toEqual(before);
});

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
