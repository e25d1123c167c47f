import type { DecisionEntry, RunState } from '../../../api/types.js';
import { deedOf, type Deed } from '../../../words/deeds.js';
import { isOffer, sideOf, type Side } from '../../../words/table.js';

/** As many of what was said as the state of a run keeps; a full list may have lost its oldest. */
export const ENTRIES_MAX = 50;

export interface Said extends Deed {
  readonly seq: number;
}

/** What one participant said about one proposal. */
export interface Voice {
  readonly participantId: string;
  readonly proposalId: string;
  /** Evaluations, objections and whatever else is no ballot. */
  readonly opinions: readonly Said[];
  readonly ballot?: Said & { readonly side: Side };
  readonly reasons: readonly string[];
}

/** Who said what and why, in the order in which they were first heard. Offers are no answers, and not listed. */
export function voicesOf(state: RunState): readonly Voice[] {
  const groups = new Map<string, DecisionEntry[]>();
  for (const entry of state.decision.current?.proposals ?? []) {
    if (isOffer(entry) && entry.messageType !== 'Contribute') continue;
    const key = JSON.stringify([entry.participantId, entry.proposalId]);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  // Where nobody votes, an acceptance is a step like any other.
  const isVote = state.policy.voteTally.length > 0;
  return [...groups.values()].map((group) => voiceOf(group, isVote));
}

function voiceOf(entries: readonly DecisionEntry[], isVote: boolean): Voice {
  const ballot = !isVote ? undefined : entries.findLast((entry) => sideOf(entry) !== undefined);
  const side = ballot && sideOf(ballot);
  const opinions = entries.filter((entry) => entry !== ballot).map(saidOf);
  const reasons = [...(ballot ? [ballot] : []), ...entries.filter((entry) => entry !== ballot)].flatMap(
    (entry) => entry.reasons,
  );
  const [first] = entries;
  return {
    participantId: first?.participantId ?? '',
    proposalId: first?.proposalId ?? '',
    opinions,
    ...(ballot && side && { ballot: { ...saidOf(ballot), side } }),
    reasons: [...new Set(reasons)],
  };
}

/** A contribution is its value. */
function saidOf(entry: DecisionEntry): Said {
  const deed = deedOf(entry);
  const words = entry.messageType === 'Contribute' ? `says “${entry.action}”` : deed.words;
  return { ...deed, words, seq: entry.seq };
}
