import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/contracts/run-record.js';
import { Sandbox } from '../support/sandbox.js';
import { badge, decision, where } from './support/run-page.js';
import { useVisits } from './support/visits.js';

/** Examples play to their end within this. Milliseconds. */
const PLAY_MS_MAX = 120_000;

let sandbox: Sandbox;
const { visit } = useVisits();

beforeAll(async () => {
  sandbox = await Sandbox.open({ SANDBOX_PACE_MS: '100' });
});
afterAll(async () => {
  await sandbox.close();
});

describe('a newcomer', () => {
  it('launches an example, watches a decision form, understands it, travels through it, and takes it home', async () => {
    const watched = await visit(`${sandbox.process.at}/`);
    const { page } = watched;
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Launch' }).click();
    await page.getByRole('button', { name: 'Start: A release is decided on' }).click();

    await page.getByRole('heading', { level: 1, name: 'Shall v2.1 go to production today?' }).waitFor();
    await badge(page, 'Completed').waitFor({ timeout: PLAY_MS_MAX });
    await decision(page).getByText('Decided for: deploy v2.1 today').waitFor();
    await decision(page)
      .getByText(/2 of 3 votes for/)
      .waitFor();
    expect(await watched.axeFindings()).toEqual([]);
    await watched.picture('run');

    await page.getByRole('slider').focus();
    await page.keyboard.press('Home');
    await where(page)
      .getByText(/^event 1 of \d+/)
      .waitFor();
    await expect.poll(() => page.url()).toMatch(/[?&]at=1(&|$)/);
    await decision(page).getByText('Decided for: deploy v2.1 today').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('slider').focus();
    await page.keyboard.press('End');
    await page.getByRole('region', { name: 'What changed' }).getByText('Completed').waitFor();
    await page.getByRole('button', { name: 'Stop comparing' }).click();
    await page.getByRole('button', { name: 'Back to the end' }).click();
    await where(page).getByText('Now', { exact: true }).waitFor();

    await page.getByRole('button', { name: /^More/ }).click();
    const arriving = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Export as JSON' }).click();
    const bundle = await bundleIn(await (await arriving).path());
    const { timeline } = await sandbox.api.state(bundle.run.id);
    expect(bundle.canonicalEvents.map(({ seq }) => seq)).toEqual(
      Array.from({ length: timeline.latestSeq }, (_, index) => index + 1),
    );
    expect(watched.complaintsBut()).toEqual([]);
  });
});

function outcomeOf({ status, metadata }: RunRecord): RegExp {
  if (status === 'failed') return /No decision$/;
  return metadata['outcomePositive'] === true ? /Positive$/ : /Negative$/;
}

async function bundleIn(path: string) {
  return JSON.parse(await readFile(path, 'utf8')) as {
    readonly run: { readonly id: string };
    readonly canonicalEvents: readonly { readonly seq: number }[];
  };
}

describe('every example', () => {
  it('is told in words and as a picture that axe has nothing against', async () => {
    const examples = await sandbox.examples();
    const runs = await Promise.all(
      examples.map(async ({ id, request }) => ({ id, ...(await sandbox.api.launch(request)) })),
    );
    for (const { id, runId } of runs) {
      const run = await sandbox.api.untilEnded(runId, PLAY_MS_MAX);
      const watched = await visit(`${sandbox.process.at}/#/runs/${runId}`, id === 'quorum' ? 'dark' : 'light');
      const { page } = watched;
      await badge(page, run.status === 'completed' ? 'Completed' : 'Failed').waitFor();
      await decision(page)
        .locator('.badge')
        .filter({ hasText: outcomeOf(run) })
        .first()
        .waitFor();
      expect(await watched.axeFindings(), id).toEqual([]);
      expect(watched.complaintsBut(), id).toEqual([]);
      await watched.picture(`run-${id}`);
      await watched.close();
    }
  });
});
