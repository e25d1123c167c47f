import { MODE } from '../../contracts/modes.js';
import { decisionMode } from './decision.js';
import { handoffMode } from './handoff.js';
import type { Mode } from './mode.js';
import { multiRoundMode } from './multi-round.js';
import { proposalMode } from './proposal.js';
import { quorumMode } from './quorum.js';
import { taskMode } from './task.js';

/** A mode as it is listed. */
export interface ModeDescription {
  readonly mode: string;
  readonly modeVersion: string;
  readonly title: string;
  readonly description: string;
  readonly determinismClass: string;
  readonly participantModel: string;
  readonly messageTypes: readonly string[];
  readonly terminalMessageTypes: readonly string[];
  readonly schemaUris: Readonly<Record<string, string>>;
}

export interface BuiltInMode {
  readonly description: ModeDescription;
  readonly mode: Mode;
  readonly isStandard: boolean;
}

/** Where the payload messages are published. */
const PROTO_URI = 'buf.build/multiagentcoordinationprotocol/macp';

interface Facts {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly determinism: string;
  readonly participants: string;
  readonly types: readonly string[];
  readonly mode: Mode;
}

function builtIn(facts: Facts): BuiltInMode {
  return {
    mode: facts.mode,
    isStandard: facts.name.startsWith('macp.mode.'),
    description: {
      mode: facts.name,
      modeVersion: '1.0.0',
      title: facts.title,
      description: facts.description,
      determinismClass: facts.determinism,
      participantModel: facts.participants,
      messageTypes: ['SessionStart', ...facts.types, 'Commitment'],
      terminalMessageTypes: ['Commitment'],
      schemaUris: { protobuf: PROTO_URI },
    },
  };
}

/** In the order in which the standard ones are listed. */
export const BUILT_IN_MODES: readonly BuiltInMode[] = [
  builtIn({
    name: MODE.decision,
    title: 'Decision Mode',
    description: 'Declared participants weigh proposals and vote; one outcome is committed.',
    determinism: 'semantic-deterministic',
    participants: 'declared',
    types: ['Proposal', 'Evaluation', 'Objection', 'Vote'],
    mode: decisionMode,
  }),
  builtIn({
    name: MODE.proposal,
    title: 'Proposal Mode',
    description: 'Peers negotiate by proposals and counter-proposals until they agree or refuse.',
    determinism: 'semantic-deterministic',
    participants: 'peer',
    types: ['Proposal', 'CounterProposal', 'Accept', 'Reject', 'Withdraw'],
    mode: proposalMode,
  }),
  builtIn({
    name: MODE.task,
    title: 'Task Mode',
    description: 'One task is delegated, accepted, reported on, and completed or failed.',
    determinism: 'structural-only',
    participants: 'orchestrated',
    types: ['TaskRequest', 'TaskAccept', 'TaskReject', 'TaskUpdate', 'TaskComplete', 'TaskFail'],
    mode: taskMode,
  }),
  builtIn({
    name: MODE.handoff,
    title: 'Handoff Mode',
    description: 'Responsibility is offered to another participant with its context, and taken or declined.',
    determinism: 'context-frozen',
    participants: 'delegated',
    types: ['HandoffOffer', 'HandoffContext', 'HandoffAccept', 'HandoffDecline'],
    mode: handoffMode,
  }),
  builtIn({
    name: MODE.quorum,
    title: 'Quorum Mode',
    description: 'Participants cast one ballot each on a request that needs a number of approvals.',
    determinism: 'semantic-deterministic',
    participants: 'quorum',
    types: ['ApprovalRequest', 'Approve', 'Reject', 'Abstain'],
    mode: quorumMode,
  }),
  builtIn({
    name: MODE.multiRound,
    title: 'Multi-Round Convergence Mode',
    description: 'Participants revise their contributions until all are equal.',
    determinism: 'semantic-deterministic',
    participants: 'peer',
    types: ['Contribute'],
    mode: multiRoundMode,
  }),
];
