import type { ParticipantSpec } from '../contracts/execution-request.js';
import { SESSION_PARTICIPANTS_MAX, type SessionSnapshot } from '../contracts/session.js';
import type { ResolvedRequest } from './orchestration.js';

/** Longest time a session may take; the runtime's own limit. Milliseconds. */
const TTL_MS_MAX = 86_400_000;
/** What a run or session id can look like in a path; a session of another id could not be asked for. */
const ADDRESSABLE = /^[A-Za-z0-9_-]{1,256}$/;

/** Whether a run of this session could be named in a request. */
export function isAddressable(sessionId: string): boolean {
  return ADDRESSABLE.test(sessionId);
}

/** The request that would have registered this session, had anybody asked. */
export function requestOf(snapshot: SessionSnapshot, kind: string, mode: 'live' | 'sandbox'): ResolvedRequest {
  return {
    mode,
    runtime: { kind },
    session: {
      orchestration: 'observe',
      sessionId: snapshot.sessionId,
      modeName: snapshot.modeName,
      modeVersion: snapshot.modeVersion,
      configurationVersion: snapshot.configurationVersion,
      policyVersion: snapshot.policyVersion,
      ttlMs: ttlOf(snapshot),
      participants: participantsOf(snapshot),
    },
    kickoff: [],
    execution: {},
  };
}

function ttlOf({ startedAtUnixMs, expiresAtUnixMs }: SessionSnapshot): number {
  const ttl = Math.trunc(expiresAtUnixMs - startedAtUnixMs);
  return Math.min(Math.max(Number.isFinite(ttl) ? ttl : 1, 1), TTL_MS_MAX);
}

function participantsOf({ participants }: SessionSnapshot): readonly ParticipantSpec[] {
  const named = participants.filter((id) => id.trim() !== '');
  return [...new Set(named)].slice(0, SESSION_PARTICIPANTS_MAX).map((id) => ({ id }));
}
