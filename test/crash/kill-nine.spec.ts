import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXAMPLE_MODES, type ExampleMode } from '../../src/agents/modes.js';
import { playAgents } from '../../src/agents/play.client.js';
import { scriptFor } from '../../src/agents/scripts.js';
import { acceptedBy } from '../support/accepted.js';
import { Api, type Launched } from '../support/api.js';
import { Chance } from '../support/chance.js';
import { forkControlPlane, forkRuntime, type RunningProcess } from '../support/processes.js';
import { DEV_ENV, requestOf } from '../support/stage.js';
import { createStore, type Store } from '../support/store.js';
import { StoredRun, envelopeFacts } from '../support/stored-run.js';

/** Kills; the suite on PostgreSQL asks for 50, the everyday one is content with fewer. */
const KILLS = Number(process.env['CRASH_COUNT'] ?? 10);
/** Runs that every kill meets, each at another moment of its life. */
const ABREAST = 3;
/** From the first request to the kill, at most; a run of these agents takes about this long. */
const KILL_MS_MAX = 900;
/** Between the requests of one round. */
const STAGGER_MS_MAX = 250;
/** How long an agent thinks before it speaks. */
const PACE_MS_MIN = 30;
const PACE_MS_MAX = 100;
/** Every so many kills the next one comes during the recovery from the one before. */
const DOUBLE_EVERY = 5;
const DOUBLE_MS_MAX = 150;
const RUN_MS_MAX = 30_000;
const ROUND_MS_MAX = 10_000;

interface Played {
  readonly mode: ExampleMode;
  readonly launched: Launched;
}

const chance = Chance.announced('CRASH_SEED');
let runtime: RunningProcess;
let store: Store;
let controlPlane: RunningProcess | undefined;

const start = () => forkControlPlane({ ...store.env, ...DEV_ENV, RUNTIME_ADDRESS: runtime.at });

beforeAll(async () => {
  runtime = await forkRuntime();
  store = await createStore();
  controlPlane = await start();
});
afterAll(async () => {
  await controlPlane?.kill();
  await runtime.kill();
  await store.remove();
});

/** Kills and restarts; now and then once more while it recovers. */
async function crash(isDouble: boolean): Promise<void> {
  await controlPlane?.kill();
  controlPlane = await start();
  if (!isDouble) return;
  await sleep(chance.int(0, DOUBLE_MS_MAX));
  await controlPlane.kill();
  controlPlane = await start();
}

/** Asks until it is answered, whichever process answers; the key makes it one run. */
async function launch(mode: ExampleMode, sessionId: string): Promise<Launched> {
  const request = requestOf(mode, { sessionId });
  const headers = { 'idempotency-key': sessionId };
  const deadline = Date.now() + RUN_MS_MAX;
  for (;;) {
    try {
      return await new Api(controlPlane?.at ?? '').launch(request, headers);
    } catch (error) {
      // The process was killed before it answered, or is not up again.
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

async function oneRun(mode: ExampleMode, delayMs: number, paceMs: number): Promise<Played> {
  await sleep(delayMs);
  const sessionId = randomUUID();
  const play = playAgents({
    runtimeAddress: runtime.at,
    sessionId,
    mode,
    tokenFor: (participantId) => participantId,
    signal: AbortSignal.timeout(RUN_MS_MAX),
    paceMs,
  });
  const [launched] = await Promise.all([launch(mode, sessionId), play]);
  return { mode, launched };
}

/** Some runs, one kill (or two) among them, and their ends. */
async function round(number: number): Promise<readonly Played[]> {
  const runs = Array.from({ length: ABREAST }, (_, index) => {
    const mode = EXAMPLE_MODES[(number * ABREAST + index) % EXAMPLE_MODES.length]!;
    return oneRun(mode, chance.int(0, STAGGER_MS_MAX), chance.int(PACE_MS_MIN, PACE_MS_MAX));
  });
  const all = Promise.all(runs);
  all.catch(() => undefined);
  await sleep(chance.int(0, KILL_MS_MAX));
  await crash(number % DOUBLE_EVERY === DOUBLE_EVERY - 1);
  const played = await all;
  const api = new Api(controlPlane?.at ?? '');
  for (const { mode, launched } of played) {
    await api.untilStatus(launched.runId, 'completed', RUN_MS_MAX);
    expect(await launch(mode, launched.sessionId)).toEqual(launched);
  }
  return played;
}

it(
  `survives ${KILLS} kills: each accepted envelope is stored once, and each run ends as its session did`,
  async () => {
    const played: Played[] = [];
    for (let number = 0; number < KILLS; number += 1) played.push(...(await round(number)));
    expect(await controlPlane?.stop()).toMatchObject({ code: 0 });
    const database = await store.open();
    let crossed = 0;
    try {
      for (const { mode, launched } of played) {
        const stored = await StoredRun.read(database, launched.runId);
        stored.expectSound();
        const accepted = await acceptedBy(runtime.at, scriptFor(mode)[0]!.id, launched.sessionId);
        expect(stored.accepted).toEqual(accepted.map(envelopeFacts));
        const ours = accepted.map(({ messageId }) => messageId).filter((id) => id.startsWith(launched.runId));
        expect(stored.outbox.map((row) => [row['message_id'], row['status']])).toEqual(
          ours.map((id) => [id, 'accepted']),
        );
        if (stored.events.some(isRecovered)) crossed += 1;
      }
    } finally {
      await database.close();
    }
    process.stderr.write(`${crossed} of ${played.length} runs were under way during a kill\n`);
    expect(crossed).toBeGreaterThan(KILLS / 2);
  },
  KILLS * ROUND_MS_MAX + RUN_MS_MAX,
);

function isRecovered({ type, data }: { readonly type: string; readonly data: object }): boolean {
  return type === 'session.stream.opened' && 'status' in data && data.status === 'recovered';
}
