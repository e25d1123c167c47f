import type { DecisionEntry, Participant, RunState } from '../../../api/types.js';
import { deedOf } from '../../../words/deeds.js';
import { excerpt, NAME_MAX } from '../../../words/read.js';
import type { Tone } from '../../../words/status.js';
import { isOffer, sideOf, type TableItem } from '../../../words/table.js';

/** Deeds drawn beside one participant. */
export const CHIPS_MAX = 4;

/** Something a participant did, in words; the line that starts there leads to what it is about. */
export interface Chip {
  readonly words: string;
  readonly tone: Tone;
  readonly seq?: number;
  readonly itemId?: string;
  /** The title of that item. */
  readonly about?: string;
  /** Offers have a line, and the last deed about one thing. */
  readonly isLine: boolean;
  /** Offers and ballots weigh more than opinions, and have a stronger line. */
  readonly isWeighty: boolean;
}

/** What is drawn of a participant’s deeds, in order; what weighs least is left out first. */
export function chipsOf(
  { participantId, latestSummary, latestSeq }: Participant,
  state: RunState,
  items: readonly TableItem[],
): { readonly chips: readonly Chip[]; readonly more: number } {
  const own = items.flatMap((item) =>
    item.entries.filter((entry) => entry.participantId === participantId).map((entry) => chipOf(entry, item)),
  );
  const all = [...own, ...reportsOf(participantId, state, items)].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
  if (all.length === 0) return { chips: otherwise(state, latestSummary, latestSeq), more: 0 };
  const ranked = [...all].sort((a, b) => Number(b.isWeighty) - Number(a.isWeighty) || (b.seq ?? 0) - (a.seq ?? 0));
  const kept = new Set(ranked.slice(0, CHIPS_MAX));
  const chips = all.filter((chip) => kept.has(chip));
  return {
    chips: chips.map((chip) => ({ ...chip, isLine: chip.isLine || isLast(chip, chips) })),
    more: all.length - chips.length,
  };
}

/** What ends a task weighs as much as taking it. */
const ENDS: ReadonlySet<string> = new Set(['TaskComplete', 'TaskFail']);

function isLast(chip: Chip, chips: readonly Chip[]): boolean {
  return chip.itemId !== undefined && chips.findLast(({ itemId }) => itemId === chip.itemId) === chip;
}

function chipOf(entry: DecisionEntry, item: TableItem): Chip {
  const deed = deedOf(entry);
  const words = entry.messageType === 'Contribute' ? `says “${excerpt(entry.action, NAME_MAX)}”` : deed.words;
  const isWeighty = isOffer(entry) || sideOf(entry) !== undefined || ENDS.has(entry.messageType);
  const about = { itemId: item.id, about: item.title };
  return { words, tone: deed.tone, seq: entry.seq, ...about, isLine: isOffer(entry), isWeighty };
}

/** Reports and contexts are no part of the decision; the graph alone tells of them. */
const REPORTS: ReadonlyMap<string, string> = new Map([
  ['taskupdate', 'TaskUpdate'],
  ['handoffcontext', 'HandoffContext'],
]);

function reportsOf(participantId: string, { graph }: RunState, items: readonly TableItem[]): readonly Chip[] {
  return graph.edges.flatMap(({ from, kind, seq }) => {
    const messageType = from === participantId ? REPORTS.get(kind) : undefined;
    if (messageType === undefined) return [];
    const item = items.findLast((each) => each.seq <= seq) ?? items.at(-1);
    const about = item === undefined ? {} : { itemId: item.id, about: item.title };
    return [{ ...deedOf({ messageType }), seq, ...about, isLine: false, isWeighty: false }];
  });
}

/** For somebody who said nothing about anything on the table: what was heard last. */
function otherwise(state: RunState, summary: string | undefined, seq: number | undefined): readonly Chip[] {
  if (summary === undefined || seq === undefined) return [];
  const isReport = state.progress.entries.some((entry) => entry.seq === seq);
  const isSignal = state.signals.signals.some((signal) => signal.seq === seq);
  // The summary of a message is its type, and then its action.
  const [, messageType = '', action] = /^(\S+)(?: (.*))?$/s.exec(summary) ?? [];
  const heard: Pick<Chip, 'words' | 'tone'> =
    isReport || isSignal
      ? { words: `${isReport ? 'reports' : 'signals'} “${excerpt(summary, NAME_MAX)}”`, tone: 'neutral' }
      : deedOf({ messageType, action });
  const { words, tone } = heard;
  return [{ words, tone, seq, isLine: false, isWeighty: false }];
}
