import type { Locator, Page } from 'playwright-core';

/** A status in the head of a run's page. Its mark is part of its text. */
export function badge(page: Page, word: string): Locator {
  return page.locator('.page-actions .badge').filter({ hasText: new RegExp(`${word}$`) });
}

/** Which moment is shown. */
export function where(page: Page): Locator {
  return page.locator('.travel-where');
}

export function decision(page: Page): Locator {
  return page.getByRole('region', { name: 'The decision' });
}
