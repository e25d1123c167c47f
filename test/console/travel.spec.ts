import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/embedded-runtime.js';
import { requestOf, Stage } from '../support/stage.js';
import { badge, where } from './support/run-page.js';
import { useVisits } from './support/visits.js';

/** Longer than a player waits between two moments. Milliseconds. */
const SLOW_MS = 1_500;
const LOAD_MS_MAX = 30_000;

let stage: Stage;
let runId: string;
const { visit } = useVisits();

beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
  const launched = await stage.api.launch(requestOf('decision'));
  ({ runId } = launched);
  await stage.play(launched, 'decision');
  await stage.api.untilStatus(runId, 'completed');
  await stage.untilIntroduced(launched, 'decision');
});
afterAll(async () => {
  await stage.close();
});

describe('travelling on a bad network', () => {
  it('keeps everything else when one moment cannot be had, and goes on to another', async () => {
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}?at=5`);
    await where(page).getByText('event 5 of').waitFor();
    await page.route(/replay\/state\?seq=6$/, (route) =>
      route.fulfill({ status: 400, json: { errorCode: 'INVALID_QUERY', message: 'Not this one.' } }),
    );
    await page.getByRole('button', { name: 'One event on' }).click();
    await page.getByRole('tabpanel').getByText('Not this one.').waitFor();
    await badge(page, 'Completed').waitFor();
    await where(page).getByText('event 6 of').waitFor();
    await page.getByRole('button', { name: 'One event on' }).click();
    await page.getByText('Not this one.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'One event back' }).click();
    await page.getByRole('button', { name: 'Back to the end' }).click();
    await where(page).getByText('Now', { exact: true }).waitFor();
    expect(await page.getByText('Not this one.').count()).toBe(0);
  });

  it('shows the last moment for one that never was', async () => {
    const { timeline } = await stage.api.state(runId);
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}?at=99999`);
    await where(page).getByText(`event ${timeline.latestSeq} of ${timeline.latestSeq}`).waitFor();
    await page.getByRole('tabpanel').getByRole('heading', { name: 'The decision' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('asks again for a moment that was seen when the database was put back', async () => {
    const state = await stage.api.state(runId);
    const snapshot = `event: snapshot\ndata: ${JSON.stringify(state)}\n\n`;
    const gap = `event: gap\ndata: {"reason":"ahead","requestedAfterSeq":999,"latestSeq":5}\n\n`;
    const { page } = await visit('about:blank');
    let opened = 0;
    await page.route(/\/stream/, (route) => {
      opened += 1;
      const body = opened === 1 ? snapshot : `${gap}${snapshot}`;
      return opened > 2 ? undefined : route.fulfill({ contentType: 'text/event-stream', body });
    });
    let asked = 0;
    page.on('request', (request) => {
      if (/replay\/state\?seq=5$/.test(request.url())) asked += 1;
    });
    await page.goto(`${stage.controlPlane.url}/#/runs/${runId}?at=5`);
    await where(page).getByText('event 5 of').waitFor();
    await expect.poll(() => asked).toBe(2);
  });

  it('says that a moment is on its way, and plays no further than is seen', async () => {
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}?at=5`);
    await where(page).locator('time').waitFor();
    const asked: string[] = [];
    const given: string[] = [];
    page.on('requestfinished', (request) => {
      if (request.url().includes('replay/state')) given.push(request.url());
    });
    await page.route(/replay\/state/, async (route) => {
      asked.push(route.request().url());
      await sleep(SLOW_MS);
      await route.continue().catch(() => undefined);
    });
    const panel = page.getByRole('tabpanel').locator('[aria-busy]');
    await page.getByRole('button', { name: 'Play' }).click();
    await where(page).getByText('event 6 of').waitFor();
    expect(await panel.getAttribute('aria-busy')).toBe('true');
    expect(await where(page).locator('time').count()).toBe(0);
    await where(page).getByText('event 8 of').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => panel.getAttribute('aria-busy'), { timeout: LOAD_MS_MAX }).toBe('false');
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(given).toEqual(asked);
  });
});
