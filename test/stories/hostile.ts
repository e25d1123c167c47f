import fc from 'fast-check';
import type { PayloadCodec, WireEnvelope } from '../../src/contracts/envelope.js';
import { KICKOFF_KINDS } from '../../src/contracts/execution-request.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { OutboundKind, RawDraft, StreamStatus } from '../../src/contracts/raw-event.js';
import { SESSION_STATES, type SessionSnapshot } from '../../src/contracts/session.js';
import { payloadCodec } from '../../src/runtime/proto-registry.js';
import { SESSION_ID, START_MS, ambient, streamed, time } from './world.js';

const MIB = 1_048_576;
const MODES = [
  ...['decision', 'proposal', 'task', 'handoff', 'quorum'].map((name) => `macp.mode.${name}.v1`),
  ...['ext.multi_round.v1', 'acme.chat.v1', '', '__proto__'],
];
const TYPES = [
  ...['SessionStart', 'Commitment', 'Signal', 'Progress', 'SessionCancel', 'SessionSuspend', 'SessionResume'],
  ...['Proposal', 'Evaluation', 'Objection', 'Vote', 'CounterProposal', 'Accept', 'Reject', 'Withdraw'],
  ...['TaskRequest', 'TaskAccept', 'TaskReject', 'TaskUpdate', 'TaskComplete', 'TaskFail'],
  ...['HandoffOffer', 'HandoffContext', 'HandoffAccept', 'HandoffDecline', 'ApprovalRequest', 'Approve', 'Abstain'],
  ...[
    'Contribute',
    'ToolCall',
    'ToolResult',
    'SignalAck',
    'PolicyResolved',
    'PolicyCommitmentEvaluated',
    'PolicyDenied',
  ],
  ...['', '__proto__', 'constructor', 'toString', 'No\0Such'],
];

const nastyText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('', ' ', 'alice', '__proto__', 'a\0b', '\ud800', '😀'.repeat(200), 'constructor'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const nastyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Infinity, -1, 2 ** 53, 0));

const nastyJson = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '{"__proto__":{"llmCall":{"model":"m"}}}',
    '{"llmCall":{"model":"m1","promptTokens":1e400,"tokenUsage":{"completion_tokens":-5}}}',
    '{"tokenUsage":{"promptTokens":5},"prompt":["secret"]}',
    '{"metadata":{"tokenUsage":null,"llmCall":[]}}',
    `{"value":"${'x'.repeat(40_000)}"}`,
    `{"deep":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    '{"rules":{"voting":{"threshold":"NaN"}},"reasons":[1,"a"]}',
  ),
);

/** Fields that the tables read, with values that they do not expect. */
const oddFields = fc
  .dictionary(
    fc.constantFrom(
      ...['proposalId', 'option', 'reason', 'vote', 'recommendation', 'severity', 'confidence', 'taskId', 'progress'],
      ...['title', 'summary', 'action', 'commitmentId', 'outcomePositive', 'supersedes', 'signalType', 'data', 'value'],
      ...['handoffId', 'targetParticipant', 'requestedAssignee', 'deadlineUnixMs', 'tags', '__proto__', 'participants'],
    ),
    fc.oneof(
      nastyText,
      nastyNumber,
      fc.boolean(),
      fc.constant(null),
      fc.constant({ a: [Number.NaN] }),
      fc.constant([]),
    ),
  )
  // Not all of it is JSON, which is the point.
  .map((fields) => fields as JsonObject);

const bytes = fc.oneof(
  { weight: 50, arbitrary: nastyJson.map((text) => Buffer.from(text)) },
  { weight: 40, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom(Buffer.alloc(MIB, 0x0a), Buffer.from(`[${'0,'.repeat(MIB / 2 - 2)}0]`)) },
);

const envelope: fc.Arbitrary<WireEnvelope> = fc.record({
  macpVersion: nastyText,
  mode: fc.oneof(fc.constantFrom(...MODES), nastyText),
  messageType: fc.oneof(fc.constantFrom(...TYPES), nastyText),
  messageId: nastyText,
  sessionId: nastyText,
  sender: nastyText,
  timestampUnixMs: fc.oneof(nastyNumber, fc.integer({ min: START_MS, max: START_MS + 100_000 })),
  payload: bytes,
});

const instant = fc.integer({ min: -10_000, max: 100_000 }).map(time);
const state = fc.constantFrom(...SESSION_STATES);

const snapshot: fc.Arbitrary<SessionSnapshot> = fc.record({
  sessionId: fc.constant(SESSION_ID),
  modeName: nastyText,
  state,
  startedAtUnixMs: nastyNumber,
  expiresAtUnixMs: nastyNumber,
  modeVersion: nastyText,
  configurationVersion: nastyText,
  policyVersion: nastyText,
  participants: fc.array(nastyText, { maxLength: 5 }),
  initiator: nastyText,
  contextId: nastyText,
  extensionKeys: fc.array(nastyText, { maxLength: 5 }),
});

const snapshotInfo = fc.record(
  {
    via: fc.constantFrom('ack' as const, 'read' as const, 'watch' as const),
    state,
    snapshot,
    askedAt: instant,
    observedAt: instant,
    reason: nastyText,
    by: nastyText,
  },
  { requiredKeys: ['via', 'state'] },
);

const ackInfo = fc.record(
  {
    purpose: fc.constantFrom<OutboundKind>('session-start', 'kickoff', 'message', 'signal'),
    ok: fc.boolean(),
    duplicate: fc.boolean(),
    sessionState: state,
    acceptedAtUnixMs: nastyNumber,
    errorCode: fc.oneof(nastyText, fc.constant('POLICY_DENIED')),
    errorMessage: nastyText,
    reasons: fc.array(nastyText, { maxLength: 3 }),
    message: fc.record({
      modeName: nastyText,
      messageType: fc.constantFrom(...TYPES),
      messageId: nastyText,
      sessionId: nastyText,
      sender: nastyText,
      to: fc.array(nastyText, { maxLength: 3 }),
      payload: oddFields,
      decoded: fc.record({
        encoding: fc.constantFrom('proto', 'undecodable'),
        truncated: fc.array(nastyText, { maxLength: 2 }),
      }),
      payloadEncoding: fc.constantFrom('proto', 'json', 'nonsense', '__proto__', ...KICKOFF_KINDS),
      byteLength: fc.nat(),
    }),
  },
  { requiredKeys: ['purpose', 'ok', 'duplicate', 'sessionState', 'acceptedAtUnixMs', 'message'] },
);

const statusInfo = fc.record(
  {
    status: fc.constantFrom<StreamStatus>('opened', 'recovered', 'reconnecting', 'closed', 'gap'),
    detail: nastyText,
    afterSequence: fc.nat(),
    fromOrdinal: fc.nat(),
    toOrdinal: fc.nat(),
    reason: nastyText,
  },
  { requiredKeys: ['status', 'afterSequence'] },
);

const errorInfo = fc.record(
  {
    code: fc.oneof(nastyText, fc.constantFrom('PolicyDenied', 'POLICY_DENIED', 'Forbidden')),
    message: nastyText,
    sessionId: nastyText,
    reasons: fc.array(nastyText, { maxLength: 3 }),
  },
  { requiredKeys: ['code', 'message'] },
);

/** Anything that a runtime or an agent of bad will could make us hear. */
export const hostileRaw: fc.Arbitrary<RawDraft> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(envelope, instant).map(([heard, at]) => streamed(heard, at)) },
  { weight: 3, arbitrary: fc.tuple(envelope, instant).map(([heard, at]) => ambient(heard, at)) },
  fc.record({ kind: fc.constant('session-snapshot' as const), receivedAt: instant, info: snapshotInfo }),
  fc.record({ kind: fc.constant('stream-status' as const), receivedAt: instant, info: statusInfo }),
  fc.record({ kind: fc.constant('stream-inline-error' as const), receivedAt: instant, info: errorInfo }),
  fc.record({ kind: fc.constant('send-ack' as const), receivedAt: instant, info: ackInfo }),
);

/** Codecs that keep their contract, and some that do not. */
export const hostileCodec: fc.Arbitrary<PayloadCodec> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(payloadCodec) },
  fc.tuple(oddFields, fc.option(oddFields, { nil: undefined })).map(([payload, signalData]) => ({
    ...payloadCodec,
    decode: () => ({ payload, encoding: 'proto' as const, ...(signalData === undefined ? {} : { signalData }) }),
  })),
  nastyText.map((text) => ({
    ...payloadCodec,
    decode: () => {
      throw new Error(text);
    },
  })),
  fc.constant({ ...payloadCodec, decode: () => ({ payload: {}, encoding: 'undecodable' as const }) }),
);
