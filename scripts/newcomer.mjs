// Walks a newcomer's path and says how long each step took: a clone of this commit in a new folder with a new HOME,
// `npm start`, a browser, the first decision. Needs a browser (CHROMIUM, or Debian's package) and the npm registry.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumBinary } from './install-chromium.mjs';
import { SKIPPED } from './skip.mjs';

/** The installation of a slow registry included. */
const START_MS_MAX = 600_000;
const ACTION_MS_MAX = 60_000;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const executablePath = chromiumBinary();
if (executablePath === undefined) {
  console.error('There is no chromium here (set CHROMIUM to one), and none could be installed; nothing was walked.');
  process.exit(SKIPPED);
}
const folder = mkdtempSync(join(tmpdir(), 'macp-newcomer-'));
const clone = join(folder, 'clone');
const home = join(folder, 'home');
const pictures = join(root, 'test-results', 'newcomer');
for (const made of [home, pictures]) mkdirSync(made, { recursive: true });

const began = performance.now();
let last = began;

function done(step) {
  const now = performance.now();
  console.log(`${seconds(now - last)} ${seconds(now - began)}  ${step}`);
  last = now;
}

function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`.padStart(9);
}

let service;
let browser;
try {
  console.log('     step     total');
  const cloned = spawnSync('git', ['clone', '--quiet', root, clone], { stdio: 'inherit' });
  if (cloned.status !== 0) throw new Error('the clone failed');
  done('git clone');

  const env = { PATH: process.env.PATH, HOME: home, PORT: '0', EMBEDDED_RUNTIME_PORT: '0' };
  // A group of its own: npm, what it starts and the embedded runtime leave together.
  service = spawn('npm', ['start'], { cwd: clone, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const address = await addressOf(service);
  done('npm start: dependencies, build, first start');

  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  page.setDefaultTimeout(ACTION_MS_MAX);
  await page.goto(address);
  await page.getByText('Nothing has run here yet').waitFor();
  await page.screenshot({ path: join(pictures, '1-now.png') });
  done('browser open: the console says what to do');

  await page.getByRole('link', { name: 'Launch your first run' }).click();
  await page.getByRole('button', { name: 'Start: A release is decided on' }).click();
  await page.locator('.picture-stage').waitFor();
  done('two clicks: the run is there as a picture');

  await page.locator('.picture-stage').getByText('votes for').first().waitFor();
  await page.screenshot({ path: join(pictures, '2-forming.png') });
  done('the first vote is seen');

  const decision = page.getByRole('region', { name: 'The decision' });
  await decision.getByText('Decided for: deploy v2.1 today').waitFor();
  await decision.getByText(/2 of 3 votes for/).waitFor();
  await page.screenshot({ path: join(pictures, '3-decided.png') });
  done('decided: what, by whom, who voted what and why, under which rules');
} finally {
  await browser?.close();
  await leave(service);
  rmSync(folder, { recursive: true, force: true });
}

/** Where the console is, as the start screen says it. */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('npm start did not come up')), START_MS_MAX);
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, url] = /Console\s+(http:\S+)/.exec(line) ?? [];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

function leave(child) {
  if (child?.pid === undefined || child.exitCode !== null) return undefined;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  return gone;
}
