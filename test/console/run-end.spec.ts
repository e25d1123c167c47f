import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/embedded-runtime.js';
import type { Launched } from '../support/api.js';
import { requestOf, Stage } from '../support/stage.js';
import { Gate } from './support/gate.server.js';
import { badge } from './support/run-page.js';
import { useVisits } from './support/visits.js';

/** How long a page goes on following a run that is over, and some. Milliseconds. */
const FAREWELL_MS_MAX = 60_000;
/** The answer to a command may come after the stream has told of it. Milliseconds. */
const FOCUS_MS_MAX = 10_000;
/** Longer than a page takes to act on an answer. Milliseconds. */
const SETTLE_MS = 1_000;

let stage: Stage;
const { own, visit } = useVisits();

beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(async () => {
  await stage.close();
});

async function running(): Promise<Launched> {
  const launched = await stage.api.launch(requestOf('decision'));
  await stage.api.untilStatus(launched.runId, 'running');
  return launched;
}

describe('a run that ends while it is followed', () => {
  it('is followed until its agents have said goodbye, and no longer', async () => {
    const { runId, sessionId } = await running();
    const gate = own(await Gate.open(() => stage.controlPlane.url));
    const { page } = await visit(`${gate.url}/#/runs/${runId}?tab=signals`);
    await badge(page, 'Live').waitFor();
    await stage.api.command(runId, 'cancel');
    await badge(page, 'Complete').waitFor();
    await stage.sendSignal('agent://alice', sessionId, 'goodbye');
    await page.getByText('goodbye').waitFor();
    await badge(page, 'Complete').waitFor();
    await expect.poll(() => gate.openStreams, { timeout: FAREWELL_MS_MAX }).toBe(0);
    await badge(page, 'Complete').waitFor();
  });
});

describe('a command', () => {
  const focused = 'document.activeElement.tagName';

  it('says what became of it, and leaves the keyboard at the head of the page', async () => {
    const { runId } = await running();
    const watched = await visit(`${stage.controlPlane.url}/#/runs/${runId}`);
    const { page } = watched;
    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('status').filter({ hasText: 'Cancelled' }).waitFor();
    await expect.poll(() => page.evaluate(focused), { timeout: FOCUS_MS_MAX }).toBe('H1');

    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Archive …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
    await page.getByRole('status').filter({ hasText: 'Archived' }).waitFor();
    await expect.poll(() => page.evaluate(focused), { timeout: FOCUS_MS_MAX }).toBe('H1');
    expect(await watched.axeFindings()).toEqual([]);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete …' }).waitFor();
    expect(await page.getByRole('menuitem', { name: 'Archive …' }).count()).toBe(0);
  });

  it('whose answer comes late leaves whoever went elsewhere there', async () => {
    const { runId } = await running();
    await stage.api.command(runId, 'cancel');
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}`);
    await badge(page, 'Cancelled').waitFor();
    let answer = (): void => undefined;
    const wanted = new Promise<void>((resolve) => (answer = resolve));
    await page.route(new RegExp(`/runs/${runId}$`), async (route) => {
      if (route.request().method() === 'DELETE') await wanted;
      await route.continue();
    });
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.evaluate(`location.hash = '/system'`);
    await page.getByRole('heading', { level: 1, name: 'System' }).waitFor();
    const answered = page.waitForResponse((response) => response.request().method() === 'DELETE');
    answer();
    await (await answered).finished();
    await sleep(SETTLE_MS);
    expect(page.url()).toContain('#/system');
  });
});

describe('a comparison', () => {
  it('is renewed when one of its runs ends', async () => {
    const [left, right] = [await running(), await running()];
    await stage.api.command(left.runId, 'cancel');
    const { page } = await visit(`${stage.controlPlane.url}/#/compare?left=${left.runId}&right=${right.runId}`);
    const line = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Outcome', exact: true }) });
    await line.getByText('Running').waitFor();
    const again = page.waitForResponse((response) => response.url().endsWith('/runs/compare'));
    await stage.api.command(right.runId, 'cancel');
    await again;
    await line.getByText('Running').waitFor({ state: 'detached' });
  });
});
