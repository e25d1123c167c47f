import type { ExecutionRequest, KickoffMessage } from '../contracts/execution-request.js';
import { MODE_NAMES } from './modes.js';
import type { ExampleMode } from './modes.js';
import { scriptFor } from './scripts.js';

/** Time a session may take; the scripted agents need seconds. */
const SESSION_TTL_MS = 120_000;

interface Example {
  readonly intent: string;
  readonly kickoff: readonly KickoffMessage[];
}

const EXAMPLES: Record<ExampleMode, Example> = {
  decision: {
    intent: 'Shall v2.1 go to production today?',
    kickoff: [
      {
        from: 'agent://lead',
        to: ['agent://alice', 'agent://bob', 'agent://carol'],
        kind: 'proposal',
        messageType: 'Proposal',
        payload: { proposalId: 'deploy-v2.1', option: 'deploy v2.1 today', rationale: 'the canary is green' },
      },
    ],
  },
  proposal: {
    intent: 'Agree on terms for the licence renewal',
    kickoff: [
      {
        from: 'agent://buyer',
        to: ['agent://seller'],
        kind: 'proposal',
        messageType: 'Proposal',
        payload: {
          proposalId: 'offer-1',
          title: '12 months at 80 per seat',
          summary: 'last year’s price, without the support desk',
          tags: ['renewal'],
        },
      },
    ],
  },
  task: {
    intent: 'Have the release notes written',
    kickoff: [
      {
        from: 'agent://planner',
        to: ['agent://writer'],
        kind: 'request',
        messageType: 'TaskRequest',
        payload: {
          taskId: 'release-notes',
          title: 'Write the release notes of v2.1',
          instructions: 'One line per change that a user can notice.',
          requestedAssignee: 'agent://writer',
        },
      },
    ],
  },
  handoff: {
    intent: 'Hand a disputed invoice over to billing',
    kickoff: [
      {
        from: 'agent://frontdesk',
        to: ['agent://billing'],
        kind: 'request',
        messageType: 'HandoffOffer',
        payload: {
          handoffId: 'case-4711',
          targetParticipant: 'agent://billing',
          scope: 'invoice dispute',
          reason: 'the customer questions an invoice',
        },
      },
      {
        from: 'agent://frontdesk',
        to: ['agent://billing'],
        kind: 'context',
        messageType: 'HandoffContext',
        payloadEnvelope: {
          encoding: 'proto',
          proto: {
            typeName: 'macp.modes.handoff.v1.HandoffContextPayload',
            // `context` is a bytes field: base64 of {"invoice":"2025-0815","amount":129}
            value: {
              handoffId: 'case-4711',
              contentType: 'application/json',
              context: 'eyJpbnZvaWNlIjoiMjAyNS0wODE1IiwiYW1vdW50IjoxMjl9',
            },
          },
        },
      },
    ],
  },
  quorum: {
    intent: 'Approve the schema migration',
    kickoff: [
      {
        from: 'agent://requester',
        to: ['agent://dba', 'agent://sre', 'agent://legal'],
        kind: 'request',
        messageType: 'ApprovalRequest',
        payload: {
          requestId: 'migration-42',
          action: 'run migration 42 in production',
          summary: 'adds two columns, no rewrite',
          requiredApprovals: 2,
        },
      },
    ],
  },
  multi_round: {
    intent: 'Estimate the days the feature takes',
    kickoff: [
      {
        from: 'agent://facilitator',
        to: ['agent://backend', 'agent://frontend'],
        kind: 'broadcast',
        messageType: 'Contribute',
        payload: { value: '8' },
      },
    ],
  },
};

/** A complete body for `POST /runs` that the scripted agents of the same mode bring to its end. */
export function exampleRequest(mode: ExampleMode): ExecutionRequest {
  const { intent, kickoff } = EXAMPLES[mode];
  const agents = scriptFor(mode);
  return {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: {
      modeName: MODE_NAMES[mode],
      modeVersion: '1.0.0',
      configurationVersion: 'config.default',
      policyVersion: 'policy.default',
      ttlMs: SESSION_TTL_MS,
      initiatorParticipantId: agents[0]?.id,
      participants: agents.map(({ id, role }) => ({ id, role })),
      intent,
      metadata: { scenarioRef: `demo/${mode}`, environment: 'demo', runLabel: intent },
    },
    kickoff,
    execution: { tags: ['demo', mode], requester: { actorId: 'demo', actorType: 'service' } },
  };
}
