import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';
import { now } from '../support/clock.js';
import { EVENTS_PER_ENVELOPE, historyOf } from '../support/history.js';
import { eachOf, openLoop } from '../support/open-loop.js';
import type { Context, Measured, Scenario } from '../support/scenario.js';
import { Stage, type LaunchedRun } from '../support/stage.js';
import { median, percentile } from '../support/statistics.js';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const HISTORY_EVENTS = 10_000;
const OPENINGS = 9;
const FAST = { eventsPerSecond: 300, seconds: 20 };
const IDLE_MS = 3_000;
const LONG = { eventsPerSecond: 50 };
/** The bounded lists of the page fill up first: what they take then is no growth. */
const FILL_SHARE = 0.1;
const SAMPLES = 60;
const FRAME_MS_MAX = 50;
/** How far behind the last event of the load a page may be. */
const SHOWN_MS_MAX = 5_000;
const SHOWN_POLL_MS = 50;
/** Its largest value is the seq of the newest event that the page knows. */
const NEWEST_SEQ = '.slider input[type=range]';
const MB = 1_024 * 1_024;

/** The two views of a run that move with its events, and what is there once one of them is of use. */
const VIEWS = {
  story: { query: '', useful: '.picture-stage' },
  events: { query: '?tab=events', useful: '.virtual-row' },
} as const;
type View = (typeof VIEWS)[keyof typeof VIEWS];

export const consoleUse: Scenario = {
  name: 'console',
  about: 'the console in a browser: opening a run of 10 000 events, frames at 300 events/s, memory at 50 events/s',
  bars: ['consoleOpen', 'consoleFrames', 'consoleMemory'],
  deadlineMs: 5_400_000,
  async run(context) {
    if (!existsSync(CHROMIUM)) throw new Error(`there is no browser at ${CHROMIUM} (CHROMIUM names another)`);
    const stage = await Stage.open(context, { gated: true });
    const browser = context.own(
      await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] }),
      (it) => it.close(),
    );
    return [
      ...(await openings(stage, browser, context)),
      ...(await frames(stage, browser, context)),
      ...(await memory(stage, browser, context)),
    ];
  },
};

/** Each with an empty cache and nothing stored, as for somebody who follows a link. */
async function openings(stage: Stage, browser: Browser, context: Context): Promise<Measured[]> {
  const { runId, latestSeq } = await historyOf(stage, context, HISTORY_EVENTS);
  const times: number[] = [];
  const bare: number[] = [];
  for (let opening = 0; opening < OPENINGS; opening += 1) {
    context.phase(`opening ${opening + 1} of ${OPENINGS}`);
    context.signal.throwIfAborted();
    bare.push(await timeTo(browser, `${stage.host.url}/healthz`, 'body'));
    times.push(await timeTo(browser, pageOf(stage, runId, VIEWS.story), VIEWS.story.useful));
  }
  const note = `${latestSeq} events; p99 ${percentile(times, 0.99).toFixed(0)} ms of ${OPENINGS}; limit: the same browser opens GET /healthz`;
  return [{ of: 'consoleOpen', value: median(times), limit: median(bare), note }];
}

async function timeTo(browser: Browser, url: string, useful: string): Promise<number> {
  const visitor = await browser.newContext();
  try {
    const page = await visitor.newPage();
    const began = now();
    await page.goto(url, { waitUntil: 'commit' });
    await page.locator(useful).first().waitFor();
    return now() - began;
  } finally {
    await visitor.close();
  }
}

/** How long the frames of a page take that shows a run while it grows; of both views, the slower one counts. */
async function frames(stage: Stage, browser: Browser, context: Context): Promise<Measured[]> {
  const { eventsPerSecond, seconds } = FAST;
  const perSecond = eventsPerSecond / EVENTS_PER_ENVELOPE;
  const measured: { idle: number; busy: number; told: string }[] = [];
  for (const [name, view] of Object.entries(VIEWS)) {
    const { signal } = context;
    const { runId, sessionId } = await launched(stage);
    const page = await watch(stage, browser, runId, view);
    const idle = await framesDuring(page, () => sleep(IDLE_MS, undefined, { signal }));
    context.phase(`${eventsPerSecond} events/s for ${seconds} s before the ${name}`);
    const busy = await framesDuring(page, () =>
      openLoop({ count: perSecond * seconds, perSecond, signal }, () => stage.sender.send(sessionId)),
    );
    await untilShown(stage, page, runId, eventsPerSecond * seconds);
    await page.context().close();
    const slow = busy.filter((ms) => ms > FRAME_MS_MAX).length;
    const told = `${name}: ${rateOf(busy).toFixed(1)}/s, p99 of a frame ${percentile(busy, 0.99).toFixed(0)} ms, the longest ${Math.max(...busy).toFixed(0)}, ${slow} of ${busy.length} over ${FRAME_MS_MAX} ms`;
    measured.push({ idle: rateOf(idle), busy: rateOf(busy), told });
  }
  const note = `${measured.map(({ told }) => told).join('; ')}; limit: while nothing happens`;
  const value = Math.min(...measured.map(({ busy }) => busy));
  return [{ of: 'consoleFrames', value, limit: Math.min(...measured.map(({ idle }) => idle)), note }];
}

/** What both views hold together, from the time their lists are full to the end. */
async function memory(stage: Stage, browser: Browser, context: Context): Promise<Measured[]> {
  const { signal, sizes } = context;
  const { runId, sessionId } = await launched(stage);
  const pages = await eachOf(2, 1, (index) => watch(stage, browser, runId, Object.values(VIEWS)[index]!));
  const sessions = await Promise.all(pages.map((page) => page.context().newCDPSession(page)));
  const perSecond = LONG.eventsPerSecond / EVENTS_PER_ENVELOPE;
  const count = Math.ceil((perSecond * sizes.minutes * 60) / SAMPLES);
  const samples: number[] = [];
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    await openLoop({ count, perSecond, signal }, () => stage.sender.send(sessionId));
    const held = await Promise.all(sessions.map(heldBy));
    samples.push(held.reduce((sum, megabytes) => sum + megabytes, 0));
    context.phase(
      `part ${sample} of ${SAMPLES} of ${sizes.minutes} min: ${held.map((it) => it.toFixed(1)).join(' + ')} MB`,
    );
  }
  for (const page of pages) {
    await untilShown(stage, page, runId, count * SAMPLES * EVENTS_PER_ENVELOPE);
    await page.context().close();
  }
  const full = samples.slice(Math.ceil(SAMPLES * FILL_SHARE));
  const third = Math.floor(full.length / 3);
  const [first, last] = [median(full.slice(0, third)), median(full.slice(-third))];
  const note = `${sizes.minutes} min at ${LONG.eventsPerSecond} events/s before both views: ${first.toFixed(1)} MB in the first third, ${last.toFixed(1)} MB in the last, ${Math.max(...samples).toFixed(1)} MB at most`;
  return [{ of: 'consoleMemory', value: last / first, note }];
}

async function launched(stage: Stage): Promise<LaunchedRun> {
  const [run] = await stage.launch(1);
  if (run === undefined) throw new Error('nothing was launched');
  return run;
}

async function watch(stage: Stage, browser: Browser, runId: string, view: View): Promise<Page> {
  const visitor = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
  const page = await visitor.newPage();
  await page.goto(pageOf(stage, runId, view));
  await page.locator(view.useful).first().waitFor();
  return page;
}

/** A page that stands still has the best frames: it must have come to the newest event, and to so many at least. */
async function untilShown(stage: Stage, page: Page, runId: string, events: number): Promise<void> {
  const late = AbortSignal.timeout(SHOWN_MS_MAX);
  const end = page.locator(NEWEST_SEQ);
  for (;;) {
    const [shown, stored] = [Number(await end.getAttribute('max')), await stage.latestSeq(runId)];
    if (shown >= events && shown === stored) return;
    if (late.aborted) throw new Error(`the page has come to event ${shown} of ${stored}, and ${events} were made`);
    await sleep(SHOWN_POLL_MS, undefined, { signal: stage.signal });
  }
}

function pageOf(stage: Stage, runId: string, { query }: View): string {
  return `${stage.host.url}/#/runs/${runId}${query}`;
}

/** Milliseconds between one frame and the next. */
async function framesDuring(page: Page, work: () => Promise<unknown>): Promise<readonly number[]> {
  await page.evaluate(`{
    const frames = (window.benchFrames = []);
    let last = performance.now();
    const step = (at) => {
      frames.push(at - last);
      last = at;
      if (window.benchFrames === frames) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }`);
  await work();
  return page.evaluate<number[]>(`{
    const frames = window.benchFrames;
    window.benchFrames = undefined;
    frames.slice(1);
  }`);
}

/** Frames in a second. */
function rateOf(times: readonly number[]): number {
  return (times.length * 1_000) / times.reduce((sum, ms) => sum + ms, 0);
}

/** Megabytes of the JavaScript heap after a full collection. */
async function heldBy(debug: CDPSession): Promise<number> {
  await debug.send('HeapProfiler.collectGarbage');
  const { usedSize } = await debug.send('Runtime.getHeapUsage');
  return usedSize / MB;
}
