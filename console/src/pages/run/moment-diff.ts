import type { RunState } from '../../api/types.js';
import { shortName } from '../../words/names.js';
import { shareWords } from '../../words/number.js';
import { sessionWord } from '../../words/session.js';
import { PARTICIPANT_STATUS, RUN_STATUS } from '../../words/status.js';

/** Changes that are listed; a comparison of two far moments of a big run says how many more there are. */
export const CHANGES_MAX = 60;

export interface Change {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** How a later state differs from an earlier one, in words; empty when nothing that people look at differs. */
export function momentDiff(before: RunState, after: RunState): readonly Change[] {
  const [old, now] = [before.decision.current, after.decision.current];
  return [
    ...changed('Status', RUN_STATUS[before.run.status].word, RUN_STATUS[after.run.status].word),
    ...changed('Session', session(before), session(after)),
    ...changed(now?.finalized === true ? 'Decision' : 'Leading', old?.action, now?.action),
    ...changed('Outcome', outcome(old?.outcomePositive), outcome(now?.outcomePositive)),
    ...changed('Confidence', share(old?.confidence), share(now?.confidence)),
    ...changed('Quorum', before.policy.quorumStatus, after.policy.quorumStatus),
    ...tallyChanges(before, after),
    ...participantChanges(before, after),
    ...changed('Signals', String(before.signals.signals.length), String(after.signals.signals.length)),
    ...changed('Tokens', String(before.llm.totals.totalTokens), String(after.llm.totals.totalTokens)),
  ];
}

function tallyChanges(before: RunState, after: RunState): readonly Change[] {
  const titles = new Map(after.policy.expectedCommitments.map(({ commitmentId, title }) => [commitmentId, title]));
  const votes = (state: RunState, id: string): string | undefined => {
    const row = state.policy.voteTally.find(({ commitmentId }) => commitmentId === id);
    return row && `${row.allow} for, ${row.deny} against, ${row.abstain} abstained`;
  };
  return after.policy.voteTally.flatMap(({ commitmentId: id }) =>
    changed(`Votes on ${titles.get(id) ?? id}`, votes(before, id), votes(after, id)),
  );
}

function participantChanges(before: RunState, after: RunState): readonly Change[] {
  const known = new Map(before.participants.map((participant) => [participant.participantId, participant]));
  return after.participants.flatMap((participant) => {
    const old = known.get(participant.participantId);
    const words = (one: typeof participant): string =>
      `${PARTICIPANT_STATUS[one.status].word}${one.latestSummary === undefined ? '' : `, last: ${one.latestSummary}`}`;
    return changed(shortName(participant.participantId), old && words(old), words(participant));
  });
}

function changed(what: string, before: string | undefined, after: string | undefined): readonly Change[] {
  return before === after ? [] : [{ what, before: before ?? 'nothing', after: after ?? 'nothing' }];
}

function outcome(positive: boolean | null | undefined): string | undefined {
  return positive === undefined ? undefined : positive === null ? 'unreadable' : positive ? 'for' : 'against';
}

function share(confidence: number | undefined): string | undefined {
  return confidence === undefined ? undefined : shareWords(confidence);
}

function session({ run: { sessionState } }: RunState): string | undefined {
  return sessionState === undefined ? undefined : sessionWord(sessionState).word;
}
