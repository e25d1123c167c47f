import type { RunState } from '../../../api/types.js';
import { headlineOf, headlineWords } from '../../../words/decision.js';
import { deedOf } from '../../../words/deeds.js';
import { shortName } from '../../../words/names.js';
import { excerpt, listWords, NAME_MAX } from '../../../words/read.js';
import { tableOf } from '../../../words/table.js';

/** Sentences told; the newest are, and the entries of a decision are fewer than that anyhow. */
export const SENTENCES_MAX = 100;

export interface Sentence {
  readonly words: string;
  readonly seq: number;
}

/** The picture in words, in the order in which things happened. */
export function sentencesOf(state: RunState): readonly Sentence[] {
  const told = [...talkSentences(state), ...entrySentences(state)].sort((a, b) => a.seq - b.seq);
  const { current } = state.decision;
  const by =
    current?.finalized === true && current.resolvedBy !== undefined
      ? ` Committed by ${nameOf(current.resolvedBy)}.`
      : '';
  const end = { words: `${headlineWords(headlineOf(state))}.${by}`, seq: current?.seq ?? 0 };
  return [...told.slice(-SENTENCES_MAX), end];
}

function talkSentences({ graph, participants }: RunState): readonly Sentence[] {
  const people = new Set(participants.map(({ participantId }) => participantId));
  const talks = graph.edges.filter(({ from, to }) => people.has(from) && people.has(to));
  const openings = new Map<string, { readonly to: string[]; readonly seq: number }>();
  const sentences: Sentence[] = [];
  for (const { from, to, kind, seq } of talks) {
    if (kind !== 'kickoff') {
      sentences.push({ words: `${nameOf(from)} speaks to ${nameOf(to)}.`, seq });
      continue;
    }
    const opening = openings.get(from);
    if (opening) opening.to.push(nameOf(to));
    else openings.set(from, { to: [nameOf(to)], seq });
  }
  for (const [from, { to, seq }] of openings) {
    sentences.push({ words: `${nameOf(from)} opens the session with ${listWords(to, 8)}.`, seq });
  }
  return sentences;
}

function entrySentences(state: RunState): readonly Sentence[] {
  const titles = new Map(tableOf(state).map(({ id, title }) => [id, title]));
  return (state.decision.current?.proposals ?? []).map((entry) => {
    const who = nameOf(entry.participantId);
    const reason = entry.reasons[0] === undefined ? '' : `: ${excerpt(entry.reasons[0])}`;
    if (entry.messageType === 'Contribute')
      return { words: `${who} says “${excerpt(entry.action)}”${reason}.`, seq: entry.seq };
    const about = titles.get(entry.proposalId) ?? entry.proposalId;
    return { words: `${who} ${deedOf(entry).words} – “${excerpt(about)}”${reason}.`, seq: entry.seq };
  });
}

function nameOf(participantId: string): string {
  return excerpt(shortName(participantId), NAME_MAX);
}
