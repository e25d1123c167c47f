import type { RunState, VoteTally } from '../../../api/types.js';
import { percentWords } from '../../../words/read.js';

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
  const { voteTally } = state.policy;
  const heads = ({ allow, deny, abstain }: VoteTally): number => allow + deny + abstain;
  // Of many proposals those nobody voted on say nothing, and neither do they once it is decided.
  const isBrief = state.decision.current?.finalized !== true && voteTally.length <= UNVOTED_MAX;
  const rows = isBrief ? voteTally : voteTally.filter((row) => heads(row) > 0);
  return [...rows].sort((a, b) => b.allow - a.allow || heads(b) - heads(a)).map((row) => barOf(row, state));
}

function barOf(row: VoteTally, state: RunState): TallyBar {
  const { modeName } = state.run;
  if (modeName === 'macp.mode.quorum.v1') return headsBar(row, state, ['approval', 'approvals']);
  if (modeName === 'macp.mode.proposal.v1') return headsBar(row, state, ['acceptance', 'acceptances']);
  return votesBar(row, state);
}

/** So many heads of all have to be for it. */
function headsBar(row: VoteTally, state: RunState, [one, many]: readonly [string, string]): TallyBar {
  const { required } = row.quorum;
  const heads = Math.max(declaredIn(state), row.allow + row.deny + row.abstain, required, 1);
  const isReached = row.allow >= required;
  const missing = required - row.allow;
  const rest = isReached ? 'enough' : `${missing.toLocaleString('en')} more needed`;
  const words = `${row.allow.toLocaleString('en')} of ${required.toLocaleString('en')} needed ${required === 1 ? one : many}; ${rest}`;
  return { id: row.commitmentId, parts: partsOf(row, heads), mark: required / heads, words, isReached };
}

/** A share of the votes for and against has to be for it; abstentions stand beside. */
function votesBar(row: VoteTally, state: RunState): TallyBar {
  const { allow, deny, abstain, threshold, quorum } = row;
  const { governance } = state.policy;
  const algorithm = governance?.algorithm ?? 'none';
  const counted = allow + deny;
  const cast = counted + abstain;
  const turnout = cast < quorum.required ? `; ${(quorum.required - cast).toLocaleString('en')} more must vote` : '';
  // Of a unanimous vote those who have not voted are a part.
  const heads = algorithm === 'unanimous' ? Math.max(cast, declaredIn(state)) : cast;
  const votes = `${allow.toLocaleString('en')} of ${heads.toLocaleString('en')} ${heads === 1 ? 'vote' : 'votes'} for`;
  const whole = Math.max(heads, 1);
  const barWith = (needed: string) => ({
    id: row.commitmentId,
    parts: partsOf(row, whole),
    words: `${votes}; ${needed}${turnout}`,
  });
  // Heads cannot be held against a share of weights.
  if (algorithm === 'weighted') return { ...barWith('weights decide'), isReached: false };
  if (governance === undefined || algorithm === 'none' || threshold <= 0) {
    return { ...barWith('the votes do not bind'), isReached: turnout === '' && cast > 0 };
  }
  const isReached = turnout === '' && passes(algorithm, row, heads);
  const mark = algorithm === 'unanimous' ? 1 : (threshold * Math.max(counted, 1)) / whole;
  return { ...barWith(neededWords(algorithm, threshold)), mark, isReached };
}

function passes(algorithm: string, { allow, deny, threshold }: VoteTally, heads: number): boolean {
  if (algorithm === 'unanimous') return deny === 0 && heads > 0 && allow >= heads;
  if (algorithm === 'plurality') return allow > deny;
  return allow + deny > 0 && allow / (allow + deny) >= threshold;
}

function neededWords(algorithm: string, threshold: number): string {
  if (algorithm === 'unanimous') return 'everybody needed';
  if (algorithm === 'plurality') return 'more for than against needed';
  return threshold === 0.5 ? 'at least half needed' : `at least ${percentWords(threshold)} needed`;
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
