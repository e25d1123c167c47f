import type { ScriptedManner } from '../contracts/execution-request.js';
import { EXAMPLE_CASTS } from './cast.js';
import type { Cast, CastingOf } from './cast.js';
import type { ExampleMode } from './modes.js';
import { castDecision } from './scripts/decision.js';
import { castHandoff } from './scripts/handoff.js';
import { castMultiRound } from './scripts/multi-round.js';
import { castProposal } from './scripts/proposal.js';
import { castQuorum } from './scripts/quorum.js';
import { castTask } from './scripts/task.js';
import type { AgentScript } from './seen.js';

interface Script {
  readonly cast: CastingOf<AgentScript>;
  /** Message types of the kickoff that the agents answer; without them none of them has anything to say. */
  readonly answers: readonly string[];
}

const SCRIPTS: Record<ExampleMode, Script> = {
  decision: { cast: castDecision, answers: ['Proposal'] },
  proposal: { cast: castProposal, answers: ['Proposal'] },
  task: { cast: castTask, answers: ['TaskRequest'] },
  handoff: { cast: castHandoff, answers: ['HandoffOffer', 'HandoffContext'] },
  quorum: { cast: castQuorum, answers: ['ApprovalRequest'] },
  multi_round: { cast: castMultiRound, answers: ['Contribute'] },
};

/**
 * The agents of a mode; the first one is the session's initiator. Together they bring the session to its Commitment,
 * except that in the silent manner the first one beside it is missing.
 */
export function scriptFor(
  mode: ExampleMode,
  cast: Cast = EXAMPLE_CASTS[mode],
  manner: ScriptedManner = 'agreeing',
): readonly AgentScript[] {
  const agents = SCRIPTS[mode].cast(cast, manner === 'refusing' ? 'refusing' : 'agreeing');
  return manner === 'silent' ? agents.filter((_agent, index) => index !== 1) : agents;
}

/** Message types that the kickoff must hold for a mode's agents to have something to answer. */
export function answersOf(mode: ExampleMode): readonly string[] {
  return SCRIPTS[mode].answers;
}
