import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditPage } from '../../../src/contracts/audit.js';
import type { Launched } from '../../support/api.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { Stage, requestOf } from '../../support/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(() => stage.close());

/** Who did what to a thing, oldest first. */
const audited = async (resourceId: string) => {
  const { data } = await stage.api.ok<AuditPage>('GET', `/audit?resourceId=${resourceId}`);
  return data.map(({ action, actor }) => `${actor} ${action}`).reverse();
};
const launched = async (actorId?: string): Promise<Launched> => {
  const requester = actorId === undefined ? {} : { requester: { actorId, actorType: 'user' as const } };
  const run = await stage.api.launch(requestOf('decision', {}, { execution: requester }));
  await stage.api.untilStatus(run.runId, 'running');
  return run;
};
const forged = { execution: { requester: { actorId: '\u0000', actorType: 'user' } } };

it('names the run, whichever of its ids was used', async () => {
  const { runId, sessionId } = await launched('me');
  const at = (path: string) => `/runs/${sessionId}${path}`;
  await stage.api.ok('POST', at('/signal'), { from: 'agent://alice', signalType: 'note' });
  await stage.api.ok('POST', at('/artifacts'), { kind: 'json', label: 'notes', inline: {} });
  await stage.api.ok('POST', '/runs/batch/cancel', { runIds: [sessionId] });
  await stage.api.ok('DELETE', at(''));
  expect(await audited(sessionId)).toEqual([]);
  expect(await audited(runId)).toEqual([
    'me run.create',
    'anonymous run.signal',
    'anonymous artifact.create',
    'anonymous run.cancel',
    'anonymous run.delete',
  ]);
});

it('names the runs of a batch that are gone', async () => {
  const runs = [await launched(), await launched()];
  for (const { runId } of runs) await stage.api.command(runId, 'cancel');
  await stage.api.ok('POST', '/runs/batch/delete', { runIds: [runs[0]!.sessionId, runs[1]!.runId] });
  for (const { runId } of runs) expect((await audited(runId)).at(-1)).toBe('anonymous run.delete');
});

it('takes nobody’s word for who they are but a launch’s', async () => {
  const { runId } = await launched();
  await stage.api.command(runId, 'cancel');
  expect((await stage.api.request('POST', `/runs/${runId}/archive`, forged)).status).toBe(400);
  expect((await stage.api.request('POST', `/runs/${runId}/archive`)).status).toBe(200);
  expect((await stage.api.request('DELETE', `/runs/${runId}`, forged)).status).toBe(400);
  expect((await stage.api.request('DELETE', `/runs/${runId}`)).status).toBe(204);
  expect((await audited(runId)).slice(-2)).toEqual(['anonymous run.archive', 'anonymous run.delete']);
});
