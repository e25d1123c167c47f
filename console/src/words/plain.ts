/**
 * Characters that turn around what follows, or that nobody sees: with them a name looks like somebody else's. Joiners stay, since
 * scripts and pictures need them.
 */
const DECEPTIVE =
  /(?![\t\n\v\f\r])\p{Cc}|[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066\u2067\uFEFF]/gu;
/** Letters that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;
const ISOLATE = '\u2068';
const END = '\u2069';

/** What somebody wrote, with what would deceive named in its place: `⟨U+202E⟩`. */
export function plain(text: string): string {
  return text.replace(DECEPTIVE, (found) => `⟨U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** A text as a part of a line of ours: one that is written from right to left leaves what stands beside it in its place. */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `${ISOLATE}${text.replace(/[\u2068\u2069]/g, '')}${END}` : text;
}
