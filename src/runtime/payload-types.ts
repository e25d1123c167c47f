import { createRegistry, type DescMessage } from '@bufbuild/protobuf';
import { MODE } from '../contracts/modes.js';
import * as core from '../gen/macp/v1/core_pb.js';
import { file_macp_v1_envelope } from '../gen/macp/v1/envelope_pb.js';
import { file_macp_v1_policy } from '../gen/macp/v1/policy_pb.js';
import * as decision from '../gen/macp/modes/decision/v1/decision_pb.js';
import * as handoff from '../gen/macp/modes/handoff/v1/handoff_pb.js';
import * as multiRound from '../gen/macp/modes/multi_round/v1/multi_round_pb.js';
import * as proposal from '../gen/macp/modes/proposal/v1/proposal_pb.js';
import * as quorum from '../gen/macp/modes/quorum/v1/quorum_pb.js';
import * as task from '../gen/macp/modes/task/v1/task_pb.js';

export const CONTRIBUTE = 'Contribute';

type PayloadTable = ReadonlyMap<string, DescMessage>;

/** Message types that mean the same in every mode, ambient ones ('' as mode) included. */
const CORE_TYPES: PayloadTable = new Map<string, DescMessage>([
  ['SessionStart', core.SessionStartPayloadSchema],
  ['Commitment', core.CommitmentPayloadSchema],
  ['Signal', core.SignalPayloadSchema],
  ['Progress', core.ProgressPayloadSchema],
  ['SessionCancel', core.SessionCancelPayloadSchema],
  ['SessionSuspend', core.SessionSuspendPayloadSchema],
  ['SessionResume', core.SessionResumePayloadSchema],
]);

/** The same word may name different messages in different modes, hence one table per mode. */
const MODE_TYPES: ReadonlyMap<string, PayloadTable> = new Map<string, PayloadTable>([
  [
    MODE.decision,
    new Map<string, DescMessage>([
      ['Proposal', decision.ProposalPayloadSchema],
      ['Evaluation', decision.EvaluationPayloadSchema],
      ['Objection', decision.ObjectionPayloadSchema],
      ['Vote', decision.VotePayloadSchema],
    ]),
  ],
  [
    MODE.proposal,
    new Map<string, DescMessage>([
      ['Proposal', proposal.ProposalPayloadSchema],
      ['CounterProposal', proposal.CounterProposalPayloadSchema],
      ['Accept', proposal.AcceptPayloadSchema],
      ['Reject', proposal.RejectPayloadSchema],
      ['Withdraw', proposal.WithdrawPayloadSchema],
    ]),
  ],
  [
    MODE.task,
    new Map<string, DescMessage>([
      ['TaskRequest', task.TaskRequestPayloadSchema],
      ['TaskAccept', task.TaskAcceptPayloadSchema],
      ['TaskReject', task.TaskRejectPayloadSchema],
      ['TaskUpdate', task.TaskUpdatePayloadSchema],
      ['TaskComplete', task.TaskCompletePayloadSchema],
      ['TaskFail', task.TaskFailPayloadSchema],
    ]),
  ],
  [
    MODE.handoff,
    new Map<string, DescMessage>([
      ['HandoffOffer', handoff.HandoffOfferPayloadSchema],
      ['HandoffContext', handoff.HandoffContextPayloadSchema],
      ['HandoffAccept', handoff.HandoffAcceptPayloadSchema],
      ['HandoffDecline', handoff.HandoffDeclinePayloadSchema],
    ]),
  ],
  [
    MODE.quorum,
    new Map<string, DescMessage>([
      ['ApprovalRequest', quorum.ApprovalRequestPayloadSchema],
      ['Approve', quorum.ApprovePayloadSchema],
      ['Reject', quorum.RejectPayloadSchema],
      ['Abstain', quorum.AbstainPayloadSchema],
    ]),
  ],
  [MODE.multiRound, new Map<string, DescMessage>([[CONTRIBUTE, multiRound.ContributePayloadSchema]])],
]);

/** All message types of the protocol, by full name. */
export const protoRegistry = createRegistry(
  file_macp_v1_envelope,
  file_macp_v1_policy,
  core.file_macp_v1_core,
  decision.file_macp_modes_decision_v1_decision,
  handoff.file_macp_modes_handoff_v1_handoff,
  multiRound.file_macp_modes_multi_round_v1_multi_round,
  proposal.file_macp_modes_proposal_v1_proposal,
  quorum.file_macp_modes_quorum_v1_quorum,
  task.file_macp_modes_task_v1_task,
);

/** The protobuf message that carries the payload of a message type in a mode; undefined = the payload is opaque. */
export function payloadTypeOf(mode: string, messageType: string): DescMessage | undefined {
  return CORE_TYPES.get(messageType) ?? MODE_TYPES.get(mode)?.get(messageType);
}

/** Every known (mode, message type) pair; core types are listed once, with mode ''. */
export const KNOWN_PAYLOADS: readonly {
  readonly mode: string;
  readonly messageType: string;
  readonly type: DescMessage;
}[] = [
  ...[...CORE_TYPES].map(([messageType, type]) => ({ mode: '', messageType, type })),
  ...[...MODE_TYPES].flatMap(([mode, types]) => [...types].map(([messageType, type]) => ({ mode, messageType, type }))),
];
