import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODE_NAMES } from '../../src/agents/modes.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { StartRuntime } from '../contracts/runtime-scene.js';
import type { Api, Launched } from '../support/api.js';
import { startEmbedded } from '../support/embedded-runtime.js';
import {
  EXAMPLE_CAST,
  PYTHON_MODES,
  playInPython,
  playWithLingeringThreads,
  recorded,
  sdkPython,
  type Played,
  type PythonMode,
} from '../support/example-agents.js';
import { openExampleStage } from '../support/example-stage.js';
import { freePort, startRustRuntime } from '../support/rust-runtime.js';
import type { Stage } from '../support/stage.js';
import { StoredRun } from '../support/stored-run.js';
import { until } from '../support/until.js';

const python = sdkPython();
/** For what an agent does once its process has started, on a machine that does other things too. */
const PLAYED_MS_MAX = 60_000;
/** Longer than the SDK itself waits for a session that is not open yet, which is 0.7 s. */
const LATE_MS = 3_000;

/** Tells the control plane to expect a session that agents will open: the public form of POST /runs. */
function register(stage: Stage, mode: PythonMode, sessionId: string, metadata: JsonObject = {}): Promise<Launched> {
  return stage.api.ok('POST', '/runs', {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: {
      orchestration: 'observe',
      sessionId,
      modeName: MODE_NAMES[mode],
      modeVersion: '1.0.0',
      configurationVersion: 'config.default',
      policyVersion: 'policy.default',
      ttlMs: 60_000,
      participants: EXAMPLE_CAST[mode].map((id) => ({ id })),
      metadata: { source: 'python-sdk', runLabel: `${mode} in Python`, ...metadata },
    },
  });
}

/** What `play` resolves with; its error tells what became of the run, too. */
async function ofRun(api: Api, runId: string, play: Promise<readonly Played[]>): Promise<readonly Played[]> {
  try {
    return await play;
  } catch (error) {
    const { status } = await api.run(runId);
    const types = (await recorded(api, runId)).map(({ messageType }) => messageType);
    throw new Error(`the run is ${status} and holds ${types.join(', ') || 'no message'}`, { cause: error });
  }
}

function describePlays(name: string, start: StartRuntime): void {
  describe.skipIf(python === undefined)(`agents of the public Python SDK on ${name}, observed`, () => {
    let scene: Awaited<ReturnType<typeof openExampleStage>>;
    beforeAll(async () => {
      scene = await openExampleStage(start);
    });
    afterAll(() => scene.close());

    it.each(PYTHON_MODES)('play %s, and no envelope is missing', async (mode) => {
      const { stage, tokens } = scene;
      const sessionId = randomUUID();
      const { runId } = await register(stage, mode, sessionId);
      const play = playInPython(python ?? '', mode, { runtime: stage.runtime.address, sessionId, tokens });
      const played = await ofRun(stage.api, runId, play);
      expect(new Set(played.map(({ sender }) => sender))).toEqual(new Set(EXAMPLE_CAST[mode]));
      expect([played.at(0)?.messageType, played.at(-1)?.messageType]).toEqual(['SessionStart', 'Commitment']);

      const run = await stage.api.untilStatus(runId, 'completed');
      expect(run).toMatchObject({ executionMode: 'observer', sessionId, metadata: { outcomePositive: true } });
      expect(await recorded(stage.api, runId)).toEqual(played);
      await until('everybody’s signal is stored', async () => {
        const { signals } = await stage.api.state(runId);
        return signals.signals.length === EXAMPLE_CAST[mode].length || undefined;
      });
      (await StoredRun.read(stage.controlPlane.database, runId)).expectSound();
    });

    it('are asked to cancel through the SDK’s own listener, and do', async () => {
      const { stage, tokens } = scene;
      const sessionId = randomUUID();
      const listen = `127.0.0.1:${await freePort()}`;
      const cancelCallback = { url: `http://${listen}/agent/cancel` };
      const { runId } = await register(stage, 'decision', sessionId, { cancelCallback });
      // Without its reviewers the lead proposes and waits.
      const play = { runtime: stage.runtime.address, sessionId, tokens };
      const role = ['--role', 'agent://lead', '--listen', listen];
      const lead = ofRun(stage.api, runId, playInPython(python ?? '', 'decision', play, role));
      const proposed = stage.api.untilEvent(runId, ({ type }) => type === 'proposal.created', PLAYED_MS_MAX);
      await Promise.race([proposed, lead]);
      const answer = await stage.api.command(runId, 'cancel', 'nobody came');
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      const told = await lead;
      expect(told.map(({ messageType }) => messageType).slice(0, 2)).toEqual(['SessionStart', 'Proposal']);
      (await StoredRun.read(stage.controlPlane.database, runId)).expectSound();
    });

    it('wait for a session that is opened late', async () => {
      const { stage, tokens } = scene;
      const sessionId = randomUUID();
      const play = { runtime: stage.runtime.address, sessionId, tokens };
      const role = (name: string) => playInPython(python ?? '', 'proposal', play, ['--role', name]);
      const played = role('agent://seller');
      await Promise.race([sleep(LATE_MS), played]);
      const [opened, waited] = await Promise.all([role('agent://buyer'), played]);
      expect(waited).toEqual(opened);
      expect(waited.at(-1)?.messageType).toBe('Commitment');
    });

    // One that is left can keep the process from ending, after everything was said.
    it('leave no thread behind', async () => {
      const { stage, tokens } = scene;
      const play = { runtime: stage.runtime.address, sessionId: randomUUID(), tokens };
      const played = await playWithLingeringThreads(python ?? '', 'proposal', play);
      expect(played.at(-1)?.messageType).toBe('Commitment');
    });
  });
}

describePlays('the reference runtime', startRustRuntime);
describePlays('the embedded runtime', startEmbedded);
