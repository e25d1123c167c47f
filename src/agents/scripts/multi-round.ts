import { ContributePayloadSchema } from '../../gen/macp/modes/multi_round/v1/multi_round_pb.js';
import { commit, heard, introduce, say, sessionOf } from '../seen.js';
import type { AgentMessage, AgentScript, Seen } from '../seen.js';

const ESTIMATORS = [
  { id: 'agent://backend', role: 'services', estimate: 5 },
  { id: 'agent://frontend', role: 'web', estimate: 13 },
] as const;

/** Gives the first estimate (as kickoff), moves with the others and commits once all agree. */
const facilitator: AgentScript = {
  id: 'agent://facilitator',
  role: 'planning',
  decide: (seen) => [introduce(seen, 'planning'), ...moved(seen), ...concluded(seen)],
};

export const multiRoundScript: readonly AgentScript[] = [
  facilitator,
  ...ESTIMATORS.map(({ id, role, estimate }): AgentScript => ({
    id,
    role,
    decide: (seen) => [introduce(seen, role), ...opened(seen, estimate), ...moved(seen)],
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

function concluded(seen: Seen): AgentMessage[] {
  const latest = new Map(heard(seen, ContributePayloadSchema).map(({ sender, body }) => [sender, body.value]));
  const participants = sessionOf(seen)?.participants ?? [];
  const median = medianOfFirst(seen);
  if (median === undefined || !participants.every((id) => latest.get(id) === median)) return [];
  return commit(seen, {
    action: 'multi_round.converged',
    positive: true,
    scope: 'planning',
    reason: `all ${participants.length} estimate ${median} days`,
  });
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
