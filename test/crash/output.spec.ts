import { closeSync, openSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { forkControlPlane, forkRuntime, type RunningProcess } from '../support/processes.js';
import { DEV_ENV } from '../support/stage.js';
import { createStore, type Store } from '../support/store.js';

const EXIT_MS_MAX = 10_000;
const DEFECTS = 3;
const NOBODY = '127.0.0.1:1';

/** SIGUSR2 makes the process throw where nobody catches it. */
const DEFECT = encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('a defect'); })");

let runtime: RunningProcess;
let store: Store;
let controlPlane: RunningProcess;

const start = async ({ stderr, runtimeAddress = runtime.at }: { stderr?: number; runtimeAddress?: string } = {}) => {
  const env = { ...store.env, ...DEV_ENV, RUNTIME_ADDRESS: runtimeAddress, LOG_LEVEL: 'debug' };
  controlPlane = await forkControlPlane({ ...env, NODE_OPTIONS: `--import=data:text/javascript,${DEFECT}` }, stderr);
};

beforeAll(async () => {
  runtime = await forkRuntime();
});
afterAll(() => runtime.kill());
beforeEach(async () => {
  store = await createStore();
});
afterEach(async () => {
  await controlPlane.kill();
  await store.remove();
});

async function expectToServeAndLeave(): Promise<void> {
  for (let count = 0; count < DEFECTS; count += 1) {
    process.kill(controlPlane.pid, 'SIGUSR2');
    const answer = await fetch(`${controlPlane.at}/healthz`, { signal: AbortSignal.timeout(EXIT_MS_MAX) });
    expect(answer.status).toBe(200);
  }
  const { code, tookMs } = await controlPlane.stop();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(EXIT_MS_MAX);
}

it('goes on when whoever reads its output has gone, and leaves when it is told to', async () => {
  await start();
  controlPlane.closeOutput();
  await expectToServeAndLeave();
});

it('goes on when its log is on a full disk', async () => {
  const full = openSync('/dev/full', 'w');
  try {
    // A runtime that is away is something to log.
    await start({ stderr: full, runtimeAddress: NOBODY });
    await expectToServeAndLeave();
  } finally {
    closeSync(full);
  }
});
