import { randomFillSync } from 'node:crypto';

/** Digits of the milliseconds in an id: 48 bits. */
const TIME_DIGITS = 12;
const TEXT = 'tttttttt-tttt-7rrr-vrrr-rrrrrrrrrrrr';
const DIGITS = Buffer.from('0123456789abcdef');
/** Where random digits stand in the text, and the one of which two bits are the variant. */
const RANDOM_PLACES = Array.from(TEXT, (letter, place) => (letter === 'r' ? [place] : [])).flat();
const VARIANT_PLACE = TEXT.indexOf('v');
const VARIANT = 8;

/** Random bytes for so many ids are made at once; an id takes one for each digit of which it shows half. */
const READY_IDS = 256;
const random = Buffer.alloc((RANDOM_PLACES.length + 1) * READY_IDS);
let used = random.length;

/** The id that was made last, of which the next one keeps the dashes and, within a millisecond, the time. */
const text = Buffer.from(TEXT);
let textMs = NaN;

/**
 * A new event's id: a version 7 UUID. Written into one buffer, of which a text is made at last: put together from pieces, ids
 * were an eighth of what placing events allocates, for events have most of the ids there are.
 */
export function newEventId(): string {
  const ms = Date.now();
  if (textMs !== ms) {
    textMs = ms;
    const digits = ms.toString(16).padStart(TIME_DIGITS, '0');
    text.write(`${digits.slice(0, 8)}-${digits.slice(8)}`, 'latin1');
  }
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  for (const place of RANDOM_PLACES) text[place] = digitOf(nextByte() & 15);
  text[VARIANT_PLACE] = digitOf(VARIANT | (nextByte() & 3));
  return text.toString('latin1');
}

function nextByte(): number {
  return random[used++] ?? 0;
}

function digitOf(value: number): number {
  return DIGITS[value] ?? 0;
}
