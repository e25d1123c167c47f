import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openBrowser, WatchedPage, type Look } from './browser.js';

interface Closable {
  close(): Promise<unknown>;
}

/** What the tests of a file open: one browser for all of them, and whatever one of them opens until it is over. */
export interface Visits {
  readonly visit: (url: string, look?: Look) => Promise<WatchedPage>;
  /** Closed after the test, last opened first. */
  readonly own: <T extends Closable>(it: T) => T;
}

export function useVisits(): Visits {
  let browser: Browser;
  const opened: Closable[] = [];
  const own = <T extends Closable>(it: T): T => {
    opened.push(it);
    return it;
  };
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    for (const it of opened.splice(0).reverse()) await it.close();
  });
  afterAll(() => browser.close());
  return { own, visit: async (url, look) => own(await WatchedPage.open(browser, url, look)) };
}
