import type { PayloadEnvelope } from './envelope.js';
import type { JsonObject } from './json.js';

export const KICKOFF_KINDS = ['request', 'broadcast', 'proposal', 'context'] as const;
export type KickoffKind = (typeof KICKOFF_KINDS)[number];

/** Kind under which the embedded runtime is registered when it serves beside a configured one. */
export const SANDBOX_KIND = 'embedded';

export interface ParticipantSpec {
  readonly id: string;
  readonly role?: string | undefined;
  readonly transportIdentity?: string | undefined;
  readonly metadata?: JsonObject | undefined;
}

export interface RootSpec {
  readonly uri: string;
  readonly name?: string | undefined;
}

/** drive: the control plane opens the session and sends the kickoff. observe: an agent opens it. */
export const ORCHESTRATIONS = ['drive', 'observe'] as const;
export type Orchestration = (typeof ORCHESTRATIONS)[number];

export interface SessionSpec {
  /** Absent: what the configuration says. */
  readonly orchestration?: Orchestration | undefined;
  readonly sessionId?: string | undefined;
  readonly modeName: string;
  readonly modeVersion: string;
  readonly configurationVersion: string;
  readonly policyVersion?: string | undefined;
  /** Milliseconds, 1 to 86 400 000. */
  readonly ttlMs: number;
  readonly initiatorParticipantId?: string | undefined;
  readonly participants: readonly ParticipantSpec[];
  readonly roots?: readonly RootSpec[] | undefined;
  /** Opaque context; an object or a string. Sent to the runtime as the extension `context`. */
  readonly context?: JsonObject | string | undefined;
  readonly contextEnvelope?: PayloadEnvelope | undefined;
  readonly intent?: string | undefined;
  readonly contextId?: string | undefined;
  /** Extension key → payload; sent as bytes. */
  readonly extensions?: Readonly<Record<string, PayloadEnvelope>> | undefined;
  readonly metadata?: JsonObject | undefined;
}

export interface KickoffMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly kind: KickoffKind;
  readonly messageType: string;
  readonly payload?: JsonObject | undefined;
  readonly payloadEnvelope?: PayloadEnvelope | undefined;
  readonly metadata?: JsonObject | undefined;
}

export interface Requester {
  readonly actorId: string;
  readonly actorType: 'user' | 'service' | 'system';
}

/**
 * How scripted agents take part in a sandbox run. agreeing: they come to a positive end. refusing: to a negative one.
 * silent: one of them never says a word, so that the session expires.
 */
export const SCRIPTED_MANNERS = ['agreeing', 'refusing', 'silent'] as const;
export type ScriptedManner = (typeof SCRIPTED_MANNERS)[number];

export interface ExecutionSpec {
  readonly idempotencyKey?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly requester?: Requester | undefined;
  /** Only of sandbox runs: scripted agents play its participants. Absent: nobody does. */
  readonly scriptedAgents?: ScriptedManner | undefined;
}

/** A fully resolved request to run one coordination. Scenario-agnostic: nothing in it is looked up elsewhere. */
export interface ExecutionRequest {
  readonly mode: 'live' | 'sandbox';
  readonly runtime: { readonly kind: string; readonly version?: string | undefined };
  readonly session: SessionSpec;
  readonly kickoff: readonly KickoffMessage[];
  readonly execution: ExecutionSpec;
}
