import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbedded } from '../support/embedded-runtime.js';
import type { Launched } from '../support/api.js';
import { requestOf, Stage } from '../support/stage.js';
import { until } from '../support/until.js';
import { useVisits } from './support/visits.js';

/** What the page has to notice it asks for every three seconds. */
const NOTICE_MS_MAX = 30_000;

let stage: Stage;
const { visit } = useVisits();

beforeAll(async () => {
  stage = await Stage.open(await startEmbedded({ durable: true }));
});
afterAll(async () => {
  await stage.close();
});

/** A running run of which nothing was heard for ten minutes, as it is stored. */
async function quietRun(): Promise<Launched> {
  const launched = await stage.api.launch(requestOf('decision', { ttlMs: 86_400_000 }));
  await stage.api.untilStatus(launched.runId, 'running');
  await until('the kickoff is stored', async () => {
    const { timeline } = await stage.api.state(launched.runId);
    return timeline.recent.some(({ type }) => type === 'message.received') ? true : undefined;
  });
  const { database } = stage.controlPlane;
  const past = new Date(Date.now() - 600_000).toISOString();
  await database.query(
    `update runs set created_at = $2::timestamptz, started_at = $2::timestamptz, updated_at = $2::timestamptz where id = $1`,
    [launched.runId, past],
  );
  await database.query(
    `update run_projections
        set timeline = (timeline::jsonb || jsonb_build_object('recent',
          (select jsonb_agg(entry || jsonb_build_object('ts', $2::text))
             from jsonb_array_elements(timeline::jsonb -> 'recent') entry)))::json
      where run_id = $1`,
    [launched.runId, past],
  );
  return launched;
}

it('stops calling a run quiet once somebody talks in it', async () => {
  const { runId, sessionId } = await quietRun();
  const { page } = await visit(`${stage.controlPlane.url}/`);
  const concern = page.locator('.now-concern').filter({ has: page.locator(`a[href*="${runId}"]`) });
  await concern.getByText('Nobody has said anything for 10 min').waitFor();
  const { updatedAt } = await stage.api.run(runId);
  await stage.sendSignal('agent://alice', sessionId, 'still-here');
  await stage.api.untilEvent(runId, ({ type }) => type === 'signal.emitted');
  await concern.waitFor({ state: 'detached', timeout: NOTICE_MS_MAX });
  await page
    .getByRole('row')
    .filter({ has: page.locator(`a[href*="${runId}"]`) })
    .getByText('Last heard of')
    .waitFor();
  // What makes it worth asking: the list of runs tells nothing of it.
  expect((await stage.api.run(runId)).updatedAt).toBe(updatedAt);
});

it('judges by the clock of the control plane, and not by its own', async () => {
  const { runId } = await stage.api.launch(requestOf('decision', { ttlMs: 86_400_000 }));
  await stage.api.untilStatus(runId, 'running');
  const { page } = await visit(`${stage.controlPlane.url}/`);
  const link = page.locator(`a[href*="${runId}"]`);
  await page.getByRole('row').filter({ has: link }).getByText('Last heard of').waitFor();
  await page.clock.setSystemTime(Date.now() + 3_600_000);
  for (let asked = 0; asked < 2; asked += 1) await page.waitForResponse(/\/runs\?/);
  await page.getByRole('row').filter({ has: link }).getByText('Last heard of').waitFor();
  expect(await page.locator('.now-concern').filter({ has: link }).count()).toBe(0);
});

it('shows a stream that breaks later, and that it was taken up again', async () => {
  const { runId } = await stage.api.launch(requestOf('decision', { ttlMs: 86_400_000 }));
  await stage.api.untilStatus(runId, 'running');
  const { page } = await visit(`${stage.controlPlane.url}/`);
  const link = page.locator(`a[href*="${runId}"]`);
  const row = page.getByRole('row').filter({ has: link });
  await row.getByText('Last heard of').waitFor();
  await stage.runtime.kill();
  const concern = page.locator('.now-concern').filter({ has: link });
  await concern.getByText('Its stream from the runtime broke').waitFor({ timeout: NOTICE_MS_MAX });
  await stage.runtime.restart();
  await concern.waitFor({ state: 'detached', timeout: NOTICE_MS_MAX });
  await row.getByText('Last heard of').waitFor();
});
