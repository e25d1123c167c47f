/**
 * Characters that turn around what follows, or that nobody sees: with them a name looks like somebody else's. Joiners stay, since
 * scripts and pictures need them.
 */
const DECEPTIVE =
  /(?![\t\n\v\f\r])\p{Cc}|[\u00AD\u034F\u061C\u115F\u1160\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0]|[\u{E0000}-\u{E007F}]/gu;
/** Letters that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;
const ISOLATE = '\u2068';
const END = '\u2069';

/** What somebody wrote, with what would deceive named in its place: `⟨U+202E⟩`. What was set apart already is taken as it was. */
export function plain(text: string): string {
  const isApart = text.startsWith(ISOLATE) && text.endsWith(END);
  return (isApart ? text.slice(1, -1) : text).replace(DECEPTIVE, named);
}

function named(found: string): string {
  return `⟨U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** A text as a part of a line of ours: one that is written from right to left leaves what stands beside it in its place. */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) && !text.startsWith(ISOLATE) ? `${ISOLATE}${text}${END}` : text;
}
