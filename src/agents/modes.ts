/** The modes for which there are scripted agents, under the short names of the command line. */
export const EXAMPLE_MODES = ['decision', 'proposal', 'task', 'handoff', 'quorum', 'multi_round'] as const;
export type ExampleMode = (typeof EXAMPLE_MODES)[number];

/** The protocol's names. */
export const MODE_NAMES: Record<ExampleMode, string> = {
  decision: 'macp.mode.decision.v1',
  proposal: 'macp.mode.proposal.v1',
  task: 'macp.mode.task.v1',
  handoff: 'macp.mode.handoff.v1',
  quorum: 'macp.mode.quorum.v1',
  multi_round: 'ext.multi_round.v1',
};

/** The mode under its short name; undefined when it has no script. */
export function modeOf(modeName: string): ExampleMode | undefined {
  return EXAMPLE_MODES.find((mode) => MODE_NAMES[mode] === modeName);
}
