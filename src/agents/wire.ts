import { fromBinary } from '@bufbuild/protobuf';
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { CommitmentPayloadSchema, SessionStartPayloadSchema } from '../gen/macp/v1/core_pb.js';
import * as decision from '../gen/macp/modes/decision/v1/decision_pb.js';
import * as handoff from '../gen/macp/modes/handoff/v1/handoff_pb.js';
import * as multiRound from '../gen/macp/modes/multi_round/v1/multi_round_pb.js';
import * as proposal from '../gen/macp/modes/proposal/v1/proposal_pb.js';
import * as quorum from '../gen/macp/modes/quorum/v1/quorum_pb.js';
import * as task from '../gen/macp/modes/task/v1/task_pb.js';
import type { ExampleMode } from './modes.js';

const TYPES: Record<ExampleMode, ReadonlyMap<string, DescMessage>> = {
  decision: new Map<string, DescMessage>([
    ['Proposal', decision.ProposalPayloadSchema],
    ['Evaluation', decision.EvaluationPayloadSchema],
    ['Objection', decision.ObjectionPayloadSchema],
    ['Vote', decision.VotePayloadSchema],
  ]),
  proposal: new Map<string, DescMessage>([
    ['Proposal', proposal.ProposalPayloadSchema],
    ['CounterProposal', proposal.CounterProposalPayloadSchema],
    ['Accept', proposal.AcceptPayloadSchema],
    ['Reject', proposal.RejectPayloadSchema],
    ['Withdraw', proposal.WithdrawPayloadSchema],
  ]),
  task: new Map<string, DescMessage>([
    ['TaskRequest', task.TaskRequestPayloadSchema],
    ['TaskAccept', task.TaskAcceptPayloadSchema],
    ['TaskReject', task.TaskRejectPayloadSchema],
    ['TaskUpdate', task.TaskUpdatePayloadSchema],
    ['TaskComplete', task.TaskCompletePayloadSchema],
    ['TaskFail', task.TaskFailPayloadSchema],
  ]),
  handoff: new Map<string, DescMessage>([
    ['HandoffOffer', handoff.HandoffOfferPayloadSchema],
    ['HandoffContext', handoff.HandoffContextPayloadSchema],
    ['HandoffAccept', handoff.HandoffAcceptPayloadSchema],
    ['HandoffDecline', handoff.HandoffDeclinePayloadSchema],
  ]),
  quorum: new Map<string, DescMessage>([
    ['ApprovalRequest', quorum.ApprovalRequestPayloadSchema],
    ['Approve', quorum.ApprovePayloadSchema],
    ['Reject', quorum.RejectPayloadSchema],
    ['Abstain', quorum.AbstainPayloadSchema],
  ]),
  multi_round: new Map<string, DescMessage>([['Contribute', multiRound.ContributePayloadSchema]]),
};

const CORE_TYPES = new Map<string, DescMessage>([
  ['SessionStart', SessionStartPayloadSchema],
  ['Commitment', CommitmentPayloadSchema],
]);

/** The protobuf type of a message's payload; undefined for a message type the mode does not have. */
export function payloadType(mode: ExampleMode, messageType: string): DescMessage | undefined {
  return CORE_TYPES.get(messageType) ?? TYPES[mode].get(messageType);
}

/** The payload of an accepted message; undefined when its type is unknown or its bytes cannot be read. */
export function readBody(mode: ExampleMode, messageType: string, payload: Uint8Array): Message | undefined {
  const type = payloadType(mode, messageType);
  if (!type) return undefined;
  try {
    return fromBinary(type, payload);
  } catch {
    // A stranger's bytes are not the agent's concern: it answers what it understands.
    return undefined;
  }
}
