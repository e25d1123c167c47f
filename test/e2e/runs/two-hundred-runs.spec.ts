import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXAMPLE_MODES, type ExampleMode } from '../../../src/agents/modes.js';
import { scriptFor } from '../../../src/agents/scripts.js';
import { acceptedBy } from '../../support/accepted.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, requestOf } from '../../support/stage.js';
import { StoredRun, envelopeFacts, expectServed } from '../../support/stored-run.js';

const RUNS = 200;
/** Runs under way at once. */
const ABREAST = 8;
const ONE_RUN_MS_MAX = 30_000;
/** They take 20 to 40 s on two free cores; a machine that is busy with other suites is given more. */
const ALL_RUNS_MS_MAX = 300_000;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(() => stage.close());

/** One run from its request to its end, and everything that must hold of it then. */
async function oneRun(mode: ExampleMode): Promise<string> {
  const { api, controlPlane, runtime, tokenFor } = stage;
  const launched = await api.launch(requestOf(mode));
  await stage.play(launched, mode);
  const run = await api.untilEnded(launched.runId, ONE_RUN_MS_MAX);
  await stage.untilIntroduced(launched, mode);
  const stored = await StoredRun.read(controlPlane.database, launched.runId);
  stored.expectSound();
  await expectServed(api, stored);
  const initiator = tokenFor(scriptFor(mode)[0]!.id);
  const accepted = await acceptedBy(runtime.address, initiator, launched.sessionId);
  expect(stored.accepted).toEqual(accepted.map(envelopeFacts));
  return run.status;
}

it(
  `brings ${RUNS} runs in a row to their end, and stores of each exactly what the runtime accepted`,
  async () => {
    const modes = Array.from({ length: RUNS }, (_, index) => EXAMPLE_MODES[index % EXAMPLE_MODES.length]!);
    const statuses: string[] = [];
    const lane = async () => {
      for (let mode = modes.shift(); mode; mode = modes.shift()) statuses.push(await oneRun(mode));
    };
    await Promise.all(Array.from({ length: ABREAST }, lane));
    expect(statuses).toEqual(Array.from({ length: RUNS }, () => 'completed'));
  },
  ALL_RUNS_MS_MAX,
);
