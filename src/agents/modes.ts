import { MODE } from '../contracts/modes.js';

/** The modes for which there are scripted agents, under the short names of the command line. */
export const EXAMPLE_MODES = ['decision', 'proposal', 'task', 'handoff', 'quorum', 'multi_round'] as const;
export type ExampleMode = (typeof EXAMPLE_MODES)[number];

/** The protocol's names. */
export const MODE_NAMES: Record<ExampleMode, string> = {
  decision: MODE.decision,
  proposal: MODE.proposal,
  task: MODE.task,
  handoff: MODE.handoff,
  quorum: MODE.quorum,
  multi_round: MODE.multiRound,
};

/** The mode under its short name; undefined when it has no script. */
export function modeOf(modeName: string): ExampleMode | undefined {
  return EXAMPLE_MODES.find((mode) => MODE_NAMES[mode] === modeName);
}
