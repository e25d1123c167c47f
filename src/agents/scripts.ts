import type { ExampleMode } from './modes.js';
import { decisionScript } from './scripts/decision.js';
import { handoffScript } from './scripts/handoff.js';
import { multiRoundScript } from './scripts/multi-round.js';
import { proposalScript } from './scripts/proposal.js';
import { quorumScript } from './scripts/quorum.js';
import { taskScript } from './scripts/task.js';
import type { AgentScript } from './seen.js';

const SCRIPTS: Record<ExampleMode, readonly AgentScript[]> = {
  decision: decisionScript,
  proposal: proposalScript,
  task: taskScript,
  handoff: handoffScript,
  quorum: quorumScript,
  multi_round: multiRoundScript,
};

/** The agents of a mode; the first one is the session's initiator. Together they bring the session to its Commitment. */
export function scriptFor(mode: ExampleMode): readonly AgentScript[] {
  return SCRIPTS[mode];
}
