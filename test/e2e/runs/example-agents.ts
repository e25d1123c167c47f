import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { exampleRequest } from '../../../src/agents/examples.js';
import type { StartRuntime } from '../../contracts/runtime-scene.js';
import { EXAMPLE_CAST, playInTypeScript, recorded } from '../../support/example-agents.js';
import { openExampleStage } from '../../support/example-stage.js';
import { observe } from '../../support/observe-session.js';
import { StoredRun } from '../../support/stored-run.js';

/** A stage to open and agents to start, on a machine that does other things too. */
const PLAY_MS_MAX = 120_000;

/** The TypeScript example plays past a control plane that holds an observer's token and nothing else. */
export function itObservesTheExample(name: string, start: StartRuntime): void {
  it(
    `the agents of the TypeScript example play on ${name}, and no envelope is missing`,
    async () => {
      const { stage, tokens, close } = await openExampleStage(start);
      try {
        const sessionId = randomUUID();
        const played = await playInTypeScript({ runtime: stage.runtime.address, sessionId, tokens });
        expect(new Set(played.map(({ sender }) => sender))).toEqual(new Set(EXAMPLE_CAST.decision));
        const participants = EXAMPLE_CAST.decision.map((id) => ({ id }));
        const { runId } = await observe(stage.controlPlane, exampleRequest('decision'), { sessionId, participants });
        const run = await stage.api.untilStatus(runId, 'completed');
        expect(run).toMatchObject({ executionMode: 'observer', metadata: { finalAction: 'decision.selected' } });
        expect(await recorded(stage.api, runId)).toEqual(played);
        (await StoredRun.read(stage.controlPlane.database, runId)).expectSound();
      } finally {
        await close();
      }
    },
    PLAY_MS_MAX,
  );
}
