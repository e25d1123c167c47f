import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/embedded-runtime.js';
import { KEYS, KEYS_ENV, bearer } from '../support/keys.js';
import { DEV_ENV, requestOf, Stage } from '../support/stage.js';
import { until } from '../support/until.js';
import { LOOKS, type Look } from './support/browser.js';
import { Gate, type GateRules } from './support/gate.server.js';
import { badge } from './support/run-page.js';
import { useVisits } from './support/visits.js';

const PAGES = ['', 'runs', 'launch', 'events', 'system', 'compare'] as const;
const HEAL_MS_MAX = 60_000;
/** Longer than what would go on asking waits. */
const SETTLE_MS = 2_000;
/** What a browser itself writes when an answer is no 2xx, or none comes. */
const NETWORK = /Failed to load resource|ERR_CONNECTION|ERR_EMPTY_RESPONSE/;

let stage: Stage;
const { own, visit } = useVisits();

beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(async () => {
  await stage.close();
});

async function gateWith(rules: GateRules): Promise<Gate> {
  return own(await Gate.open(() => stage.controlPlane.url, rules));
}

describe('every page of a service that nobody has used', () => {
  it.each(PAGES.flatMap((name) => Object.keys(LOOKS).map((look) => [name, look as Look] as const)))(
    'opens: /%s in %s',
    async (name, look) => {
      const watched = await visit(`${stage.controlPlane.url}/#/${name}`, look);
      await watched.page.getByRole('heading', { level: 1 }).waitFor();
      await watched.page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
      expect(await watched.overhang()).toBeLessThanOrEqual(0);
      expect(await watched.axeFindings()).toEqual([]);
      expect(watched.complaintsBut()).toEqual([]);
      await watched.picture(`${name === '' ? 'now' : name}-empty`);
    },
  );
});

describe('the frame', () => {
  it('lets the keyboard reach every page', async () => {
    const { page } = await visit(`${stage.controlPlane.url}/`);
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    // The brand is on the way.
    for (const name of ['MACP Control Plane', 'Now', 'Runs', 'Launch']) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe(name);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Launch' }).waitFor();
  });

  it('keeps the colours somebody chose', async () => {
    const { page } = await visit(`${stage.controlPlane.url}/`);
    await page.getByRole('button', { name: /^Colours: system/ }).click();
    await page.getByRole('button', { name: /^Colours: dark/ }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: /^Colours: dark/ }).waitFor();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });

  it('works behind a proxy that takes a path off', async () => {
    const gate = await gateWith({ prefix: '/behind/a/proxy' });
    const watched = await visit(`${gate.url}/#/runs`);
    await watched.page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    await watched.page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
    expect(watched.complaintsBut()).toEqual([]);
  });

  it('says that the connection is lost, and that it is back', async () => {
    const port = new URL(stage.controlPlane.url).port;
    const watched = await visit(`${stage.controlPlane.url}/#/system`);
    const says = (text: string) =>
      watched.page.getByRole('status').filter({ hasText: text }).first().waitFor({ timeout: HEAL_MS_MAX });
    await says('Connected');
    await stage.reopen(() => says('No connection'), { PORT: port });
    await says('Connected');
    expect(watched.complaintsBut(NETWORK)).toEqual([]);
  });
});

describe('a page that is kept out', () => {
  it('asks for the key of a service that has API_KEYS, and works with it as far as it reaches', async () => {
    const closed = own(await Stage.open(await startEmbedded(), { ...DEV_ENV, ...KEYS_ENV }));
    const request = requestOf('decision');
    const { runId } = await closed.api.ok<{ runId: string }>('POST', '/runs', request, bearer(KEYS.operate));
    const watched = await visit(`${closed.controlPlane.url}/#/runs/${runId}`);
    const { page } = watched;
    for (const [key, then] of [
      [`${KEYS.read}x`, page.getByText('This token is not accepted')],
      [KEYS.read, badge(page, 'Live')],
    ] as const) {
      await page.getByLabel('Bearer token').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await then.waitFor({ timeout: HEAL_MS_MAX });
    }
    await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
    expect(watched.complaintsBut(NETWORK)).toEqual([]);
  });

  it('asks for a bearer, says when it is wrong, and sends the right one with requests and streams', async () => {
    const gate = await gateWith({ bearer: 'secret' });
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const watched = await visit(`${gate.url}/#/runs/${runId}`);
    const { page } = watched;
    const signIn = async (bearer: string): Promise<void> => {
      await page.getByLabel('Bearer token').fill(bearer);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await page.getByLabel('Bearer token').waitFor();
    expect(await watched.axeFindings()).toEqual([]);
    await signIn('wrong');
    await page.getByText('This token is not accepted').waitFor();
    await signIn('secret');
    await badge(page, 'Live').waitFor({ timeout: HEAL_MS_MAX });
    await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
    expect(gate.openStreams).toBe(1);
    expect(watched.complaintsBut(NETWORK)).toEqual([]);
  });

  it('takes no token that a header cannot carry, neither typed nor kept, and is not locked out by one', async () => {
    const gate = await gateWith({ bearer: 'secret' });
    const watched = await visit(`${gate.url}/#/runs`);
    const { page } = watched;
    await page.getByLabel('Bearer token').fill('secret\u200b');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('There is something in it that no token has').waitFor();
    expect(await watched.axeFindings()).toEqual([]);
    await page.evaluate(`sessionStorage.setItem('macp.bearer', 'secret\u200b')`);
    await page.reload();
    await page.getByLabel('Bearer token').fill('secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
    await page.getByLabel('Bearer token').waitFor({ state: 'detached' });
  });

  it('asks once for a bearer on a page that was open, and keeps what somebody was writing', async () => {
    const gate = await gateWith({});
    const { page } = await visit(`${gate.url}/#/launch`);
    const body = page.getByLabel('Body of POST /runs');
    await body.fill('{ "mine": true }');
    gate.rules.bearer = 'secret';
    await page.getByLabel('Bearer token').fill('secret');
    expect(await page.getByLabel('Bearer token').count()).toBe(1);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
    await page.getByLabel('Bearer token').waitFor({ state: 'detached' });
    expect(await body.inputValue()).toBe('{ "mine": true }');
  });

  it('asks within a dialog that stands before the page', async () => {
    const gate = await gateWith({});
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const watched = await visit(`${gate.url}/#/runs/${runId}`);
    const { page } = watched;
    await page.getByRole('button', { name: 'Cancel run' }).click();
    gate.rules.bearer = 'secret';
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('nobody came');
    await dialog.getByLabel('Bearer token').fill('secret');
    expect(await watched.axeFindings()).toEqual([]);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.getByLabel('Bearer token').waitFor({ state: 'detached' });
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('nobody came');
    await dialog.getByRole('button', { name: 'Cancel', exact: true }).click();
    await badge(page, 'Cancelled').waitFor({ timeout: HEAL_MS_MAX });
  });

  it('lists each event once, whoever signs in meanwhile', async () => {
    const gate = await gateWith({});
    const { runId, sessionId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const { page } = await visit(`${gate.url}/#/events?run=${runId}`);
    const listed = (): Promise<string | null> =>
      page.getByRole('listitem').first().getAttribute('aria-setsize', { timeout: HEAL_MS_MAX });
    const all = async (): Promise<string> => String((await stage.api.state(runId)).timeline.latestSeq);
    await page.getByText('Run requested').waitFor();
    const another = async (): Promise<void> => {
      const before = await all();
      await stage.sendSignal('agent://alice', sessionId, 'tick');
      await expect.poll(all).not.toBe(before);
      await expect.poll(async () => (await listed()) === (await all()), { timeout: HEAL_MS_MAX }).toBe(true);
    };
    for (let times = 0; times < 3; times += 1) await another();
    gate.rules.bearer = 'secret';
    await page.getByLabel('Bearer token').fill('secret');
    const again = page.waitForResponse((answer) => answer.ok() && answer.url().includes('order=desc'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await again;
    await another();
  });

  it('asks once, however much of a page was refused', async () => {
    const gate = await gateWith({ bearer: 'secret' });
    const { page } = await visit(`${gate.url}/#/`);
    await page.getByText('Signed out').nth(3).waitFor();
    expect(await page.getByLabel('Bearer token').count()).toBe(1);
    // A session that the proxy has of its own.
    delete gate.rules.bearer;
    await page.getByLabel('Bearer token').waitFor({ state: 'detached' });
  });

  it('shows everything else when one part of it is forbidden', async () => {
    const gate = await gateWith({ forbidden: /^\/runtime\/manifest/ });
    const watched = await visit(`${gate.url}/#/system`);
    await watched.page.getByText('Not allowed').waitFor();
    await watched.page.getByText('Takes requests and follows runs.').waitFor();
    expect(await watched.axeFindings()).toEqual([]);
    expect(watched.complaintsBut(NETWORK)).toEqual([]);
  });
});

describe('a page before which somebody else answers', () => {
  it('says so, and takes no page for signing in for an answer or a stream', async () => {
    const gate = await gateWith({ page: { path: /./, status: 200 } });
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const watched = await visit(`${gate.url}/#/runs/${runId}`);
    const { page } = watched;
    await page.getByText('Somebody else answered').waitFor();
    let streams = 0;
    page.on('request', (request) => (streams += request.url().includes('/stream') ? 1 : 0));
    await page.getByRole('status').filter({ hasText: 'No access' }).waitFor();
    await sleep(SETTLE_MS);
    expect(streams).toBe(0);

    // Somebody has signed in elsewhere.
    delete gate.rules.page;
    await page.getByRole('button', { name: 'Try again' }).click();
    await badge(page, 'Live').waitFor();
    await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();

    gate.rules.page = { path: /stream/, status: 200 };
    gate.cut();
    await badge(page, 'Not live').waitFor({ timeout: HEAL_MS_MAX });
    delete gate.rules.page;
    await page.getByRole('button', { name: 'Try again' }).click();
    await badge(page, 'Live').waitFor();
    expect(watched.complaintsBut(NETWORK)).toEqual([]);
  });

  it('tells a proxy that is alone from a page that broke', async () => {
    const gate = await gateWith({ page: { path: /^\/readyz/, status: 502 } });
    const { page } = await visit(`${gate.url}/#/system`);
    await page.getByText('The control plane could not answer').first().waitFor();
    await page.getByRole('status').filter({ hasText: 'No connection' }).waitFor();
  });
});

describe('the gate between a page and the service', () => {
  it('strips, asks for a bearer, forbids, and cuts a stream that is open', async () => {
    const gate = await gateWith({ prefix: '/x', bearer: 'secret', forbidden: /^\/audit/ });
    const { runId } = await stage.api.launch(requestOf('decision'));
    const headers = { authorization: 'Bearer secret' };
    expect((await fetch(`${gate.url}/`)).status).toBe(200);
    expect((await fetch(`${gate.url}/runs`)).status).toBe(401);
    expect((await fetch(`${gate.url}/audit`, { headers })).status).toBe(403);
    expect((await fetch(`${gate.url}/runs`, { headers })).status).toBe(200);
    const stream = await fetch(`${gate.url}/runs/${runId}/stream`, { headers });
    const body = stream.text().catch(() => 'cut');
    await until('the stream is open', () => (gate.openStreams === 1 ? true : undefined));
    expect(gate.cut()).toBe(1);
    expect(await body).toBe('cut');
  });
});
