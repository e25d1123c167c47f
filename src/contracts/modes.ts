/** The protocol's names of its five standard modes and of the one extension mode that every runtime has. */
export const MODE = {
  decision: 'macp.mode.decision.v1',
  proposal: 'macp.mode.proposal.v1',
  task: 'macp.mode.task.v1',
  handoff: 'macp.mode.handoff.v1',
  quorum: 'macp.mode.quorum.v1',
  multiRound: 'ext.multi_round.v1',
} as const;
