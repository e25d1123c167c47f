import type { DecisionEntry, RunState } from '../api/types.js';
import { deedOf } from './deeds.js';

/** One thing that is on the table, with what everybody said about it. */
export interface TableItem {
  readonly id: string;
  readonly title: string;
  /** Who brought it; several where several brought the same. Empty when nobody is known to have. */
  readonly by: readonly string[];
  readonly seq: number;
  /** Everything said about it, the bringing included, in order. */
  readonly entries: readonly DecisionEntry[];
  readonly isWithdrawn: boolean;
}

const OFFERS: ReadonlySet<string> = new Set([
  ...['Proposal', 'CounterProposal', 'ApprovalRequest', 'TaskRequest', 'HandoffOffer', 'Contribute'],
]);

export function isOffer({ messageType }: DecisionEntry): boolean {
  return OFFERS.has(messageType);
}

/** What is on the table, oldest first: proposals, requests and offers; of contributions the values that stand. */
export function tableOf(state: RunState): readonly TableItem[] {
  const entries = state.decision.current?.proposals ?? [];
  const groups = new Map<string, DecisionEntry[]>();
  for (const entry of standing(entries)) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  const rows = state.policy.expectedCommitments;
  // Of long runs the entries tell only the newest; what is on the table is still known.
  const isByValue = entries.some(({ messageType }) => messageType === 'Contribute');
  for (const { commitmentId } of isByValue ? [] : rows) if (!groups.has(commitmentId)) groups.set(commitmentId, []);
  const known = new Map(rows.map((row) => [row.commitmentId, row]));
  const listed = [...groups].map(([id, group]) => itemOf(id, group, known.get(id)?.title, known.get(id)?.seq));
  return listed.sort((a, b) => a.seq - b.seq);
}

/** Contributions that somebody has replaced do not stand any more. */
function standing(entries: readonly DecisionEntry[]): readonly DecisionEntry[] {
  const latest = new Map<string, DecisionEntry>();
  for (const entry of entries) if (entry.messageType === 'Contribute') latest.set(entry.participantId, entry);
  return entries.filter((entry) => entry.messageType !== 'Contribute' || latest.get(entry.participantId) === entry);
}

/** Contributions of one value are one thing. */
function keyOf({ messageType, action, proposalId }: DecisionEntry): string {
  return messageType === 'Contribute' ? `value:${action}` : proposalId;
}

function itemOf(
  id: string,
  entries: readonly DecisionEntry[],
  title: string | undefined,
  seq: number | undefined,
): TableItem {
  const offers = entries.filter(isOffer);
  const [first] = offers.length > 0 ? offers : entries;
  return {
    id,
    title: offers[0]?.action.trim() || title || id,
    by: [...new Set(offers.map(({ participantId }) => participantId))],
    seq: offers[0]?.seq ?? seq ?? first?.seq ?? 0,
    entries,
    isWithdrawn: entries.some(({ messageType }) => messageType === 'Withdraw'),
  };
}

/** The one that was decided on, or that leads. */
export function leadingItem(state: RunState, items: readonly TableItem[]): TableItem | undefined {
  const { current } = state.decision;
  if (current?.proposalId === undefined) return undefined;
  const entry = current.proposals.findLast(({ proposalId }) => proposalId === current.proposalId);
  return items.find(({ id }) => id === current.proposalId || (entry !== undefined && id === keyOf(entry)));
}

export type Side = 'for' | 'against' | 'neither';

/** How somebody’s ballot counts now; undefined for what is no ballot, or counts no more. */
export function sideOf(entry: DecisionEntry): Side | undefined {
  if (entry.vote === 'allow') return 'for';
  if (entry.vote === 'deny') return 'against';
  const { side } = deedOf(entry);
  return side === 'neither' ? 'neither' : undefined;
}
