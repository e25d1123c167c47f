import type { Envelope } from '../gen/macp/v1/envelope_pb.js';
import { SessionStartPayloadSchema, type SessionStartPayload } from '../gen/macp/v1/core_pb.js';
import { refuse, type Refusal } from './errors.js';
import type { Limits } from './limits.js';
import type { RegisteredMode } from './mode-registry.js';
import { decodePayload } from './payload.js';
import { authorityOf } from './policies/authority.js';
import { DEFAULT_POLICY_ID, type PolicyDefinition } from './policies/definition.js';
import { appendAccepted, type Session } from './session.js';
import { isSessionId } from './session-id.js';
import { isBlank } from './text.js';

/** What a start may look at besides the envelope. */
export interface StartWorld {
  readonly now: number;
  readonly limits: Limits;
  readonly findMode: (name: string) => RegisteredMode | undefined;
  readonly findPolicy: (policyId: string) => PolicyDefinition | undefined;
  /** A session that holds the id. */
  readonly existing: Session | undefined;
  /** Whether the identity, or the runtime as a whole, has all the sessions it may have. */
  readonly isFull: () => boolean;
}

export type StartOutcome =
  | Refusal
  | { readonly ok: true; readonly duplicateOf: Session }
  | { readonly ok: true; readonly started: Session; readonly policy: PolicyDefinition };

/** Decides a SessionStart. The new session already has the envelope as the first of its history. */
export function decideStart(envelope: Envelope, world: StartWorld): StartOutcome {
  if (!isSessionId(envelope.sessionId)) return refuse('InvalidSessionId');
  const mode = world.findMode(envelope.mode);
  if (!mode) return refuse('UnknownMode');
  const payload =
    envelope.payload.length === 0 ? undefined : decodePayload(SessionStartPayloadSchema, envelope.payload);
  if (!payload) return refuse('InvalidPayload');
  const fault = refuseTerms(payload, mode, world.limits);
  if (fault) return fault;
  if (world.existing) {
    const isRepeat = world.existing.messageIds.has(envelope.messageId);
    return isRepeat ? { ok: true, duplicateOf: world.existing } : refuse('SessionAlreadyExists');
  }
  const policy = world.findPolicy(payload.policyVersion === '' ? DEFAULT_POLICY_ID : payload.policyVersion);
  if (!policy) return refuse('UnknownPolicyVersion');
  if (policy.mode !== '*' && policy.mode !== envelope.mode) return refuse('InvalidPolicyDefinition');
  const started = openSession(envelope, payload, mode, policy, world);
  if (!started) return refuse('InvalidPayload');
  return world.isFull() ? refuse('RateLimited') : { ok: true, started, policy };
}

function refuseTerms(payload: SessionStartPayload, mode: RegisteredMode, limits: Limits): Refusal | undefined {
  if (mode.isStrict && !isComplete(payload, limits)) return refuse('InvalidPayload');
  const { modeVersion, ttlMs } = payload;
  if (modeVersion !== '' && modeVersion !== mode.description.modeVersion) return refuse('InvalidEnvelope');
  return ttlMs >= 1n && ttlMs <= BigInt(limits.ttlMsMax) ? undefined : refuse('InvalidTtl');
}

/** The strict rules; participants are compared trimmed. */
function isComplete(payload: SessionStartPayload, { participantsMax }: Limits): boolean {
  const names = payload.participants.map((participant) => participant.trim());
  return (
    !isBlank(payload.modeVersion) &&
    !isBlank(payload.configurationVersion) &&
    names.length >= 1 &&
    names.length <= participantsMax &&
    !names.includes('') &&
    new Set(names).size === names.length &&
    payload.maxSuspendMs >= 0n
  );
}

function openSession(
  envelope: Envelope,
  payload: SessionStartPayload,
  { description, mode }: RegisteredMode,
  policy: PolicyDefinition,
  { now, limits }: StartWorld,
): Session | undefined {
  const initiator = envelope.sender;
  const { participants, configurationVersion } = payload;
  const members = new Set(participants);
  const modeVersion = payload.modeVersion === '' ? description.modeVersion : payload.modeVersion;
  const authority = authorityOf(policy.rules, { initiator, members });
  const run = mode.begin({ initiator, participants, members, modeVersion, configurationVersion, policy, authority });
  if (!run) return undefined;
  const session: Session = {
    id: envelope.sessionId,
    mode: envelope.mode,
    modeVersion,
    configurationVersion,
    policyId: policy.policyId,
    authority,
    initiator,
    participants,
    members,
    contextId: payload.contextId,
    extensionKeys: Object.keys(payload.extensions),
    startedAt: now,
    suspendMsMax: payload.maxSuspendMs > 0n ? toMs(payload.maxSuspendMs) : limits.suspendMsMax,
    run,
    history: [],
    messageIds: new Set(),
    activity: new Map(),
    status: 'OPEN',
    deadline: Math.min(
      (envelope.timestampUnixMs > 0n ? toMs(envelope.timestampUnixMs) : now) + Number(payload.ttlMs),
      MS_MAX,
    ),
    suspendedAt: undefined,
    suspendedMs: 0,
  };
  appendAccepted(session, { envelope, acceptedAt: now }, 'by sender');
  return session;
}

const MS_MAX = Number.MAX_SAFE_INTEGER;

/** An int64 of the wire as a number; beyond 2^53 it saturates. */
function toMs(value: bigint): number {
  return value > BigInt(MS_MAX) ? MS_MAX : Number(value);
}
