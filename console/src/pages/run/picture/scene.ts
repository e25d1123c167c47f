import type { Participant, RunState } from '../../../api/types.js';
import { headlineOf, type Headline } from '../../../words/decision.js';
import { shortName } from '../../../words/names.js';
import { excerpt, listWords, NAME_MAX } from '../../../words/read.js';
import { isTerminal } from '../../../words/status.js';
import { leadingItem, sideOf, tableOf, type TableItem } from '../../../words/table.js';
import { chipsOf, type Chip } from './chips.js';
import { talksOf, type Talk } from './talks.js';

/** People drawn one by one; beyond it the quiet ones are one row. */
export const PEOPLE_MAX = 12;
/** Proposals drawn as cards; the rest is counted. */
export const CARDS_MAX = 6;

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role?: string;
  readonly status: Participant['status'];
  /** The event of its latest activity. */
  readonly seq?: number;
  readonly chips: readonly Chip[];
  /** What it did besides, and is not drawn. */
  readonly more: number;
  /** 0–100, while it reports progress. */
  readonly progress?: number;
}

/** Everybody who is not drawn one by one. */
export interface Crowd {
  readonly count: number;
  readonly words: string;
  readonly chips: readonly Chip[];
}

export interface Card {
  readonly id: string;
  readonly title: string;
  readonly by: string;
  readonly seq: number;
  readonly standing: 'open' | 'leading' | 'chosen' | 'refused' | 'withdrawn';
  /** Ballots; all 0 in a mode where nobody votes. */
  readonly counts: { readonly for: number; readonly against: number; readonly neither: number };
}

export interface Verdict extends Headline {
  readonly seq?: number;
  readonly by?: string;
  readonly itemId?: string;
  readonly isFinal: boolean;
}

/** What the picture shows, before anything has a place. */
export interface Scene {
  readonly question?: string;
  readonly people: readonly Person[];
  readonly crowd?: Crowd;
  readonly cards: readonly Card[];
  readonly moreCards: number;
  readonly talks: readonly Talk[];
  readonly verdict: Verdict;
  /** The newest thing in the picture; 0 when there is nothing. */
  readonly latestSeq: number;
}

export function sceneOf(state: RunState): Scene {
  const items = tableOf(state);
  const leading = leadingItem(state, items);
  const shown = shownItems(items, leading);
  const selected = selectPeople(state, shown);
  const people = selected.map((participant) => personOf(participant, state, shown));
  const cards = shown.map((item) => cardOf(item, state, item === leading));
  const talks = talksOf(
    state,
    selected.map(({ participantId }) => participantId),
  );
  const crowd = crowdOf(state, selected, shown);
  const verdict = verdictOf(state, leading);
  const question = state.decision.current?.prompt ?? state.run.intent;
  const seqs = [...people.flatMap(({ chips }) => chips), ...cards, ...talks, verdict].map(({ seq }) => seq ?? 0);
  return {
    ...(question !== undefined && { question }),
    people,
    ...(crowd && { crowd }),
    cards,
    moreCards: items.length - shown.length,
    talks,
    verdict,
    latestSeq: Math.max(0, ...seqs),
  };
}

/** The one that leads, then those most was said about, then the newest; in the order in which they came. */
function shownItems(items: readonly TableItem[], leading: TableItem | undefined): readonly TableItem[] {
  if (items.length <= CARDS_MAX) return items;
  const weight = (item: TableItem): number => (item === leading ? Infinity : item.entries.length);
  const ranked = [...items].sort((a, b) => weight(b) - weight(a) || b.seq - a.seq);
  const kept = new Set(ranked.slice(0, CARDS_MAX));
  return items.filter((item) => kept.has(item));
}

/** Whoever spoke about what is shown, whoever opened the session, then whoever was heard last; in the run’s order. */
function selectPeople({ participants, run }: RunState, items: readonly TableItem[]): readonly Participant[] {
  if (participants.length <= PEOPLE_MAX) return participants;
  const spoke = new Map<string, number>();
  for (const { participantId, seq } of items.flatMap(({ entries }) => entries)) {
    spoke.set(participantId, Math.max(seq, spoke.get(participantId) ?? 0));
  }
  const weight = ({ participantId }: Participant): number =>
    participantId === run.initiator ? Infinity : (spoke.get(participantId) ?? 0);
  const ranked = [...participants].sort((a, b) => weight(b) - weight(a) || (b.latestSeq ?? 0) - (a.latestSeq ?? 0));
  const kept = new Set(ranked.slice(0, PEOPLE_MAX - 1));
  return participants.filter((participant) => kept.has(participant));
}

function personOf(participant: Participant, state: RunState, items: readonly TableItem[]): Person {
  const { participantId, role, status, latestSeq } = participant;
  const report = state.progress.entries.findLast((entry) => entry.participantId === participantId);
  const isBusy = status === 'active' || status === 'waiting';
  return {
    id: participantId,
    name: excerpt(shortName(participantId), NAME_MAX),
    ...(role !== undefined && { role: excerpt(role, NAME_MAX) }),
    status,
    ...(latestSeq !== undefined && { seq: latestSeq }),
    ...chipsOf(participant, state, items),
    ...(isBusy && report?.percentage !== undefined && { progress: report.percentage }),
  };
}

function crowdOf(state: RunState, selected: readonly Participant[], items: readonly TableItem[]): Crowd | undefined {
  const drawn = new Set(selected.map(({ participantId }) => participantId));
  const others = state.participants.filter(({ participantId }) => !drawn.has(participantId));
  if (others.length === 0) return undefined;
  const silent = others.filter(({ messageCount }) => messageCount === 0).length;
  const spoken = others.length - silent;
  const atLeast = state.participantsTruncated === true ? 'more than ' : '';
  const words = listWords([
    ...(spoken > 0 ? [`${spoken.toLocaleString('en')} have spoken`] : []),
    ...(silent > 0 ? [`${silent.toLocaleString('en')} have not`] : []),
  ]);
  const chips = items.flatMap((item) => crowdChips(item, state, drawn));
  return { count: others.length, words: `${atLeast}${words}`, chips };
}

/** Ballots that are counted and not drawn. */
function crowdChips(item: TableItem, { policy }: RunState, drawn: ReadonlySet<string>): readonly Chip[] {
  const row = policy.voteTally.find(({ commitmentId }) => commitmentId === item.id);
  if (row === undefined) return [];
  const shown = { for: 0, against: 0, neither: 0 };
  for (const entry of item.entries) {
    const side = sideOf(entry);
    if (side !== undefined && drawn.has(entry.participantId)) shown[side] += 1;
  }
  const rest = (total: number, side: keyof typeof shown): number => Math.max(0, total - shown[side]);
  const [pro, contra, neither] = [rest(row.allow, 'for'), rest(row.deny, 'against'), rest(row.abstain, 'neither')];
  const about = { itemId: item.id, isLine: true, isWeighty: true, about: item.title };
  return [
    ...(pro > 0 ? [{ ...about, words: `${pro.toLocaleString('en')} for it`, tone: 'good' as const }] : []),
    ...(contra > 0 ? [{ ...about, words: `${contra.toLocaleString('en')} against it`, tone: 'bad' as const }] : []),
    ...(neither > 0 ? [{ ...about, words: `${neither.toLocaleString('en')} abstain`, tone: 'neutral' as const }] : []),
  ];
}

function cardOf(item: TableItem, state: RunState, isLeading: boolean): Card {
  const row = state.policy.voteTally.find(({ commitmentId }) => commitmentId === item.id);
  return {
    id: item.id,
    title: item.title,
    by: listWords(item.by.map((id) => excerpt(shortName(id), NAME_MAX))),
    seq: item.seq,
    standing: standingOf(item, isLeading, state),
    counts: { for: row?.allow ?? 0, against: row?.deny ?? 0, neither: row?.abstain ?? 0 },
  };
}

function standingOf(item: TableItem, isLeading: boolean, { run, decision: { current } }: RunState): Card['standing'] {
  if (item.isWithdrawn) return 'withdrawn';
  if (!isLeading) return 'open';
  if (current?.finalized !== true) return isTerminal(run.status) ? 'open' : 'leading';
  return current.outcomePositive === false ? 'refused' : 'chosen';
}

function verdictOf(state: RunState, leading: TableItem | undefined): Verdict {
  const { current } = state.decision;
  const isFinal = current?.finalized === true;
  return {
    ...headlineOf(state),
    ...(current?.seq !== undefined && { seq: current.seq }),
    ...(isFinal && current.resolvedBy !== undefined && { by: excerpt(shortName(current.resolvedBy), NAME_MAX) }),
    // A run that ended without a decision took none of them.
    ...(leading && (isFinal || !isTerminal(state.run.status)) && { itemId: leading.id }),
    isFinal,
  };
}
