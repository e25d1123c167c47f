/** Ordinary text, so that what a database makes of it (compression above all) is what it would make of real messages. */

const SYLLABLES = [
  ...['al', 'an', 'ar', 'be', 'ca', 'cen', 'co', 'de', 'der', 'di', 'el', 'en', 'er', 'es', 'fa', 'fi', 'for', 'ge'],
  ...['ha', 'in', 'ing', 'is', 'ja', 'ke', 'la', 'le', 'li', 'lo', 'ma', 'men', 'mi', 'mo', 'na', 'ne', 'no', 'on'],
  ...['or', 'pa', 'per', 'pre', 'pro', 'qua', 'ra', 're', 'ri', 'ro', 'sa', 'se', 'si', 'so', 'sta', 'su', 'ta', 'te'],
  ...['ter', 'ti', 'tion', 'to', 'tra', 'tu', 'un', 'va', 've', 'vi', 'wa', 'wo', 'ya', 'zo'],
];
const SHORT = ['the', 'of', 'and', 'to', 'in', 'a', 'is', 'that', 'for', 'it', 'was', 'on', 'with', 'as', 'by', 'we'];
const SHORT_SHARE = 0.4;
const WORDS = 4_000;
const SENTENCE_WORDS = 14;

/** Pseudo-random numbers in [0, 1) that depend on nothing but `seed` (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const vocabulary = vocabularyOf(chance(7));

/** Exactly `length` ASCII characters of sentences; another seed, another text. */
export function text(seed: number, length: number): string {
  const random = chance(seed);
  let written = '';
  for (let word = 0; written.length < length; word += 1) {
    const next = wordOf(random);
    if (word % SENTENCE_WORDS === 0) written += `${word === 0 ? '' : '. '}${next[0]?.toUpperCase()}${next.slice(1)}`;
    else written += ` ${next}`;
  }
  return written.slice(0, length);
}

/** A few words are frequent and most are rare, as in any language. */
function wordOf(random: () => number): string {
  if (random() < SHORT_SHARE) return SHORT[Math.floor(random() * SHORT.length)] ?? 'the';
  return vocabulary[Math.floor(random() ** 3 * WORDS)] ?? 'the';
}

function vocabularyOf(random: () => number): readonly string[] {
  return Array.from({ length: WORDS }, () => {
    const syllables = 2 + Math.floor(random() * 3);
    return Array.from({ length: syllables }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join('');
  });
}
