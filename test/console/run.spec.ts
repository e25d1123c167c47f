import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/embedded-runtime.js';
import { requestOf, Stage } from '../support/stage.js';
import { until } from '../support/until.js';
import { Gate } from './support/gate.server.js';
import { lengthenLog } from './support/long-log.js';
import { badge, decision, where } from './support/run-page.js';
import { useVisits } from './support/visits.js';

const LONG_LOG = 50_000;
/** How many rows may be in the page, whatever the log’s length. */
const ROWS_MAX = 80;
/** So many of the newest events a page keeps at hand. */
const TAIL_MAX = 1_000;
const HEAL_MS_MAX = 60_000;
/** What a browser itself writes when a connection breaks. */
const NETWORK = /Failed to load resource|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/;

let stage: Stage;
const { own, visit } = useVisits();

beforeAll(async () => {
  stage = await Stage.open(await startEmbedded());
});
afterAll(async () => {
  await stage.close();
});

describe('a run that is over', () => {
  it('plays a decision back, from any moment on', async () => {
    const launched = await stage.api.launch(requestOf('decision'));
    await stage.play(launched, 'decision');
    await stage.api.untilStatus(launched.runId, 'completed');
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${launched.runId}?at=5`);
    // So low that every moment of the run is longer than what is scrolled.
    await page.setViewportSize({ width: 1_280, height: 480 });
    await page.getByRole('button', { name: 'Play' }).click();
    await where(page)
      .getByText(/^event (?:[89]|1\d) of/)
      .waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'To the next turn' }).click();
    await page.mouse.wheel(0, 60);
    await expect.poll(() => page.evaluate('scrollY')).toBe(60);
    await page.getByRole('button', { name: 'One event back' }).click();
    await expect.poll(() => page.url()).toMatch(/[?&]at=(?!5\b)\d+/);
    expect(await page.evaluate('scrollY')).toBe(60);
  });
});

describe('the head of a run', () => {
  it('tells nothing of now by a moment of the past', async () => {
    const launched = await stage.api.launch(requestOf('decision'));
    await stage.play(launched, 'decision');
    await stage.api.untilStatus(launched.runId, 'completed');
    const gate = own(await Gate.open(() => stage.controlPlane.url, { forbidden: /stream/ }));
    const { page } = await visit(`${gate.url}/#/runs/${launched.runId}?at=5`);
    await badge(page, 'Not live').waitFor();
    await where(page).getByText('event 5 of 5').waitFor();
    // What was seen once can be gone back to.
    const before = page.waitForResponse(/replay\/state\?seq=4$/);
    await page.getByRole('button', { name: 'One event back' }).click();
    await (await before).finished();
    await where(page).getByText('event 4 of 5').waitFor();
    await page.getByRole('button', { name: 'One event on' }).click();
    await where(page).getByText('event 5 of 5').waitFor();
    expect(await badge(page, 'Running').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Cancel run' }).count()).toBe(0);
    delete gate.rules.forbidden;
    await page.getByRole('button', { name: 'Try again' }).click();
    await badge(page, 'Completed').waitFor();
  });

  it('asks about the run it is of, and about no other that is gone back to', async () => {
    const [first, second] = await Promise.all(
      ['the first of two', 'the second of two'].map(async (intent) => {
        const { runId } = await stage.api.launch(requestOf('decision', { intent }));
        await stage.api.untilStatus(runId, 'running');
        return runId;
      }),
    );
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${first}`);
    await badge(page, 'Running').waitFor();
    await page.evaluate(`location.hash = '/runs/${second}'`);
    await page.getByRole('heading', { level: 1, name: 'the second of two' }).waitFor();
    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.getByRole('dialog').getByText('the second of two').waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'the first of two' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('sends a command once, and keeps its dialog until it can say what became of it', async () => {
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}`);
    let asked = 0;
    let answer = (): void => undefined;
    const wanted = new Promise<void>((resolve) => (answer = resolve));
    await page.route(/\/cancel$/, async (route) => {
      asked += 1;
      await wanted;
      await route.fulfill({ status: 409, json: { errorCode: 'RUN_TRANSITION_REFUSED', message: 'It is too late.' } });
    });
    await page.getByRole('button', { name: 'Cancel run' }).click();
    const reason = page.getByLabel(/Reason/);
    await reason.fill('nobody came');
    await reason.press('Enter');
    const keep = page.getByRole('dialog').getByRole('button', { name: 'Keep it as it is' });
    await expect.poll(() => keep.isDisabled()).toBe(true);
    await reason.press('Enter');
    await reason.press('Escape');
    answer();
    await page.getByRole('dialog').getByText('It is too late.').waitFor();
    expect(asked).toBe(1);
  });
});

describe('a command that was carried out', () => {
  it('says so before the page is renewed', async () => {
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    await stage.api.command(runId, 'cancel');
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}?tab=details`);
    await badge(page, 'Cancelled').waitFor();
    // No page is told anything more.
    const never = new Promise<void>(() => undefined);
    await page.route(new RegExp(`/runs/${runId}$`), (route) =>
      route.request().method() === 'GET' ? never : route.continue(),
    );
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  });

  it('says of each of several what became of it', async () => {
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const { page } = await visit(`${stage.controlPlane.url}/#/runs`);
    await page
      .getByRole('row')
      .filter({ has: page.locator(`a[href*="${runId}"]`) })
      .getByRole('checkbox')
      .check();
    const never = new Promise<void>(() => undefined);
    await page.route(/\/runs\?/, () => never);
    await page.getByRole('button', { name: 'Cancel …' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Cancel/ })
      .click();
    await page.getByText('All done: 1 run cancelled.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    // The next list is on its way: how old it is cannot be said.
    const asked = page.waitForRequest(/\/runs\?.*sandbox/i);
    await page.evaluate(`location.hash = '/runs?sandbox=true'`);
    await asked;
    await expect.poll(() => page.locator('.page-head p').textContent()).toMatch(/runs?$/);
  });
});

describe('what is shown of a moment', () => {
  it('is never of another run', async () => {
    const ids = await Promise.all(
      ['one', 'two'].map(async (intent) => {
        const { runId } = await stage.api.launch(requestOf('decision', { intent }));
        await stage.api.untilStatus(runId, 'running');
        return runId;
      }),
    );
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${ids[0]}?at=3`);
    await where(page).getByText('event 3 of').waitFor();
    let answer = (): void => undefined;
    const wanted = new Promise<void>((resolve) => (answer = resolve));
    await page.route(/replay\/state/, async (route) => {
      await wanted;
      await route.continue();
    });
    await page.evaluate(`location.hash = '/runs/${ids[1]}?at=3'`);
    await page.getByRole('heading', { level: 1, name: 'two' }).waitFor();
    await page.getByText('Loading the moment').waitFor();
    expect(await decision(page).count()).toBe(0);
    expect(await where(page).locator('time').count()).toBe(0);
    answer();
    await where(page).locator('time').waitFor();
    await decision(page).waitFor();
  });
});

describe('an event that is opened', () => {
  it('takes the keyboard along from one to the next, and gives it back', async () => {
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${runId}?tab=events`);
    const rows = page.getByRole('group', { name: /Events of the run/ });
    const row = rows.getByRole('link').first();
    await row.focus();
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('complementary');
    await sheet.getByText('Type').waitFor();
    const focused = (): Promise<unknown> =>
      page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent');
    await expect.poll(focused).toBe('Event 1');
    await sheet.getByRole('button', { name: 'The next event' }).focus();
    for (const seq of [2, 3]) {
      await page.keyboard.press('Enter');
      await sheet.getByRole('heading', { name: `Event ${seq}` }).waitFor();
      expect(await focused()).toBe('The next event');
    }
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(await focused()).toBe(await row.textContent());
  });
});

describe('a run that is followed', () => {
  it('goes on where it was when its stream is cut, and when the service has been away', async () => {
    const gate = own(await Gate.open(() => stage.controlPlane.url));
    const { runId } = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(runId, 'running');
    const watched = await visit(`${gate.url}/#/runs/${runId}`);
    const { page } = watched;
    await badge(page, 'Live').waitFor();
    await until('the stream is open', () => (gate.openStreams === 1 ? true : undefined));
    gate.cut();
    await badge(page, 'Reconnecting').waitFor();
    await badge(page, 'Live').waitFor({ timeout: HEAL_MS_MAX });

    await stage.reopen(() => badge(page, 'Reconnecting').waitFor({ timeout: HEAL_MS_MAX }));
    await badge(page, 'Live').waitFor({ timeout: HEAL_MS_MAX });

    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.getByLabel(/Reason/).fill('nobody came');
    await page
      .getByRole('alertdialog')
      .or(page.getByRole('dialog'))
      .getByRole('button', { name: 'Cancel', exact: true })
      .click();
    await badge(page, 'Cancelled').waitFor({ timeout: HEAL_MS_MAX });
    await page.getByRole('tab', { name: 'Events' }).click();
    const { timeline } = await stage.api.state(runId);
    await page.getByText(`${timeline.latestSeq} events`, { exact: true }).waitFor();
    expect(watched.complaintsBut(NETWORK)).toEqual([]);
  });

  it('says that it does not exist', async () => {
    const watched = await visit(`${stage.controlPlane.url}/#/runs/00000000-0000-4000-8000-000000000000`);
    await watched.page.getByText('Not found').waitFor();
    expect(await watched.axeFindings()).toEqual([]);
  });
});

describe('the log of a run that is followed', () => {
  async function opened(query: string) {
    const launched = await stage.api.launch(requestOf('decision'));
    await stage.api.untilStatus(launched.runId, 'running');
    const { page } = await visit(`${stage.controlPlane.url}/#/runs/${launched.runId}?tab=events${query}`);
    const rows = page.getByRole('group', { name: /Events of the run/ });
    await badge(page, 'Live').waitFor();
    await rows.getByText('Run requested').waitFor();
    return { ...launched, page, rows };
  }
  const latestSeq = async (runId: string): Promise<number> => (await stage.api.state(runId)).timeline.latestSeq;

  it('asks for events of a rare kind once, and not for each other event', async () => {
    const { runId, sessionId, page, rows } = await opened('&types=run.created,run.cancelled');
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes(`/runs/${runId}/events`)) asked.push(request.url());
    });
    const before = await latestSeq(runId);
    for (let sent = 0; sent < 20; sent += 1) {
      await stage.sendSignal('agent://alice', sessionId, 'tick');
      await until('it is stored', async () => ((await latestSeq(runId)) > before + sent ? true : undefined));
    }
    await stage.api.command(runId, 'cancel');
    await rows
      .getByText('run.cancelled')
      .or(rows.getByText(/cancelled/i))
      .first()
      .waitFor();
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('fills in what comes while the beginning is looked at, also when the newest are far ahead', async () => {
    // With an event chosen the list does not follow the newest.
    const { runId, sessionId, page, rows } = await opened('&event=2');
    const target = TAIL_MAX + 200;
    for (let seq = await latestSeq(runId); seq < target; seq = await latestSeq(runId)) {
      await Promise.all(Array.from({ length: 50 }, () => stage.sendSignal('agent://alice', sessionId, 'tick')));
    }
    await page.getByText(/^1,[2-9]\d\d events$/).waitFor();
    await rows.getByText('12', { exact: true }).waitFor();
    await expect.poll(() => rows.getByText('…', { exact: true }).count()).toBe(0);
  });
});

describe(`a run of ${LONG_LOG} events`, () => {
  it('opens at its end, and any event of it is a key or an address away', async () => {
    const launched = await stage.api.launch(requestOf('decision'));
    await stage.play(launched, 'decision');
    const { runId } = launched;
    await stage.api.untilStatus(runId, 'completed');
    await stage.untilIntroduced(launched, 'decision');
    await lengthenLog(stage.controlPlane.database, runId, LONG_LOG);

    const watched = await visit(`${stage.controlPlane.url}/#/runs/${runId}?tab=events`);
    const { page } = watched;
    await page.getByText('50,000 events', { exact: true }).waitFor();
    const rows = page.getByRole('group', { name: /Events of the run/ });
    await rows.getByText('50000', { exact: true }).waitFor();
    const focused = (): Promise<unknown> => page.evaluate('document.activeElement.textContent');
    // From what is in sight, and on from rows that are still to be loaded.
    await rows.focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(focused).toContain(String(LONG_LOG));
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toContain('Run started');
    await page.keyboard.press('Home');
    await rows.getByText('Run requested').waitFor();
    expect(await rows.getByRole('listitem').count()).toBeLessThan(ROWS_MAX);

    await page.goto(`${stage.controlPlane.url}/#/runs/${runId}?tab=events&event=31234`);
    await page.getByRole('complementary', { name: 'Event 31234' }).waitFor();
    await rows.locator('[aria-current]').getByText('31234').waitFor();
    await page
      .getByRole('toolbar', { name: 'Kinds of events' })
      .getByRole('button', { name: 'Run and session' })
      .click();
    await rows.getByText('run.created').waitFor();

    // More turns than anybody loads; the nearest one is found nevertheless.
    await stage.controlPlane.database.query(
      `update run_events_canonical set type = 'proposal.updated' where run_id = $1 and seq between 20001 and 26000`,
      [runId],
    );
    await page.goto(`${stage.controlPlane.url}/#/runs/${runId}?at=20500`);
    await where(page).getByText('event 20500 of').waitFor();
    await page.getByRole('button', { name: 'To the turn before' }).click();
    await where(page).getByText('event 20499 of').waitFor();
    await page.getByRole('button', { name: 'To the next turn' }).click();
    await where(page).getByText('event 20500 of').waitFor();
    expect(watched.complaintsBut()).toEqual([]);
  });
});
