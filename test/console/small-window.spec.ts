import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/embedded-runtime.js';
import { requestOf, Stage } from '../support/stage.js';
import { LOOKS, type Look } from './support/browser.js';
import { badge } from './support/run-page.js';
import { useVisits } from './support/visits.js';

/** More than a page has to be reached with. */
const STEPS = 40;

let stage: Stage;
let runId: string;
const { visit } = useVisits();

beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
  const launched = await stage.api.launch(requestOf('decision'));
  ({ runId } = launched);
  await stage.sendSignal('agent://alice', launched.sessionId, 'llm.call.completed', {
    model: 'a-model-with-a-rather-long-name',
    promptTokens: 1_200,
    completionTokens: 80,
    estimatedCostUsd: 0.000037,
  });
  await stage.play(launched, 'decision');
  await stage.api.untilStatus(runId, 'completed');
  await stage.untilIntroduced(launched, 'decision');
});
afterAll(async () => {
  await stage.close();
});

/** What has the focus, and whether it can be seen: within the window, and not wholly below a bar that stays. */
interface Focused {
  readonly what: string;
  readonly isSeen: boolean;
}

function focused(page: Page): Promise<Focused> {
  return page.evaluate(`(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const it = document.activeElement;
    const { top, bottom, left, right } = it.getBoundingClientRect();
    const points = [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => [
      (Math.max(0, left) + Math.min(innerWidth, right)) / 2,
      Math.max(0, top) + part * (Math.min(innerHeight, bottom) - Math.max(0, top)),
    ]);
    const isSeen = points.some(([x, y]) => {
      const found = document.elementFromPoint(x, y);
      return found !== null && (it.contains(found) || found.contains(it));
    });
    return { what: it.ariaLabel ?? it.textContent, isSeen: bottom > 0 && top < innerHeight && isSeen };
  })()`);
}

describe('on a phone', () => {
  it('an event that is opened further down comes into sight, and so does what opened it', async () => {
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}`, 'narrow');
    await badge(page, 'Complete').waitFor();
    const link = page.locator('.voices a').last();
    const words = await link.textContent();
    await link.click();
    await page.getByRole('complementary').getByText('Type', { exact: true }).waitFor();
    await expect.poll(async () => (await focused(page)).what).toMatch(/^Event \d+$/);
    expect(await focused(page)).toMatchObject({ isSeen: true });
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await focused(page)).what).toBe(words);
    expect(await focused(page)).toMatchObject({ isSeen: true });
  });

  it('the log has the times of its events', async () => {
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}?tab=events`, 'narrow');
    const row = page
      .getByRole('group', { name: /Events of the run/ })
      .getByRole('listitem')
      .first();
    await row.locator('.event-sentence').waitFor();
    expect(await row.locator('time').isVisible()).toBe(true);
  });
});

describe('what the models used', () => {
  it.each(Object.keys(LOOKS).map((look) => look as Look))('is readable in %s', async (look) => {
    const watched = await visit(`${stage.controlPlane.url}/#/runs/${runId}?tab=cost`, look);
    await watched.page.getByRole('table').last().getByText('a-model-with-a-rather-long-name').waitFor();
    await watched.page.getByText('$0.000037').first().waitFor();
    expect(await watched.overhang()).toBeLessThanOrEqual(0);
    expect(await watched.axeFindings()).toEqual([]);
  });
});

describe('whoever walks by keys', () => {
  it.each([
    ['light', 1280, 900],
    ['light', 1280, 420],
    ['narrow', 375, 812],
  ] as const)('sees where the focus is: %s, %i × %i', async (look, width, height) => {
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}`, look);
    await page.setViewportSize({ width, height });
    await badge(page, 'Complete').waitFor();
    await page.locator('.voices a').first().waitFor();
    const hidden: string[] = [];
    for (const key of ['Tab', 'Shift+Tab']) {
      for (let step = 0; step < STEPS; step += 1) {
        await page.keyboard.press(key);
        const { what, isSeen } = await focused(page);
        if (!isSeen) hidden.push(`${key}: ${what}`);
      }
    }
    expect(hidden).toEqual([]);
  });
});
