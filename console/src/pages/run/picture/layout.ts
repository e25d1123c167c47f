import type { Chip } from './chips.js';
import type { Scene } from './scene.js';

/** Heights in CSS pixels; the stylesheet has none of its own in the wide picture. */
export const PERSON_MIN = 60;
export const CHIP = 28;
export const ROW_GAP = 16;
export const CARD = 108;
export const CARD_GAP = 18;
const VERDICT = 150;
/** Room for `and 44 more proposals`. */
export const NOTE = 40;

export interface Line {
  readonly fromY: number;
  readonly toY: number;
  readonly tone: Chip['tone'];
  readonly isWeighty: boolean;
  readonly seq?: number;
}

export interface Layout {
  readonly height: number;
  readonly rowHeights: readonly number[];
  /** From people to cards. */
  readonly lines: readonly Line[];
  /** From the card that leads to the decision. */
  readonly outcome?: { readonly fromY: number; readonly toY: number };
  /** Between people, left of them. */
  readonly talks: readonly {
    readonly fromY: number;
    readonly toY: number;
    readonly seq: number;
    readonly isOpening: boolean;
  }[];
}

export function rowHeight(chipCount: number): number {
  return Math.max(PERSON_MIN, chipCount * CHIP);
}

/** Where everything stands vertically: three columns, each centred; across, the lines stretch with the page. */
export function layoutOf(scene: Scene): Layout {
  const rows = rowsOf(scene);
  const rowHeights = rows.map((chips) => rowHeight(chips.length));
  const cards = scene.cards.map(() => CARD);
  const notes = scene.moreCards > 0 || scene.cards.length === 0 ? [NOTE] : [];
  const height = Math.max(span(rowHeights, ROW_GAP), span([...cards, ...notes], CARD_GAP), VERDICT);
  const rowTops = topsOf(rowHeights, ROW_GAP, height);
  const cardTops = topsOf([...cards, ...notes], CARD_GAP, height);
  const middle = (place: number): number => (rowTops[place] ?? 0) + (rowHeights[place] ?? 0) / 2;
  const leading = scene.cards.findIndex(({ id }) => id === scene.verdict.itemId);
  return {
    height,
    rowHeights,
    lines: linesOf(scene, rows, rowTops, rowHeights, cardTops),
    ...(leading >= 0 && { outcome: { fromY: (cardTops[leading] ?? 0) + CARD / 2, toY: height / 2 } }),
    talks: scene.talks.map(({ from, to, seq, isOpening }) => ({
      fromY: middle(from),
      toY: middle(to),
      seq,
      isOpening,
    })),
  };
}

/** The chips of each row: the people’s, and the crowd’s last. */
function rowsOf({ people, crowd }: Scene): readonly (readonly Chip[])[] {
  return [...people.map(({ chips }) => chips), ...(crowd ? [crowd.chips] : [])];
}

function span(heights: readonly number[], gap: number): number {
  return heights.reduce((sum, height) => sum + height, 0) + Math.max(0, heights.length - 1) * gap;
}

function topsOf(heights: readonly number[], gap: number, whole: number): readonly number[] {
  let top = (whole - span(heights, gap)) / 2;
  return heights.map((height) => {
    const own = top;
    top += height + gap;
    return own;
  });
}

function linesOf(
  scene: Scene,
  rows: readonly (readonly Chip[])[],
  rowTops: readonly number[],
  rowHeights: readonly number[],
  cardTops: readonly number[],
): readonly Line[] {
  const drafts = rows.flatMap((chips, row) => {
    const top = (rowTops[row] ?? 0) + ((rowHeights[row] ?? 0) - chips.length * CHIP) / 2;
    return chips.flatMap((chip, place) => {
      const card = scene.cards.findIndex(({ id }) => id === chip.itemId);
      return chip.isLine && card >= 0 ? [{ chip, card, fromY: top + place * CHIP + CHIP / 2 }] : [];
    });
  });
  return drafts.map((draft) => {
    // Lines that end at one card are spread over its edge, in the order in which they start: they never cross there.
    const siblings = drafts.filter(({ card }) => card === draft.card);
    const port = (siblings.indexOf(draft) + 1) / (siblings.length + 1);
    const { tone, isWeighty, seq } = draft.chip;
    const toY = (cardTops[draft.card] ?? 0) + CARD * port;
    return { fromY: draft.fromY, toY, tone, isWeighty, ...(seq !== undefined && { seq }) };
  });
}
