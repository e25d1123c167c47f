import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODE_NAMES } from '../../src/agents/modes.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { StartRuntime } from '../contracts/runtime-scene.js';
import type { Launched } from '../support/api.js';
import { startEmbedded } from '../support/embedded-runtime.js';
import {
  EXAMPLE_CAST,
  PYTHON_MODES,
  playInPython,
  recorded,
  sdkPython,
  type PythonMode,
} from '../support/example-agents.js';
import { openExampleStage } from '../support/example-stage.js';
import { freePort, startRustRuntime } from '../support/rust-runtime.js';
import type { Stage } from '../support/stage.js';
import { StoredRun } from '../support/stored-run.js';
import { until } from '../support/until.js';

const python = sdkPython();

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
      const played = await playInPython(python ?? '', mode, { runtime: stage.runtime.address, sessionId, tokens });
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
      const lead = playInPython(python ?? '', 'decision', { runtime: stage.runtime.address, sessionId, tokens }, [
        '--role',
        'agent://lead',
        '--listen',
        listen,
      ]);
      await stage.api.untilEvent(runId, ({ type }) => type === 'proposal.created');
      const answer = await stage.api.command(runId, 'cancel', 'nobody came');
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      const told = await lead;
      expect(told.map(({ messageType }) => messageType).slice(0, 2)).toEqual(['SessionStart', 'Proposal']);
      (await StoredRun.read(stage.controlPlane.database, runId)).expectSound();
    });
  });
}

describePlays('the reference runtime', startRustRuntime);
describePlays('the embedded runtime', startEmbedded);
