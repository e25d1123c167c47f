import fc from 'fast-check';
import { EVENT_TYPES, type CanonicalEvent } from '../../src/contracts/events.js';
import { MODE } from '../../src/contracts/modes.js';
import { at } from './run-story.js';

/** Takes anything for an event: senders do not ask our types. */
export function asEvent(value: unknown): CanonicalEvent {
  return value as CanonicalEvent;
}

const SENDERS = ['alice', 'bob', 'carol', 'dave', '__proto__', 'constructor', ''] as const;
const sender = fc.constantFrom(...SENDERS);
const proposalId = fc.constantFrom('p1', 'p2', 'p3', '__proto__', '');
const messageType = fc.constantFrom(
  ...['SessionStart', 'Proposal', 'CounterProposal', 'Evaluation', 'Objection', 'Vote', 'Accept', 'Reject', 'Withdraw'],
  ...['TaskRequest', 'TaskAccept', 'TaskReject', 'TaskUpdate', 'TaskComplete', 'TaskFail', 'HandoffOffer'],
  ...['HandoffAccept', 'HandoffDecline', 'ApprovalRequest', 'Approve', 'Abstain', 'Contribute', 'Commitment'],
);
const time = fc.integer({ min: 0, max: 100 }).map(at);
const hostile = fc.oneof(
  fc.anything(),
  fc.double(),
  fc.string(),
  fc.constant('__proto__'),
  fc.constant('x'.repeat(5_000)),
);

/** A field that is mostly what it should be, sometimes anything at all. */
const field = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: hostile });

const governance = fc.record(
  {
    authority: field(fc.constantFrom('initiator_only', 'designated_role')),
    designatedRoles: field(fc.array(sender, { maxLength: 3 })),
    algorithm: field(fc.constantFrom('none', 'majority', 'supermajority', 'unanimous', 'weighted', 'plurality')),
    threshold: field(fc.double({ min: 0, max: 1 })),
    quorumType: field(fc.constantFrom('count', 'percentage', 'n_of_m')),
    quorumValue: field(fc.nat(100)),
    requireVoteQuorum: field(fc.boolean()),
    criterion: field(fc.constantFrom('all_parties', 'counterparty', 'initiator')),
    terminalOnAnyReject: field(fc.boolean()),
    quorumThresholdType: field(fc.constantFrom('n_of_m', 'percentage')),
    quorumThresholdValue: field(fc.nat(100)),
  },
  { requiredKeys: [] },
);

const data = (modeName: string): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    {
      modeName: field(fc.constant(modeName)),
      messageType: field(messageType),
      messageId: field(fc.uuid()),
      sender: field(sender),
      participantId: field(sender),
      to: field(fc.array(sender, { maxLength: 3 })),
      ambient: field(fc.boolean()),
      payload: field(fc.object({ maxDepth: 2 })),
      payloadEncoding: field(fc.constantFrom('proto', 'undecodable')),
      proposalId: field(proposalId),
      action: field(fc.string()),
      reason: field(fc.string()),
      reasons: field(fc.array(fc.string(), { maxLength: 7 })),
      confidence: field(fc.double({ min: 0, max: 1, noNaN: true })),
      vote: field(fc.constantFrom('APPROVE', 'REJECT', 'ABSTAIN')),
      terminal: field(fc.boolean()),
      requiredApprovals: field(fc.nat(5)),
      value: field(fc.string()),
      status: field(fc.constantFrom('queued', 'starting', 'completed', 'failed', 'cancelled', 'reconnecting', 'gap')),
      runStatus: field(fc.constantFrom('binding_session', 'running')),
      state: field(fc.constantFrom('SESSION_STATE_OPEN', 'SESSION_STATE_RESOLVED')),
      startedAt: field(time),
      endedAt: field(time),
      expiresAt: field(time),
      participants: field(
        fc.array(fc.record({ participantId: field(sender), role: field(fc.string()) }), { maxLength: 5 }),
      ),
      initiator: field(sender),
      declared: field(fc.boolean()),
      member: field(fc.boolean()),
      role: field(fc.string()),
      intent: field(fc.string()),
      contextId: field(fc.string()),
      extensionKeys: field(fc.array(fc.string(), { maxLength: 3 })),
      governance: field(governance),
      policyVersion: field(fc.string()),
      commitmentId: field(fc.constantFrom('c1', 'c2')),
      outcomePositive: field(fc.option(fc.boolean())),
      supersedes: field(fc.record({ sessionId: fc.string(), commitmentHash: fc.string() })),
      decision: field(fc.constantFrom('allow', 'deny')),
      name: field(fc.constantFrom('session.started', 'note')),
      data: field(fc.anything()),
      severity: field(fc.constantFrom('low', 'high')),
      percentage: field(fc.option(fc.double({ min: 0, max: 100 }))),
      message: field(fc.string()),
      totalTokens: field(fc.nat()),
      latencyMs: field(fc.nat()),
      estimatedCostUsd: field(fc.double({ min: 0, max: 5, noNaN: true })),
      error: field(fc.string()),
      errorCode: field(fc.string()),
    },
    { requiredKeys: ['modeName', 'messageType', 'sender', 'proposalId'] },
  );

const type = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('proposal.created', 'proposal.updated', 'proposal.updated', 'message.received'),
  },
  { weight: 3, arbitrary: fc.constantFrom(...EVENT_TYPES) },
);

/** A log as the door would number it; what is in it is up to the senders. */
export const hostileLog: fc.Arbitrary<readonly CanonicalEvent[]> = fc
  .constantFrom(...Object.values(MODE), 'dynamic.mode')
  .chain((modeName) =>
    fc
      .array(
        fc.record({
          type,
          data: data(modeName),
          subjectId: proposalId,
          ts: time,
          traceId: fc.constantFrom(undefined, 'a'.repeat(32)),
        }),
        {
          maxLength: 60,
        },
      )
      .map((drafts) =>
        drafts.map((draft, index) =>
          asEvent({
            id: `event-${index + 1}`,
            runId: 'run',
            seq: index + 1,
            ts: draft.ts,
            type: draft.type,
            schemaVersion: 3,
            subject: { kind: 'message', id: draft.subjectId },
            source: { kind: 'runtime', name: 'rust-runtime', position: index, ordinal: null },
            ...(draft.traceId === undefined ? {} : { trace: { traceId: draft.traceId, spanId: `s${index}` } }),
            data: draft.data,
          }),
        ),
      ),
  );
