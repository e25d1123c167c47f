import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunId } from '../../../src/contracts/ids.js';
import { RunEventService } from '../../../src/events/run-event.service.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { readFrames } from '../../support/sse-reader.js';
import { Stage, requestOf } from '../../support/stage.js';
import { StoredRun } from '../../support/stored-run.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(() => stage.close());

it('repairs a state that is broken in memory too', async () => {
  const { api, controlPlane } = stage;
  const { runId } = await api.launch(requestOf('decision'));
  await api.untilStatus(runId, 'running');
  const signal = async (signalType: string) => {
    await api.ok('POST', `/runs/${runId}/signal`, { from: 'agent://alice', signalType });
    await api.untilEvent(runId, ({ data }) => 'name' in data && data.name === signalType);
  };
  await signal('first');
  const broken = `update run_projections set signals = '{"signals":[]}' where run_id = $1`;
  await controlPlane.database.query(broken, [runId]);
  await controlPlane.app.get(RunEventService).forget(runId as RunId);
  const payload = { proposalId: 'deploy-v2.1', vote: 'APPROVE' };
  await api.ok('POST', `/runs/${runId}/messages`, { from: 'agent://alice', messageType: 'Vote', payload });
  expect((await api.state(runId)).signals.signals).toEqual([]);
  const url = `${controlPlane.url}/runs/${runId}/stream?includeSnapshot=true`;
  const shown = async () => {
    const frames = await readFrames(url, { signal: AbortSignal.timeout(10_000), enough: ({ length }) => length > 0 });
    return (frames[0]?.data['signals'] as { signals: readonly unknown[] }).signals;
  };
  const open = new AbortController();
  await fetch(url, { signal: open.signal });
  expect(await shown()).toEqual([]);
  await api.ok('POST', `/runs/${runId}/projection/rebuild`);
  expect(await shown()).toHaveLength(1);
  open.abort();
  await signal('second');
  expect((await api.state(runId)).signals.signals).toHaveLength(2);
  (await StoredRun.read(controlPlane.database, runId)).expectSound();
});
