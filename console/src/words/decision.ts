import type { RunState, VoteTally } from '../api/types.js';
import { isOffer, leadingItem, sideOf, tableOf, type TableItem } from './table.js';
import { MODE } from './modes.js';
import { shortName } from './names.js';
import { excerpt, spaced } from './read.js';
import { isTerminal, RUN_STATUS, type Tone } from './status.js';

/** Characters of what was decided, in a headline. */
const LABEL_MAX = 120;

export interface Headline {
  /** `Decided for`, `Not decided yet` … */
  readonly verdict: string;
  /** What was decided, or what is missing; may be empty. */
  readonly rest: string;
  readonly tone: Tone;
}

/** positive, negative, unreadable outcome, and still open: as people say it of each mode. */
type Verdicts = readonly [positive: string, negative: string, unknown: string, open: string];

const VERDICTS: Readonly<Record<string, Verdicts>> = {
  [MODE.proposal]: ['Agreed', 'Not agreed', 'Settled', 'Not agreed yet'],
  [MODE.task]: ['Done', 'Not done', 'Settled', 'Not done yet'],
  [MODE.handoff]: ['Handed over', 'Not handed over', 'Settled', 'Not handed over yet'],
  [MODE.quorum]: ['Approved', 'Not approved', 'Settled', 'Not approved yet'],
  [MODE.multiRound]: ['Agreed on', 'Not agreed', 'Settled', 'Not agreed yet'],
};
const KNOWN_MODES: ReadonlySet<string> = new Set([...Object.keys(VERDICTS), MODE.decision]);
const DECIDED: Verdicts = ['Decided for', 'Decided against', 'Decided', 'Not decided yet'];

/** Where the run stands, in half a sentence: before its decision, after it, or without one. */
export function headlineOf(state: RunState): Headline {
  const { run, decision } = state;
  const [positive, negative, unknown, open] = Object.hasOwn(VERDICTS, run.modeName)
    ? (VERDICTS[run.modeName] ?? DECIDED)
    : DECIDED;
  const items = tableOf(state);
  if (decision.current?.finalized === true) {
    const rest = decidedLabel(state, items);
    if (decision.current.outcomePositive === true) return { verdict: positive, rest, tone: 'good' };
    if (decision.current.outcomePositive === false) return { verdict: negative, rest, tone: 'bad' };
    return { verdict: unknown, rest, tone: 'neutral' };
  }
  // Its session was resolved by a commitment, which has not reached us.
  if (run.status === 'completed')
    return { verdict: 'Decided, but the commitment was not seen', rest: '', tone: 'neutral' };
  if (isTerminal(run.status)) {
    const rest = run.error?.message ?? RUN_STATUS[run.status].word.toLowerCase();
    return { verdict: 'Ended without a decision', rest, tone: run.status === 'failed' ? 'bad' : 'neutral' };
  }
  return { verdict: open, rest: missing(state, items), tone: run.status === 'suspended' ? 'warning' : 'active' };
}

export function headlineWords({ verdict, rest }: Headline): string {
  return rest === '' ? verdict : `${verdict}: ${rest}`;
}

/** `decision.selected` tells nobody anything; what was selected does. */
function decidedLabel(state: RunState, items: readonly TableItem[]): string {
  const leading = leadingItem(state, items);
  const action = state.decision.current?.action ?? '';
  const isStock = /^[a-z_]+\.[a-z_]+$/.test(action) || action === '';
  const [only] = items.length === 1 ? items : [];
  const named = isStock ? (leading ?? only)?.title : action;
  return excerpt(named ?? spaced(action), LABEL_MAX);
}

function missing(state: RunState, items: readonly TableItem[]): string {
  const { run } = state;
  if (items.length === 0) {
    if (run.status !== 'running') return RUN_STATUS[run.status].word.toLowerCase();
    return KNOWN_MODES.has(run.modeName) ? 'nothing is proposed so far' : 'no commitment so far';
  }
  const item = leadingItem(state, items) ?? items.at(-1);
  if (item === undefined) return '';
  if (run.modeName === MODE.task) return taskWords(item);
  if (run.modeName === MODE.handoff) return handoffWords(item);
  if (run.modeName === MODE.multiRound) return valuesWords(state, items);
  return countWords(state, item);
}

function countWords(state: RunState, item: TableItem): string {
  const row = state.policy.voteTally.find(({ commitmentId }) => commitmentId === item.id);
  const declared = state.participants.filter((each) => each.declared).length;
  if (row === undefined) return answersWords(item);
  if (state.run.modeName === MODE.quorum)
    return `${row.allow.toLocaleString('en')} of ${row.quorum.required.toLocaleString('en')} approvals`;
  if (state.run.modeName === MODE.proposal) return acceptWords(row, state);
  const voted = state.policy.voteTally.filter((each) => castOn(each) > 0);
  // Heads who voted on more than one proposal cannot be told from the numbers.
  if (voted.length > 1) {
    const votes = voted.reduce((sum, each) => sum + castOn(each), 0);
    return `${votes.toLocaleString('en')} votes on ${voted.length.toLocaleString('en')} proposals`;
  }
  const cast = castOn(row);
  return `${cast.toLocaleString('en')} of ${Math.max(cast, declared).toLocaleString('en')} votes`;
}

/** Whose acceptance it takes the numbers do not say. */
function acceptWords({ allow, quorum }: VoteTally, { policy }: RunState): string {
  const count = allow.toLocaleString('en');
  if (allow < quorum.required || policy.quorumStatus === 'reached')
    return `${count} of ${quorum.required.toLocaleString('en')} accept`;
  return policy.quorumStatus === 'failed' ? 'a rejection ended it' : `${count} accept, but not everybody who has to`;
}

function castOn({ allow, deny, abstain }: VoteTally): number {
  return allow + deny + abstain;
}

function taskWords({ entries }: TableItem): string {
  const last = entries.at(-1);
  const who = last === undefined ? '' : shortName(last.participantId);
  if (last?.messageType === 'TaskAccept') return `${who} has taken it`;
  if (last?.messageType === 'TaskReject') return `${who} turned it down`;
  if (last?.messageType === 'TaskComplete') return `${who} reports it done; to be committed`;
  if (last?.messageType === 'TaskFail') return `${who} reports it failed; to be committed`;
  return 'nobody has taken it so far';
}

function handoffWords({ entries }: TableItem): string {
  const answer = entries.find((entry) => sideOf(entry) !== undefined);
  if (answer === undefined) return 'no answer so far';
  const who = shortName(answer.participantId);
  return answer.vote === 'allow' ? `${who} takes over; to be committed` : `${who} declines`;
}

function valuesWords(state: RunState, items: readonly TableItem[]): string {
  const spoken = items.reduce((sum, { by }) => sum + by.length, 0);
  const declared = Math.max(spoken, state.participants.filter((each) => each.declared).length);
  const values = items.length === 1 ? 'one value' : `${items.length} different values`;
  return `${spoken} of ${declared} have contributed, ${values}`;
}

function answersWords({ entries }: TableItem): string {
  const count = entries.filter((entry) => !isOffer(entry)).length;
  return count === 1 ? '1 answer so far' : `${count === 0 ? 'no' : count.toLocaleString('en')} answers so far`;
}
