import { create } from '@bufbuild/protobuf';
import type { WireEnvelope } from '../contracts/envelope.js';
import type { IsoTime, SessionId } from '../contracts/ids.js';
import type { JsonObject } from '../contracts/json.js';
import {
  LIFECYCLE_EVENT_TYPES,
  SESSION_STATES,
  type LifecycleEventType,
  type SessionLifecycle,
  type SessionSnapshot,
  type SessionState,
} from '../contracts/session.js';
import { cut, storable } from '../contracts/text.js';
import { AppError } from '../errors/app-error.js';
import {
  CapabilitiesSchema,
  SessionLifecycleEvent_EventTypeSchema,
  type AgentManifest,
  type InitializeResponse,
  type ModeDescriptor,
  type SessionLifecycleEvent,
  type SessionMetadata,
  type StreamSessionResponse,
} from '../gen/macp/v1/core_pb.js';
import { EnvelopeSchema, SessionStateSchema, type Ack, type Envelope } from '../gen/macp/v1/envelope_pb.js';
import type { PolicyDescriptor } from '../gen/macp/v1/policy_pb.js';
import { SERVER_TEXT_UNITS_MAX, reasonsOf } from './grpc-status.js';
import { ValueReader, isJsonObject, parsedJson } from './json-values.js';
import { toPlainJson } from './payload-decode.js';
import type {
  ManifestDescription,
  ModeDescription,
  PolicyDescription,
  RuntimeAck,
  RuntimeDescription,
  RuntimeFrame,
} from './runtime-provider.interface.js';

/** Pure mappings between the protocol's messages and the shapes of this service. */

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** An int64 as a number; what a double cannot hold exactly is clamped to the safe range. */
export function clamped(value: bigint): number {
  if (value > SAFE_MAX) return Number.MAX_SAFE_INTEGER;
  return value < -SAFE_MAX ? -Number.MAX_SAFE_INTEGER : Number(value);
}

export function toWireEnvelope(envelope: Envelope): WireEnvelope {
  return {
    macpVersion: envelope.macpVersion,
    mode: envelope.mode,
    messageType: envelope.messageType,
    messageId: envelope.messageId,
    sessionId: envelope.sessionId,
    sender: envelope.sender,
    timestampUnixMs: clamped(envelope.timestampUnixMs),
    payload: envelope.payload,
  };
}

export function toProtoEnvelope(envelope: WireEnvelope): Envelope {
  return create(EnvelopeSchema, {
    macpVersion: envelope.macpVersion,
    mode: envelope.mode,
    messageType: envelope.messageType,
    messageId: envelope.messageId,
    sessionId: envelope.sessionId,
    sender: envelope.sender,
    timestampUnixMs: BigInt(Math.trunc(envelope.timestampUnixMs)),
    payload: envelope.payload,
  });
}

/** A state this service has no name for counts as UNSPECIFIED, which teaches nothing. */
export function toSessionState(value: number): SessionState {
  const name = SessionStateSchema.values.find((known) => known.number === value)?.name;
  return SESSION_STATES.find((state) => state === name) ?? 'SESSION_STATE_UNSPECIFIED';
}

/** An answer without an ack, or a refusal without an error, is the runtime's defect: AppError RUNTIME_ERROR. */
export function toAck(ack: Ack | undefined, rpc: string): RuntimeAck {
  if (ack === undefined) throw incomplete(rpc, 'ack');
  const { error } = ack;
  if (!ack.ok && error === undefined) throw incomplete(rpc, 'ack.error');
  return {
    ok: ack.ok,
    duplicate: ack.duplicate,
    messageId: ack.messageId,
    sessionId: ack.sessionId,
    acceptedAtUnixMs: clamped(ack.acceptedAtUnixMs),
    sessionState: toSessionState(ack.sessionState),
    ...(error === undefined ? {} : { errorCode: told(error.code), errorMessage: told(error.message) }),
    reasons: reasonsOf(error?.details),
  };
}

/** It is stored with the message, and shown. */
function told(text: string): string {
  return cut(storable(text), SERVER_TEXT_UNITS_MAX);
}

export function incomplete(rpc: string, field: string): AppError {
  return new AppError('RUNTIME_ERROR', `the answer to ${rpc} lacks '${field}'`, { retryable: false });
}

/** undefined for a response of neither kind, which a newer protocol might send. */
export function toFrame(response: StreamSessionResponse, receivedAt: IsoTime): RuntimeFrame | undefined {
  const { response: body } = response;
  switch (body.case) {
    case 'envelope':
      return { kind: 'envelope', envelope: toWireEnvelope(body.value), receivedAt };
    case 'error': {
      const { code, message, sessionId, messageId, details } = body.value;
      return {
        kind: 'inline-error',
        code,
        message,
        ...(sessionId === '' ? {} : { sessionId }),
        ...(messageId === '' ? {} : { messageId }),
        reasons: reasonsOf(details),
        receivedAt,
      };
    }
    case undefined:
      return undefined;
  }
}

export function toSnapshot(metadata: SessionMetadata): SessionSnapshot {
  return {
    // The runtime's own id of its own session; it was checked there.
    sessionId: metadata.sessionId as SessionId,
    modeName: metadata.mode,
    state: toSessionState(metadata.state),
    startedAtUnixMs: clamped(metadata.startedAtUnixMs),
    expiresAtUnixMs: clamped(metadata.expiresAtUnixMs),
    modeVersion: metadata.modeVersion,
    configurationVersion: metadata.configurationVersion,
    policyVersion: metadata.policyVersion === '' ? 'policy.default' : metadata.policyVersion,
    participants: metadata.participants,
    initiator: metadata.initiator,
    contextId: metadata.contextId,
    extensionKeys: [...metadata.extensionKeys].sort(),
  };
}

/** undefined for a kind of event this service has no name for. */
export function toLifecycle(event: SessionLifecycleEvent, receivedAt: IsoTime): SessionLifecycle | undefined {
  const eventType = toLifecycleType(event.eventType);
  if (eventType === undefined) return undefined;
  const session = event.session === undefined ? {} : { session: toSnapshot(event.session) };
  return { eventType, ...session, observedAt: toIsoTime(event.observedAtUnixMs) ?? receivedAt };
}

function toLifecycleType(value: number): LifecycleEventType | undefined {
  const name = SessionLifecycleEvent_EventTypeSchema.values.find((known) => known.number === value)?.name;
  return LIFECYCLE_EVENT_TYPES.find((type) => `EVENT_TYPE_${type}` === name);
}

/** undefined for 0, negative times and those beyond what an ISO time with four-digit year can say. */
export function toIsoTime(unixMs: bigint): IsoTime | undefined {
  if (unixMs <= 0n || unixMs > 253_402_300_799_999n) return undefined;
  // toISOString of a year up to 9999 has exactly the form that IsoTime promises.
  return new Date(Number(unixMs)).toISOString() as IsoTime;
}

export function toDescription(response: InitializeResponse): RuntimeDescription {
  const { capabilities, runtimeInfo } = response;
  return {
    name: runtimeInfo?.name ?? '',
    version: runtimeInfo?.version ?? '',
    protocolVersion: response.selectedProtocolVersion,
    supportedModes: response.supportedModes,
    capabilities: capabilities === undefined ? {} : toPlainJson(CapabilitiesSchema, capabilities, new ValueReader()),
  };
}

export function toModeDescription(descriptor: ModeDescriptor, extension: boolean): ModeDescription {
  return {
    mode: descriptor.mode,
    modeVersion: descriptor.modeVersion,
    title: descriptor.title,
    description: descriptor.description,
    determinismClass: descriptor.determinismClass,
    participantModel: descriptor.participantModel,
    messageTypes: descriptor.messageTypes,
    terminalMessageTypes: descriptor.terminalMessageTypes,
    schemaUris: descriptor.schemaUris,
    extension,
  };
}

export function toManifest(manifest: AgentManifest): ManifestDescription {
  return {
    agentId: manifest.agentId,
    title: manifest.title,
    description: manifest.description,
    supportedModes: manifest.supportedModes,
    metadata: manifest.metadata,
  };
}

export function toPolicy(descriptor: PolicyDescriptor): PolicyDescription {
  return {
    policyId: descriptor.policyId,
    mode: descriptor.mode,
    description: descriptor.description,
    rules: toRules(descriptor.rules),
    schemaVersion: descriptor.schemaVersion,
    registeredAtUnixMs: clamped(descriptor.registeredAtUnixMs),
  };
}

function toRules(text: string): JsonObject {
  const json = parsedJson(text);
  return json !== undefined && isJsonObject(json.value) ? new ValueReader().object(json.value, '') : {};
}
