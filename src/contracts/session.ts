import type { IsoTime, SessionId } from './ids.js';

/** Names of `macp.v1.SessionState`, as they appear in events and views. */
export const SESSION_STATES = [
  'SESSION_STATE_UNSPECIFIED',
  'SESSION_STATE_OPEN',
  'SESSION_STATE_RESOLVED',
  'SESSION_STATE_EXPIRED',
  'SESSION_STATE_SUSPENDED',
  'SESSION_STATE_CANCELLED',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** How a change of the session's state came to our ears. */
export type StateVia = 'ack' | 'read' | 'watch' | 'commitment' | 'annotation';

/** Participants kept of one session; a runtime allows 1 000 in the standard modes and sets no limit in others. */
export const SESSION_PARTICIPANTS_MAX = 1_100;
/** Extension keys kept of one session; later ones (in sorted order) are not shown. */
export const EXTENSION_KEYS_MAX = 64;

/** What a runtime says about a session (`macp.v1.SessionMetadata`), decoded. Times in epoch milliseconds, 0 = unknown. */
export interface SessionSnapshot {
  readonly sessionId: SessionId;
  readonly modeName: string;
  readonly state: SessionState;
  readonly startedAtUnixMs: number;
  readonly expiresAtUnixMs: number;
  readonly modeVersion: string;
  readonly configurationVersion: string;
  /** The resolved id; `policy.default` when the SessionStart left it empty. */
  readonly policyVersion: string;
  readonly participants: readonly string[];
  readonly initiator: string;
  readonly contextId: string;
  readonly extensionKeys: readonly string[];
}

export const LIFECYCLE_EVENT_TYPES = ['CREATED', 'RESOLVED', 'EXPIRED', 'SUSPENDED', 'RESUMED', 'CANCELLED'] as const;
/** `EVENT_TYPE_…` of `macp.v1.SessionLifecycleEvent` without the prefix. */
export type LifecycleEventType = (typeof LIFECYCLE_EVENT_TYPES)[number];

/** One message of WatchSessions. `session` is absent when the runtime has already evicted the session. */
export interface SessionLifecycle {
  readonly eventType: LifecycleEventType;
  readonly session?: SessionSnapshot;
  readonly observedAt: IsoTime;
}
