import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { packageRoot } from '../../../src/config/package-root.provider.js';

/** How long an action or an expectation may take on a busy machine. Milliseconds. */
const ACTION_MS_MAX = 30_000;

/** Leads to this machine, and is no address a browser trusts without TLS. */
export const UNTRUSTED_HOST = 'console.test';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${UNTRUSTED_HOST} 127.0.0.1`,
];

/** How a page is looked at. */
export const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  narrow: { colorScheme: 'light', viewport: { width: 375, height: 812 } },
  // What is left of 1280 × 900 at 400 %.
  tiny: { colorScheme: 'dark', viewport: { width: 320, height: 256 } },
} as const;
export type Look = keyof typeof LOOKS;

/** The browser that scripts/test-console.mjs found. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ARGS });
}

/** A page that remembers whatever its browser complained of. */
export class WatchedPage {
  private readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly look: Look,
  ) {
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, look: Look = 'light'): Promise<WatchedPage> {
    const context = await browser.newContext({ ...LOOKS[look], reducedMotion: 'reduce' });
    context.setDefaultTimeout(ACTION_MS_MAX);
    const watched = new WatchedPage(await context.newPage(), context, look);
    await watched.page.goto(url);
    return watched;
  }

  /** Errors, warnings and CSP violations so far, without those that `expected` speaks of. */
  complaintsBut(expected?: RegExp): readonly string[] {
    return this.complaints.filter((complaint) => expected?.test(complaint) !== true);
  }

  /** What axe finds against WCAG 2.2 AA and its best practices, one line per rule. */
  async axeFindings(): Promise<readonly string[]> {
    // Handed over as an expression: the page's policy forbids a script element, and not what the debugger runs.
    await this.page.evaluate(axe.source);
    return this.page.evaluate(axeReport);
  }

  /** By how much the page is wider than the window. Pixels. */
  overhang(): Promise<number> {
    return this.page.evaluate('document.scrollingElement.scrollWidth - innerWidth');
  }

  /** Written to test-results/console, which is for people. */
  async picture(name: string): Promise<void> {
    const folder = join(packageRoot(), 'test-results', 'console');
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}-${this.look}.png`), fullPage: true });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** React Aria's announcer says a thing once and takes it away; what it named may be gone before that. */
const axeReport = `axe
  .run({ include: [document], exclude: ['[data-live-announcer]'] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`;
