import { ContributePayloadSchema } from '../../gen/macp/modes/multi_round/v1/multi_round_pb.js';
import { inTurn } from '../cast.js';
import type { CastingOf, Tendency } from '../cast.js';
import { commit, heard, introduce, say, sessionOf } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

/** First estimates in days, in the order of the estimators. */
const ESTIMATES = [5, 13, 8] as const;

/** The facilitator gives the first estimate (as kickoff), moves with the others and commits once all agree. */
export const castMultiRound: CastingOf<AgentScript> = ({ initiator, others }, tendency) => [
  {
    ...initiator,
    decide: (seen) => [introduce(seen, initiator.role), ...moved(seen), ...concluded(seen, tendency)],
  },
  ...others.map(({ id, role }, index): AgentScript => ({
    id,
    role,
    decide: (seen) => [introduce(seen, role), ...opened(seen, inTurn(ESTIMATES, index)), ...moved(seen)],
  })),
];

function opened(seen: Seen, estimate: number): AgentMessage[] {
  return sessionOf(seen) ? [say('first', 'Contribute', ContributePayloadSchema, { value: String(estimate) })] : [];
}

/** Second round: whoever is not at the median of the first values goes there. */
function moved(seen: Seen): AgentMessage[] {
  const median = medianOfFirst(seen);
  if (median === undefined || firstValues(seen).get(seen.self) === median) return [];
  return [say('second', 'Contribute', ContributePayloadSchema, { value: median })];
}

function concluded(seen: Seen, tendency: Tendency): AgentMessage[] {
  const latest = new Map(heard(seen, ContributePayloadSchema).map(({ sender, body }) => [sender, body.value]));
  const participants = sessionOf(seen)?.participants ?? [];
  const median = medianOfFirst(seen);
  if (median === undefined || !participants.every((id) => latest.get(id) === median)) return [];
  const agreed = `all ${participants.length} estimate ${median} days`;
  return commit(
    seen,
    tendency === 'agreeing'
      ? { action: 'multi_round.converged', positive: true, scope: 'planning', reason: agreed }
      : {
          action: 'multi_round.declined',
          positive: false,
          scope: 'planning',
          reason: `${agreed}, too many to begin now`,
        },
  );
}

function firstValues(seen: Seen): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { sender, body } of heard(seen, ContributePayloadSchema)) {
    if (!values.has(sender)) values.set(sender, body.value);
  }
  return values;
}

/** Undefined until every participant has given a first value. */
function medianOfFirst(seen: Seen): string | undefined {
  const first = firstValues(seen);
  const participants = sessionOf(seen)?.participants ?? [];
  if (participants.length === 0 || !participants.every((id) => first.has(id))) return undefined;
  const sorted = [...first.values()].sort((a, b) => Number(a) - Number(b));
  return sorted[Math.floor(sorted.length / 2)];
}
