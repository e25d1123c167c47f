import type { ExecutionRequest, KickoffMessage, ScriptedManner } from '../contracts/execution-request.js';
import type { RunExample } from '../contracts/run-example.js';
import { EXAMPLE_CASTS } from './cast.js';
import { MODE_NAMES } from './modes.js';
import type { ExampleMode } from './modes.js';

/** Time a session may take; the scripted agents need seconds. */
const SESSION_TTL_MS = 120_000;
/** The same where nobody is going to end it: long enough to see that somebody is missing. */
const SILENCE_TTL_MS = 15_000;

interface Example {
  /** The first one of a mode is that mode’s plain example. */
  readonly id: string;
  readonly mode: ExampleMode;
  readonly manner: ScriptedManner;
  readonly title: string;
  /** For a colleague who is no engineer. */
  readonly description: string;
  readonly intent: string;
  /** Default: policy.default. */
  readonly policyVersion?: string;
  /** Default: SESSION_TTL_MS. */
  readonly ttlMs?: number;
  readonly kickoff: readonly KickoffMessage[];
}

const EXAMPLES: readonly Example[] = [
  {
    id: 'decision',
    mode: 'decision',
    manner: 'agreeing',
    title: 'A release is decided on',
    description:
      'A release lead proposes to deploy a new version today. Reliability, security and support each say what they think of it, then they vote. Security raises a small objection and support votes against; two of three are in favour, so the lead decides for it. Watch how the objection stays on record without stopping anything. Ends as completed, with a positive outcome.',
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
  {
    id: 'decision-against',
    mode: 'decision',
    manner: 'refusing',
    title: 'A release is decided against',
    description:
      'The same reviewers are asked to deploy on a Friday evening. The error rate is up and nobody is on call, so two of three vote against it. The session is held to a majority policy: the lead could not decide for it even if it wanted to. Watch the votes and what the policy made of them. Ends as completed, with a negative outcome: a decision against is a decision.',
    intent: 'Shall v2.2 go to production on Friday evening?',
    policyVersion: 'policy.std.majority',
    kickoff: [
      {
        from: 'agent://lead',
        to: ['agent://alice', 'agent://bob', 'agent://carol'],
        kind: 'proposal',
        messageType: 'Proposal',
        payload: {
          proposalId: 'deploy-v2.2',
          option: 'deploy v2.2 tonight',
          rationale: 'it was promised for this week',
        },
      },
    ],
  },
  {
    id: 'decision-unanswered',
    mode: 'decision',
    manner: 'silent',
    title: 'A reviewer never answers',
    description:
      'A release lead asks for a decision, and one of the three reviewers never says a word. The others wait for it until the time of the session is up, a quarter of a minute. Watch for the participant that stays idle while the rest stand still: this is what an agent that is down looks like. Ends as failed, because the session expired.',
    intent: 'Shall v2.3 go to production today?',
    ttlMs: SILENCE_TTL_MS,
    kickoff: [
      {
        from: 'agent://lead',
        to: ['agent://alice', 'agent://bob', 'agent://carol'],
        kind: 'proposal',
        messageType: 'Proposal',
        payload: { proposalId: 'deploy-v2.3', option: 'deploy v2.3 today', rationale: 'the canary is green' },
      },
    ],
  },
  {
    id: 'proposal',
    mode: 'proposal',
    manner: 'agreeing',
    title: 'A price is negotiated',
    description:
      'A buyer offers terms for a licence renewal, the seller answers with terms of its own, and both accept those. Watch how the second offer takes the place of the first. Ends as completed, with a positive outcome.',
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
  {
    id: 'task',
    mode: 'task',
    manner: 'agreeing',
    title: 'A piece of work is handed out',
    description:
      'A planner asks a writer for release notes. The writer accepts, reports how far it has come, and delivers; the planner closes the task. Watch the progress between the request and the result. Ends as completed, with a positive outcome.',
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
  {
    id: 'handoff',
    mode: 'handoff',
    manner: 'agreeing',
    title: 'A case changes hands',
    description:
      'The front desk hands a disputed invoice over to billing, together with what is known about it. Billing reads that and takes the case. Watch who is responsible before and after. Ends as completed, with a positive outcome.',
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
  {
    id: 'quorum',
    mode: 'quorum',
    manner: 'agreeing',
    title: 'An approval needs two of three',
    description:
      'Somebody asks three colleagues – database, operations and legal – to approve a change in production; two approvals are needed. Two approve, legal abstains. Watch the count reach what is required. Ends as completed, with a positive outcome.',
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
  {
    id: 'multi-round',
    mode: 'multi_round',
    manner: 'agreeing',
    title: 'Estimates come together',
    description:
      'Three people estimate how many days a feature takes, without knowing the answers of the others: 8, 5 and 13. In the second round all of them move to the middle. Watch the numbers meet. Ends as completed, with a positive outcome.',
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
];

/** The examples as the sandbox offers them; `runtimeKind` is what the bodies name as their runtime. */
export function runExamples(runtimeKind: string): readonly RunExample[] {
  return EXAMPLES.map((example) => {
    const { id, mode, manner, title, description, kickoff } = example;
    const request: ExecutionRequest = {
      mode: 'sandbox',
      runtime: { kind: runtimeKind },
      session: { ...sessionOf(example), metadata: { scenarioRef: `examples/${id}`, runLabel: title } },
      kickoff,
      execution: { tags: ['example', mode], scriptedAgents: manner },
    };
    return { id, mode, title, description, request };
  });
}

/** The plain example of a mode as a body for `POST /runs`, for agents that come by themselves. */
export function exampleRequest(mode: ExampleMode): ExecutionRequest {
  const example = EXAMPLES.find((candidate) => candidate.mode === mode);
  if (!example) throw new Error(`there is no example of ${mode} mode`);
  const { intent, kickoff } = example;
  const metadata = { scenarioRef: `demo/${mode}`, environment: 'demo', runLabel: intent };
  return {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: { ...sessionOf(example), metadata },
    kickoff,
    execution: { tags: ['demo', mode], requester: { actorId: 'demo', actorType: 'service' } },
  };
}

function sessionOf({ mode, intent, policyVersion, ttlMs }: Example) {
  const { initiator, others } = EXAMPLE_CASTS[mode];
  return {
    modeName: MODE_NAMES[mode],
    modeVersion: '1.0.0',
    configurationVersion: 'config.default',
    policyVersion: policyVersion ?? 'policy.default',
    ttlMs: ttlMs ?? SESSION_TTL_MS,
    initiatorParticipantId: initiator.id,
    participants: [initiator, ...others].map(({ id, role }) => ({ id, role })),
    intent,
  };
}
