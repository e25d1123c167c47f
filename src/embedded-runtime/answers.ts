import { create } from '@bufbuild/protobuf';
import {
  CapabilitiesSchema,
  ModeDescriptorSchema,
  SessionLifecycleEventSchema,
  SessionLifecycleEvent_EventType as EventType,
  type Capabilities,
  type ModeDescriptor,
  type SessionLifecycleEvent,
} from '../gen/macp/v1/core_pb.js';
import { AckSchema, MACPErrorSchema, SessionState, type Ack } from '../gen/macp/v1/envelope_pb.js';
import { ERRORS, GRPC, StatusError } from './errors.js';
import type { ModeDescription } from './modes/built-in.js';
import type { LifecycleKind, Submission } from './runtime.service.js';
import { STATE_OF, toMetadata, type Session } from './session.js';

export interface AckTarget {
  readonly messageId: string;
  readonly sessionId: string;
}

/** The time is set on a refusal too; it is the time of the answer. */
export function toAck(outcome: Submission, { messageId, sessionId }: AckTarget, now: number): Ack {
  const common = { messageId, sessionId, acceptedAtUnixMs: BigInt(now) };
  if (outcome.ok) {
    return create(AckSchema, {
      ...common,
      ok: true,
      duplicate: outcome.duplicate,
      sessionState: STATE_OF[outcome.status],
    });
  }
  const { error, reasons } = outcome;
  const details = reasons ? new TextEncoder().encode(JSON.stringify({ reasons })) : new Uint8Array();
  return create(AckSchema, {
    ...common,
    sessionState: SessionState.UNSPECIFIED,
    error: create(MACPErrorSchema, { code: ERRORS[error].code, message: error, sessionId, messageId, details }),
  });
}

export function toModeDescriptor(description: ModeDescription): ModeDescriptor {
  return create(ModeDescriptorSchema, {
    ...description,
    messageTypes: [...description.messageTypes],
    terminalMessageTypes: [...description.terminalMessageTypes],
    schemaUris: { ...description.schemaUris },
  });
}

export function toModeDescription(descriptor: ModeDescriptor): ModeDescription {
  const { $typeName: _name, $unknown: _unknown, ...description } = descriptor;
  return description;
}

const EVENT_TYPE: Record<LifecycleKind, EventType> = {
  CREATED: EventType.CREATED,
  RESOLVED: EventType.RESOLVED,
  EXPIRED: EventType.EXPIRED,
  SUSPENDED: EventType.SUSPENDED,
  RESUMED: EventType.RESUMED,
  CANCELLED: EventType.CANCELLED,
};

export function toLifecycleEvent(kind: LifecycleKind, session: Session, at: number): SessionLifecycleEvent {
  return create(SessionLifecycleEventSchema, {
    eventType: EVENT_TYPE[kind],
    session: toMetadata(session),
    observedAtUnixMs: BigInt(at),
  });
}

/** There is no flag for suspend and resume; a client finds out by asking. */
export function capabilities(): Capabilities {
  return create(CapabilitiesSchema, {
    sessions: { stream: true, listSessions: true, watchSessions: true },
    cancellation: { cancelSession: true },
    progress: { progress: true },
    manifest: { getManifest: true },
    modeRegistry: { listModes: true, listChanged: true },
    roots: { listRoots: true, listChanged: false },
    policyRegistry: { registerPolicy: true, listPolicies: true, listChanged: true },
    experimental: { features: { ext_mode_lifecycle: 'true' } },
  });
}

export interface PageRequest {
  readonly size: number;
  readonly afterId: string;
}

/** Throws INVALID_ARGUMENT for a negative size or a token that is none of ours. */
export function readPage(pageSize: number, pageToken: string, sizeDefault: number, sizeMax: number): PageRequest {
  if (pageSize < 0) throw new StatusError(GRPC.INVALID_ARGUMENT, 'page_size must not be negative');
  const afterId = Buffer.from(pageToken, 'base64url').toString('utf8');
  if (toPageToken(afterId) !== pageToken) throw new StatusError(GRPC.INVALID_ARGUMENT, 'page_token is not valid');
  return { size: Math.min(pageSize === 0 ? sizeDefault : pageSize, sizeMax), afterId };
}

export function toPageToken(lastId: string): string {
  return Buffer.from(lastId, 'utf8').toString('base64url');
}
