import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/embedded-runtime.js';
import { requestOf, Stage } from '../support/stage.js';
import { until } from '../support/until.js';
import { Gate } from './support/gate.server.js';
import { lengthenLog } from './support/long-log.js';
import { badge } from './support/run-page.js';
import { useVisits } from './support/visits.js';

/** More than a page of a run keeps at hand. */
const LOG_EVENTS = 2_000;
const HEAL_MS_MAX = 60_000;

let stage: Stage;
const { own, visit } = useVisits();

beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(async () => {
  await stage.close();
});

describe('a log of which a part cannot be loaded', () => {
  it('keeps what is there, and asks again for the rest when somebody wants it', async () => {
    const launched = await stage.api.launch(requestOf('decision'));
    await stage.play(launched, 'decision');
    const { runId } = launched;
    await stage.api.untilStatus(runId, 'completed');
    await stage.untilIntroduced(launched, 'decision');
    await lengthenLog(stage.controlPlane.database, runId, LOG_EVENTS);
    const gate = own(await Gate.open(() => stage.controlPlane.url, { forbidden: /events\?afterSeq=0&/ }));
    const { page } = await visit(`${gate.url}/#/runs/${runId}?tab=events`);
    const rows = page.getByRole('group', { name: /Events of the run/ });
    await rows.getByText(String(LOG_EVENTS), { exact: true }).waitFor();
    await rows.focus();
    await page.keyboard.press('Home');
    await page.getByText('Not allowed').waitFor();
    await rows.waitFor();
    delete gate.rules.forbidden;
    await page.getByRole('button', { name: 'Try again' }).click();
    await rows.getByText('Run requested').waitFor();
    await page.getByText('Not allowed').waitFor({ state: 'detached' });
  });

  it('is the same with the events of all runs', async () => {
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const gate = own(await Gate.open(() => stage.controlPlane.url, { forbidden: /order=desc&afterSeq=/ }));
    const { page } = await visit(`${gate.url}/#/events?run=${runId}`);
    await page.getByText('Not allowed').waitFor();
    delete gate.rules.forbidden;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Run requested').waitFor();
  });
});

describe('a log that is followed', () => {
  it('leaves the keyboard with the row that has it, and goes on once it has left', async () => {
    const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}?tab=events`);
    const rows = page.getByRole('group', { name: /Events of the run/ });
    await badge(page, 'Live').waitFor();
    await rows.focus();
    await page.keyboard.press('End');
    const focused: string = await page.evaluate('document.activeElement.textContent');
    const placeOf = async (row: Locator): Promise<number> => Number(await row.getAttribute('aria-posinset'));
    const count = async (): Promise<number> =>
      Number(await rows.getByRole('listitem').first().getAttribute('aria-setsize'));
    const tick = async (): Promise<void> => {
      const before = await count();
      await Promise.all(Array.from({ length: 80 }, () => stage.sendSignal('agent://alice', sessionId, 'tick')));
      await expect.poll(count, { timeout: HEAL_MS_MAX }).toBeGreaterThanOrEqual(before + 80);
    };
    await tick();
    expect(await page.evaluate('document.activeElement.textContent')).toBe(focused);
    await page.getByRole('tab', { name: 'Events' }).focus();
    await tick();
    const last = rows.getByRole('listitem').last();
    await expect.poll(async () => (await placeOf(last)) === (await count()), { timeout: HEAL_MS_MAX }).toBe(true);
  });
});

describe('the events of all runs', () => {
  it('stay where they are read, and keep the keyboard, while others come in above', async () => {
    const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const latestSeq = async (): Promise<number> => (await stage.api.state(runId)).timeline.latestSeq;
    const tick = async (times: number): Promise<void> => {
      const before = await latestSeq();
      await Promise.all(Array.from({ length: times }, () => stage.sendSignal('agent://alice', sessionId, 'tick')));
      await until('they are stored', async () => ((await latestSeq()) >= before + times ? true : undefined));
    };
    await tick(60);
    const { page } = await visit(`${stage.controlPlane.url}/#/events?run=${runId}`);
    const rows = page.getByRole('group', { name: /Events of all runs/ });
    await rows.focus();
    await page.keyboard.press('ArrowDown');
    for (let times = 0; times < 3; times += 1) await page.keyboard.press('PageDown');
    const focused = 'document.activeElement.dataset.index';
    const place = 'document.activeElement.getBoundingClientRect().top';
    await expect.poll(() => page.evaluate(focused)).toBe('36');
    const row: unknown = await page.evaluate('document.activeElement.href');
    const top: unknown = await page.evaluate(place);
    await tick(5);
    await expect.poll(() => page.evaluate(focused), { timeout: HEAL_MS_MAX }).not.toBe('36');
    expect(await page.evaluate('document.activeElement.href')).toBe(row);
    await expect.poll(() => page.evaluate(place)).toBe(top);

    // At the top too, and further than a row out of sight would stay in the page.
    await page.keyboard.press('Home');
    const index = (): Promise<number> => page.evaluate(`Number(${focused})`);
    await expect.poll(index).toBeLessThan(12);
    const newest: unknown = await page.evaluate('document.activeElement.href');
    await tick(60);
    await expect.poll(index, { timeout: HEAL_MS_MAX }).toBeGreaterThanOrEqual(60);
    expect(await page.evaluate('document.activeElement.href')).toBe(newest);
  });
});
