/** Shortest fragment that has a trigram to look up. */
export const TRIGRAM_LENGTH = 3;
/** A piece of so many characters has few trigrams to look up, and seldom stands in a text that lacks the fragment. */
const PIECE_LENGTH = 6;
/** Of a longer fragment only so many characters are considered. */
const CHARACTERS_MAX = 64;

/** What stands between words; the index of texts has a letter in its place (migration 4). */
const BETWEEN_WORDS = /[ \n\-_./]/g;
/** In the index's eyes, what has no such row has no trigram. */
const TRIGRAM = /[\p{L}\p{N}]{3}/u;

/**
 * A text as the index holds it: with trigrams that reach across words, so that "release 7 go" is more than three words which
 * each stand in many texts.
 */
export function joined(text: string): string {
  return text.replace(BETWEEN_WORDS, 'q');
}

/** Some runs, taken at random, and how many runs there are. */
export interface RunSample {
  /** As `joined` makes them. */
  readonly texts: readonly string[];
  readonly tags: readonly (readonly string[])[];
  readonly runs: number;
}

/**
 * What the index of texts should be asked for in place of `fragment`: the piece of it, joined, that fewest texts have.
 * Every trigram asked for costs a walk along its list, and most are in nearly every text; whether a text has the whole
 * fragment is checked afterwards. undefined: the fragment has no trigram, or so many texts have it that walking along the
 * runs in the order of the list finds `wanted` of them sooner.
 */
export function pieceOf(
  fragment: string,
  { texts, runs }: Pick<RunSample, 'texts' | 'runs'>,
  wanted: number,
): string | undefined {
  const whole = joined(fragment);
  // Walking reads wanted / share runs, in their order; the index leads to runs × share, each in another place.
  const shareMax = Math.sqrt(wanted / Math.max(wanted, runs)) / 2;
  if (shareOf(texts, (text) => text.includes(whole)) > shareMax) return undefined;
  const characters = Array.from(whole).slice(0, CHARACTERS_MAX);
  const rarities = rowsOf(characters, TRIGRAM_LENGTH).map((trigram) => rarityOf(trigram, texts));
  const perPiece = PIECE_LENGTH - TRIGRAM_LENGTH + 1;
  const [rarest] = rowsOf(characters, PIECE_LENGTH)
    .map((piece, start) => ({ piece, rarity: sum(rarities.slice(start, start + perPiece)) }))
    .toSorted((a, b) => b.rarity - a.rarity);
  return rarest === undefined || rarest.rarity === 0 ? undefined : rarest.piece;
}

/** The one of these tags that fewest runs have, and the share of runs that have it. */
export function rarestTag(
  tags: readonly string[],
  sample: Pick<RunSample, 'tags'>,
): { readonly tag: string; readonly share: number } | undefined {
  const [rarest] = tags
    .map((tag) => ({ tag, share: shareOf(sample.tags, (those) => those.includes(tag)) }))
    .toSorted((a, b) => a.share - b.share);
  return rarest;
}

/** Every row of `length` characters; all of them when there are fewer. */
function rowsOf(characters: readonly string[], length: number): readonly string[] {
  const count = Math.max(1, characters.length - length + 1);
  return Array.from({ length: count }, (_none, start) => characters.slice(start, start + length).join(''));
}

/** How much of the search a trigram settles, as the logarithm of its share; 0: none, because the index does not hold it. */
function rarityOf(trigram: string, texts: readonly string[]): number {
  if (!TRIGRAM.test(trigram)) return 0;
  const count = texts.filter((text) => text.includes(trigram)).length;
  // One more of both, so that what no text has is rare and not impossible.
  return Math.log((texts.length + 2) / (count + 1));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function shareOf<T>(all: readonly T[], has: (one: T) => boolean): number {
  return all.length === 0 ? 0 : all.filter(has).length / all.length;
}
