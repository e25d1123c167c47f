import type { WireEnvelope } from '../contracts/envelope.js';
import type { IsoTime, Ordinal, SessionId } from '../contracts/ids.js';
import type { JsonObject } from '../contracts/json.js';
import type { SessionLifecycle, SessionSnapshot, SessionState } from '../contracts/session.js';
import type { RuntimeCircuit } from './circuit-breaker.client.js';

/** What Initialize and probing told about a runtime. */
export interface RuntimeDescription {
  readonly name: string;
  readonly version: string;
  readonly protocolVersion: string;
  readonly supportedModes: readonly string[];
  /** Decoded Capabilities message, camelCase, and `probed: { suspendSession }` where trying it out told. */
  readonly capabilities: JsonObject;
}

/**
 * The runtime's answer to a message or a session command. `ok: false` is a refusal, not an exception: `errorCode` is a
 * registry code (FORBIDDEN, INVALID_ENVELOPE …). On refusal `sessionState` is UNSPECIFIED and the time is no proof.
 */
export interface RuntimeAck {
  readonly ok: boolean;
  readonly duplicate: boolean;
  readonly messageId: string;
  readonly sessionId: string;
  readonly acceptedAtUnixMs: number;
  readonly sessionState: SessionState;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** From `details` of POLICY_DENIED. */
  readonly reasons: readonly string[];
}

/**
 * One thing off a session's stream. `ready` = the subscription stands: response headers or the first frame arrived, or the
 * runtime has kept them back for STREAM_OPEN_DEADLINE_MS on a connection that stands.
 */
export type RuntimeFrame =
  | { readonly kind: 'ready'; readonly receivedAt: IsoTime }
  | { readonly kind: 'envelope'; readonly envelope: WireEnvelope; readonly receivedAt: IsoTime }
  | {
      readonly kind: 'inline-error';
      /** Internal name or registry code, as it came. */
      readonly code: string;
      readonly message: string;
      readonly sessionId?: string;
      /** The refused message, where the runtime names it (from 0.12 on). */
      readonly messageId?: string;
      readonly reasons: readonly string[];
      readonly receivedAt: IsoTime;
    };

export interface SubscribeRequest {
  readonly sessionId: SessionId;
  readonly modeName: string;
  /** Envelopes with a higher ordinal are wanted; 0 = all. */
  readonly afterOrdinal: Ordinal;
  /** The participant whose identity reads; undefined = the control plane's own. */
  readonly as?: string | undefined;
}

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
  /** From ListExtModes. */
  readonly extension: boolean;
}

export interface PolicyDescription {
  readonly policyId: string;
  readonly mode: string;
  readonly description: string;
  /** Parsed JSON of the wire's string; {} when it is not an object. */
  readonly rules: JsonObject;
  readonly schemaVersion: number;
  readonly registeredAtUnixMs: number;
}

/** A policy to be registered; the runtime gives the time of registration. */
export type PolicyRegistration = Omit<PolicyDescription, 'registeredAtUnixMs'>;

export interface ManifestDescription {
  readonly agentId: string;
  readonly title: string;
  readonly description: string;
  readonly supportedModes: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A command on a whole session, sent under a participant's identity (undefined = the control plane's own). */
export interface SessionCommand {
  readonly sessionId: SessionId;
  readonly reason: string;
  readonly as?: string | undefined;
}

/**
 * A MACP runtime as this service needs it. Refusals come back as values (RuntimeAck); everything else throws
 * `AppError` with a RUNTIME_… / SESSION_NOT_FOUND / FORBIDDEN code and `details.grpcStatus`. All waits end with `signal`.
 */
export interface RuntimeProvider {
  /** Registry key, e.g. `rust`. */
  readonly kind: string;
  /** `source.name` of events, e.g. `rust-runtime`. */
  readonly name: string;
  /** Stands before every call that has one answer; streams reconnect at a pace of their own. */
  readonly circuit: RuntimeCircuit;
  initialize(signal?: AbortSignal): Promise<RuntimeDescription>;
  /** Sends a SessionStart envelope under the sender's identity. The same envelope may be sent again after a crash. */
  startSession(envelope: WireEnvelope, signal?: AbortSignal): Promise<RuntimeAck>;
  /** Sends any other envelope under the identity of `envelope.sender`. */
  send(envelope: WireEnvelope, signal?: AbortSignal): Promise<RuntimeAck>;
  /**
   * Opens the session's stream and yields its frames until it ends, as many at once as have arrived, and never none: returns on
   * a clean end or when the signal is aborted, throws AppError otherwise (`details.retryable` says whether the same call may
   * succeed later). Reading stops while the consumer does not pull (flow control reaches the runtime); what was yielded has no
   * gaps. History that the runtime no longer holds is a HistoryUnavailableError or, from old runtimes, a frame of which `historyLossOf` tells it.
   */
  subscribe(request: SubscribeRequest, signal: AbortSignal): AsyncIterable<readonly RuntimeFrame[]>;
  getSession(sessionId: SessionId, as: string | undefined, signal?: AbortSignal): Promise<SessionSnapshot>;
  /** All pages. */
  listSessions(signal?: AbortSignal): AsyncIterable<SessionSnapshot>;
  /**
   * First one CREATED per session the runtime knows (finished ones too), then changes; returns or throws when it breaks.
   * `onStanding` is called once, as soon as nothing that changes from then on can be missed.
   */
  watchSessions(signal: AbortSignal, onStanding?: () => void): AsyncIterable<SessionLifecycle>;
  /** Ambient Signals and Progress of all sessions. `onStanding` as above. */
  watchSignals(
    signal: AbortSignal,
    onStanding?: () => void,
  ): AsyncIterable<{ readonly envelope: WireEnvelope; readonly receivedAt: IsoTime }>;
  cancelSession(command: SessionCommand, signal?: AbortSignal): Promise<RuntimeAck>;
  suspendSession(command: SessionCommand, signal?: AbortSignal): Promise<RuntimeAck>;
  resumeSession(command: SessionCommand, signal?: AbortSignal): Promise<RuntimeAck>;
  getManifest(signal?: AbortSignal): Promise<ManifestDescription>;
  /** Standards-track modes first, then extension modes. */
  listModes(signal?: AbortSignal): Promise<readonly ModeDescription[]>;
  listRoots(signal?: AbortSignal): Promise<readonly { readonly uri: string; readonly name: string }[]>;
  /** undefined when the runtime does not know the policy. */
  findPolicy(policyId: string, signal?: AbortSignal): Promise<PolicyDescription | undefined>;
  listPolicies(mode: string, signal?: AbortSignal): Promise<readonly PolicyDescription[]>;
  /** Throws CONFLICT and INVALID_POLICY_DEFINITION. */
  registerPolicy(policy: PolicyRegistration, signal?: AbortSignal): Promise<void>;
  /** Throws RESOURCE_NOT_FOUND, and CONFLICT for a built-in policy. */
  unregisterPolicy(policyId: string, signal?: AbortSignal): Promise<void>;
  /** The health service's word, asked whatever the circuit says; never throws. */
  health(signal?: AbortSignal): Promise<{ readonly ok: boolean; readonly detail?: string }>;
  /** True when we can speak as this participant; undefined = as the control plane itself. */
  hasCredentialsFor(participantId: string | undefined): boolean;
  /**
   * Under whose identity a session is read that somebody else has opened: undefined = the control plane's own, which
   * should be an observer. Without one, as in development, a member of the session reads.
   */
  readerOf(member: string): string | undefined;
  close(): Promise<void>;
}
