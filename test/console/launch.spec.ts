import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunRecord } from '../../src/contracts/run-record.js';
import { Sandbox } from '../support/sandbox.js';
import { UNTRUSTED_HOST } from './support/browser.js';
import { Gate } from './support/gate.server.js';
import { useVisits } from './support/visits.js';

/** Longer than a page takes to act on an answer. Milliseconds. */
const SETTLE_MS = 1_000;

let sandbox: Sandbox;
const { own, visit } = useVisits();

beforeAll(async () => {
  sandbox = await Sandbox.open({ SANDBOX_PACE_MS: '20', ALLOWED_HOSTS: UNTRUSTED_HOST });
});
afterAll(async () => {
  await sandbox.close();
});

it('makes one run of a request whose answer was lost and that is sent again, and another one of the next', async () => {
  const runs = async (): Promise<number> => {
    const { data } = await sandbox.api.ok<{ data: readonly RunRecord[] }>('GET', '/runs?includeSandbox=true');
    return data.length;
  };
  const gate = own(await Gate.open(() => sandbox.process.at, { lost: /^\/runs$/ }));
  const { page } = await visit(`${gate.url}/#/launch`);
  const start = page.getByRole('button', { name: 'Start: A release is decided on' });
  await start.click();
  await page.getByText('No connection').last().waitFor();
  await expect.poll(runs).toBe(1);

  delete gate.rules.lost;
  await start.click();
  await page.waitForURL(/#\/runs\//);
  expect(await runs()).toBe(1);

  await page.goBack();
  await start.click();
  await page.waitForURL(/#\/runs\//);
  expect(await runs()).toBe(2);
});

it('makes one run of a run that is launched again while answers are lost', async () => {
  const { runId } = await sandbox.api.launch(await sandbox.example('decision'));
  const runs = async (): Promise<number> =>
    (await sandbox.api.ok<{ total: number }>('GET', '/runs?includeSandbox=true')).total;
  const before = await runs();
  const gate = own(await Gate.open(() => sandbox.process.at, { lost: /\/clone$/ }));
  const { page } = await visit(`${gate.url}/#/launch?from=${runId}`);
  const again = page.getByRole('button', { name: 'Launch again' });
  await again.click();
  await page.getByText('No connection').last().waitFor();
  await expect.poll(runs).toBe(before + 1);
  delete gate.rules.lost;
  await again.click();
  await page.waitForURL(/#\/runs\//);
  expect(await runs()).toBe(before + 1);
});

it('leaves whoever went elsewhere before the run was made there', async () => {
  const { page } = await visit(`${sandbox.process.at}/#/launch`);
  let answer = (): void => undefined;
  const wanted = new Promise<void>((resolve) => (answer = resolve));
  await page.route(/\/runs$/, async (route) => {
    await wanted;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Start: A release is decided on' }).click();
  await page.evaluate(`location.hash = '/system'`);
  await page.getByRole('heading', { level: 1, name: 'System' }).waitFor();
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  answer();
  await (await answered).finished();
  await sleep(SETTLE_MS);
  expect(page.url()).toContain('#/system');
});

it('keeps what somebody wrote while another example is looked at, and while another page is', async () => {
  const { page } = await visit(`${sandbox.process.at}/#/launch`);
  const shown = page.getByRole('button', { name: /^Show the request/ });
  const area = page.getByLabel('Body of POST /runs');
  await shown.first().click();
  await area.fill('{ "mine": true }');
  await shown.nth(1).click();
  await expect.poll(() => area.inputValue()).not.toContain('mine');
  await shown.first().click();
  expect(await area.inputValue()).toBe('{ "mine": true }');
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  await page.goBack();
  await shown.first().click();
  expect(await area.inputValue()).toBe('{ "mine": true }');
  await page.getByRole('button', { name: 'Undo all changes' }).click();
  expect(await area.inputValue()).not.toContain('mine');
});

it('works over plain HTTP, where a browser makes no ids and hands out no clipboard', async () => {
  const { page } = await visit(`${sandbox.process.at.replace('127.0.0.1', UNTRUSTED_HOST)}/#/launch`);
  expect(await page.evaluate('isSecureContext')).toBe(false);
  await page.getByText('The same with curl').click();
  await page.getByRole('button', { name: 'Copy: curl command' }).click();
  await page.getByRole('button', { name: 'Not copied' }).waitFor();
  await page.getByRole('button', { name: 'Start: A release is decided on' }).click();
  await page.waitForURL(/#\/runs\//);
});
