/** Request bodies shown in the OpenAPI document. A test parses each of them, so none can go stale. */

const execution = { tags: ['example'], requester: { actorId: 'docs', actorType: 'user' } };

function standardSession(modeName: string, intent: string, ids: readonly string[]) {
  return {
    modeName,
    modeVersion: '1.0.0',
    configurationVersion: 'config.default',
    policyVersion: 'policy.default',
    ttlMs: 600_000,
    initiatorParticipantId: ids[0],
    participants: ids.map((id) => ({ id })),
    intent,
  };
}

function request(session: object, kickoff: readonly object[]) {
  return { mode: 'live', runtime: { kind: 'rust' }, session, kickoff, execution };
}

export const EXECUTION_REQUEST_EXAMPLES = {
  decision: {
    summary: 'Decision: options are proposed, evaluated and voted on',
    value: request(
      standardSession('macp.mode.decision.v1', 'Approve transaction 4711?', [
        'risk-agent',
        'fraud-agent',
        'growth-agent',
      ]),
      [
        {
          from: 'risk-agent',
          to: ['fraud-agent', 'growth-agent'],
          kind: 'proposal',
          messageType: 'Proposal',
          payload: { proposalId: 'p1', option: 'approve', rationale: 'amount below the limit' },
        },
      ],
    ),
  },
  proposal: {
    summary: 'Proposal: offers and counter-offers until all accept',
    value: request(standardSession('macp.mode.proposal.v1', 'Agree on a delivery date', ['buyer', 'seller']), [
      {
        from: 'buyer',
        to: ['seller'],
        kind: 'proposal',
        messageType: 'Proposal',
        payload: { proposalId: 'p1', title: 'Delivery on 1 June', summary: 'free of charge', tags: ['delivery'] },
      },
    ]),
  },
  task: {
    summary: 'Task: one participant asks another to do something',
    value: request(standardSession('macp.mode.task.v1', 'Summarise the report', ['planner', 'worker']), [
      {
        from: 'planner',
        to: ['worker'],
        kind: 'request',
        messageType: 'TaskRequest',
        payload: { taskId: 't1', title: 'Summarise', instructions: 'One page.', requestedAssignee: 'worker' },
      },
    ]),
  },
  handoff: {
    summary: 'Handoff: responsibility passes from one participant to another',
    value: request(standardSession('macp.mode.handoff.v1', 'Escalate ticket 12', ['first-line', 'second-line']), [
      {
        from: 'first-line',
        to: ['second-line'],
        kind: 'request',
        messageType: 'HandoffOffer',
        payload: { handoffId: 'h1', targetParticipant: 'second-line', scope: 'ticket-12', reason: 'needs an engineer' },
      },
    ]),
  },
  quorum: {
    summary: 'Quorum: an action needs a number of approvals',
    value: request(standardSession('macp.mode.quorum.v1', 'Deploy release 7', ['lead', 'ops', 'security']), [
      {
        from: 'lead',
        to: ['ops', 'security'],
        kind: 'broadcast',
        messageType: 'ApprovalRequest',
        payload: { requestId: 'r1', action: 'deploy', summary: 'release 7 to production', requiredApprovals: 2 },
      },
    ]),
  },
  multiRound: {
    summary: 'Multi-round: contributions converge over several rounds',
    value: request(standardSession('ext.multi_round.v1', 'Estimate the effort', ['ann', 'bob']), [
      {
        from: 'ann',
        to: [],
        kind: 'broadcast',
        messageType: 'Contribute',
        payloadEnvelope: { encoding: 'json', json: { value: '5 days' } },
      },
    ]),
  },
  withoutKickoff: {
    summary: 'Without kickoff: the session is opened, and the agents say everything themselves',
    value: {
      runtime: { kind: 'rust' },
      session: {
        sessionId: '6f1a52f0-3c1e-4d5b-9a77-2f8a1c0b9d3e',
        modeName: 'macp.mode.decision.v1',
        modeVersion: '1.0.0',
        configurationVersion: 'config.default',
        ttlMs: 600_000,
        participants: [{ id: 'risk-agent' }, { id: 'fraud-agent' }],
        metadata: { scenarioRef: 'fraud/high-value@1.0.0', environment: 'staging' },
      },
    },
  },
  sandbox: {
    summary: 'Sandbox: the same on the embedded runtime',
    value: {
      ...request(standardSession('macp.mode.task.v1', 'Try it out', ['planner', 'worker']), []),
      mode: 'sandbox',
    },
  },
  observed: {
    summary: 'Observed: an agent opens the session, the run follows it',
    value: {
      mode: 'live',
      runtime: { kind: 'rust' },
      session: {
        orchestration: 'observe',
        sessionId: '3f0c6a52-9d1e-4b7a-8c35-1f2e3d4c5b6a',
        modeName: 'macp.mode.decision.v1',
        modeVersion: '1.0.0',
        configurationVersion: 'config.default',
        policyVersion: 'policy.default',
        ttlMs: 600_000,
        participants: [{ id: 'risk-agent' }, { id: 'fraud-agent' }],
        metadata: { scenarioRef: 'fraud/high-value@1.0.0' },
      },
      execution,
    },
  },
} as const;
