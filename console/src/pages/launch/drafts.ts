/** Drafts kept at once; the oldest goes. */
const DRAFTS_MAX = 20;

/** What somebody wrote, by the text it began with, for as long as the tab lives: a look at another page must not cost it. */
const drafts = new Map<string, string>();

export function draftOf(initial: string): string {
  return drafts.get(initial) ?? initial;
}

export function keepDraft(initial: string, text: string): void {
  drafts.delete(initial);
  if (text !== initial) drafts.set(initial, text);
  const [oldest] = drafts.keys();
  if (drafts.size > DRAFTS_MAX && oldest !== undefined) drafts.delete(oldest);
}
