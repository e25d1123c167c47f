import type { RunState, VoteTally } from '../../../api/types.js';
import { MODE } from '../../../words/modes.js';
import { thresholdWords } from '../../../words/read.js';

/** How one proposal stands against what it needs, ready to be drawn as a bar. */
export interface TallyBar {
  readonly id: string;
  /** Shares of the bar, 0–1; together at most 1. */
  readonly parts: readonly {
    readonly side: 'for' | 'against' | 'neither';
    readonly count: number;
    readonly share: number;
  }[];
  /** Where on the bar it has to get to, 0–1; undefined when nothing is needed. */
  readonly mark?: number;
  /** `2 of 3 votes for; at least half needed`. */
  readonly words: string;
  readonly isReached: boolean;
}

/** Up to so many proposals are shown before anybody voted on them. */
const UNVOTED_MAX = 3;

/** One bar per proposal that can be voted on, or was, the one that is ahead first. Explains; the runtime decides. */
export function tallyBars(state: RunState): readonly TallyBar[] {
  const rows = shownRows(state);
  const isPart = isCountedJointly(rows, state);
  return rows.map((row) => (isPart ? partBar(row) : barOf(row, state)));
}

/** Of a decision the runtime counts the votes on all proposals together: the bar of that count where there are several. */
export function jointBar(state: RunState): TallyBar | undefined {
  const rows = shownRows(state);
  const [first] = rows;
  if (first === undefined || !isCountedJointly(rows, state)) return undefined;
  const sum = (side: 'allow' | 'deny' | 'abstain'): number => rows.reduce((total, row) => total + row[side], 0);
  return votesBar({ ...first, allow: sum('allow'), deny: sum('deny'), abstain: sum('abstain') }, state, true);
}

function shownRows(state: RunState): readonly VoteTally[] {
  const { voteTally } = state.policy;
  // Of many proposals those nobody voted on say nothing, and neither do they once it is decided.
  const isBrief = state.decision.current?.finalized !== true && voteTally.length <= UNVOTED_MAX;
  const rows = isBrief ? voteTally : voteTally.filter((row) => castOn(row) > 0);
  return [...rows].sort((a, b) => b.allow - a.allow || castOn(b) - castOn(a));
}

function isCountedJointly(rows: readonly VoteTally[], { run, policy }: RunState): boolean {
  return rows.length > 1 && run.modeName === MODE.decision && bindingAlgorithm(policy) !== undefined;
}

function bindingAlgorithm({ governance }: RunState['policy']): string | undefined {
  const algorithm = governance?.algorithm ?? 'none';
  return algorithm === 'none' ? undefined : algorithm;
}

function castOn({ allow, deny, abstain }: VoteTally): number {
  return allow + deny + abstain;
}

function barOf(row: VoteTally, state: RunState): TallyBar {
  const { modeName } = state.run;
  if (modeName === MODE.quorum) {
    return headsBar(row, state, ['approval', 'approvals'], row.allow >= row.quorum.required);
  }
  if (modeName === MODE.proposal) {
    // Whose acceptance it takes the numbers do not say.
    const isReached = row.allow >= row.quorum.required && state.policy.quorumStatus === 'reached';
    return headsBar(row, state, ['acceptance', 'acceptances'], isReached);
  }
  return votesBar(row, state, false);
}

/** So many heads of all have to be for it. */
function headsBar(
  row: VoteTally,
  state: RunState,
  [one, many]: readonly [string, string],
  isReached: boolean,
): TallyBar {
  const { required } = row.quorum;
  const heads = Math.max(declaredIn(state), castOn(row), required, 1);
  const rest = isReached ? 'enough' : lackingWords(required - row.allow, state);
  const words = `${row.allow.toLocaleString('en')} of ${required.toLocaleString('en')} needed ${required === 1 ? one : many}; ${rest}`;
  return { id: row.commitmentId, parts: partsOf(row, heads), mark: required / heads, words, isReached };
}

function lackingWords(missing: number, { policy }: RunState): string {
  if (missing > 0) return `${missing.toLocaleString('en')} more needed`;
  return policy.quorumStatus === 'failed' ? 'a rejection ended it' : 'not from everybody who has to accept';
}

/** What was voted on one of several proposals: by itself it decides nothing. */
function partBar(row: VoteTally): TallyBar {
  const cast = castOn(row);
  return {
    id: row.commitmentId,
    parts: partsOf(row, Math.max(cast, 1)),
    words: votesWords(row.allow, cast),
    isReached: false,
  };
}

/** A share of the votes for and against has to be for it; abstentions stand beside. */
function votesBar(row: VoteTally, state: RunState, isJoint: boolean): TallyBar {
  const { threshold } = row;
  const cast = castOn(row);
  const algorithm = bindingAlgorithm(state.policy);
  const turnout = turnoutWords(row, state, isJoint);
  // Of a unanimous vote those who have not voted are a part.
  const heads = algorithm === 'unanimous' ? Math.max(cast, declaredIn(state)) : cast;
  const whole = Math.max(heads, 1);
  const barWith = (needed: string) => ({
    id: row.commitmentId,
    parts: partsOf(row, whole),
    words: `${votesWords(row.allow, heads)}; ${needed}${turnout}`,
  });
  // Heads cannot be held against a share of weights.
  if (algorithm === 'weighted') return { ...barWith('weights decide'), isReached: false };
  if (algorithm === undefined || threshold <= 0) {
    return { ...barWith('the votes do not bind'), isReached: turnout === '' && cast > 0 };
  }
  // Who voted on more than one proposal is in the joint count more than once: that everybody has, it does not tell.
  const isTold = turnout === '' && !(isJoint && algorithm === 'unanimous');
  const mark = algorithm === 'unanimous' ? 1 : (threshold * Math.max(row.allow + row.deny, 1)) / whole;
  return { ...barWith(neededWords(algorithm, threshold)), mark, isReached: isTold && passes(algorithm, row, heads) };
}

function votesWords(allow: number, heads: number): string {
  return `${allow.toLocaleString('en')} of ${heads.toLocaleString('en')} ${heads === 1 ? 'vote' : 'votes'} for`;
}

/** How many heads are still to vote, on whatever proposal; empty when enough have. */
function turnoutWords(row: VoteTally, { policy }: RunState, isJoint: boolean): string {
  const missing = row.quorum.required - castOn(row);
  if (policy.quorumStatus === 'reached') return '';
  if (isJoint) return row.quorum.required > 0 ? '; more must vote' : '';
  return missing > 0 ? `; ${missing.toLocaleString('en')} more must vote` : '';
}

function passes(algorithm: string, { allow, deny, threshold }: VoteTally, heads: number): boolean {
  if (algorithm === 'unanimous') return deny === 0 && heads > 0 && allow >= heads;
  if (algorithm === 'plurality') return allow > deny;
  return allow + deny > 0 && allow / (allow + deny) >= threshold;
}

function neededWords(algorithm: string, threshold: number): string {
  if (algorithm === 'unanimous') return 'everybody needed';
  if (algorithm === 'plurality') return 'more for than against needed';
  return `${thresholdWords(threshold)} needed`;
}

function partsOf({ allow, deny, abstain }: VoteTally, whole: number): TallyBar['parts'] {
  return [
    { side: 'for' as const, count: allow, share: allow / whole },
    { side: 'against' as const, count: deny, share: deny / whole },
    { side: 'neither' as const, count: abstain, share: abstain / whole },
  ].filter(({ count }) => count > 0);
}

function declaredIn({ participants }: RunState): number {
  return participants.filter(({ declared }) => declared).length;
}
