import { create } from '@bufbuild/protobuf';
import type { Envelope } from '../gen/macp/v1/envelope_pb.js';
import { SessionState } from '../gen/macp/v1/envelope_pb.js';
import type { SessionMetadata } from '../gen/macp/v1/core_pb.js';
import { ParticipantActivitySchema, SessionMetadataSchema } from '../gen/macp/v1/core_pb.js';
import type { ModeRun } from './modes/mode.js';
import type { Authority } from './policies/authority.js';

export type SessionStatus = 'OPEN' | 'RESOLVED' | 'EXPIRED' | 'SUSPENDED' | 'CANCELLED';
export type FinalStatus = Extract<SessionStatus, 'RESOLVED' | 'EXPIRED' | 'CANCELLED'>;

/** An envelope of the accepted history. Its ordinal is its index in the history plus one. */
export interface AcceptedEnvelope {
  readonly envelope: Envelope;
  readonly acceptedAt: number;
}

interface Activity {
  count: number;
  lastAt: number;
}

/**
 * A session as it stands. Changed in place, and only by the functions of the kernel: a history of many thousand
 * envelopes must not be copied for each of them.
 */
export interface Session {
  readonly id: string;
  readonly mode: string;
  readonly modeVersion: string;
  readonly configurationVersion: string;
  /** The resolved policy id. */
  readonly policyId: string;
  readonly authority: Authority;
  readonly initiator: string;
  readonly participants: readonly string[];
  readonly members: ReadonlySet<string>;
  readonly contextId: string;
  readonly extensionKeys: readonly string[];
  readonly startedAt: number;
  readonly suspendMsMax: number;
  readonly run: ModeRun;
  readonly history: AcceptedEnvelope[];
  readonly messageIds: Set<string>;
  readonly activity: Map<string, Activity>;
  status: SessionStatus;
  /** Epoch milliseconds; past it an OPEN session is expired. */
  deadline: number;
  suspendedAt: number | undefined;
  /** Sum of the finished suspensions. */
  suspendedMs: number;
}

export const STATE_OF: Record<SessionStatus, SessionState> = {
  OPEN: SessionState.OPEN,
  RESOLVED: SessionState.RESOLVED,
  EXPIRED: SessionState.EXPIRED,
  SUSPENDED: SessionState.SUSPENDED,
  CANCELLED: SessionState.CANCELLED,
};

const FINAL: Record<SessionStatus, boolean> = {
  OPEN: false,
  RESOLVED: true,
  EXPIRED: true,
  SUSPENDED: false,
  CANCELLED: true,
};

export function isFinal(status: SessionStatus): status is FinalStatus {
  return FINAL[status];
}

export function mayRead(session: Session, sender: string): boolean {
  return sender === session.initiator || session.members.has(sender);
}

/** Cancel, suspend and resume: the initiator, and whoever the policy lets commit. */
export function mayControl(session: Session, sender: string): boolean {
  return sender === session.initiator || session.authority(sender);
}

/** Puts an envelope at the end of the history. The start, and what the runtime writes, are nobody's activity. */
export function appendAccepted(session: Session, accepted: AcceptedEnvelope, origin: 'by sender' | 'by runtime'): void {
  const { envelope, acceptedAt } = accepted;
  session.history.push(accepted);
  session.messageIds.add(envelope.messageId);
  if (session.history.length === 1 || origin === 'by runtime') return;
  const activity = session.activity.get(envelope.sender);
  if (activity) {
    activity.count += 1;
    activity.lastAt = acceptedAt;
  } else {
    session.activity.set(envelope.sender, { count: 1, lastAt: acceptedAt });
  }
}

export function toMetadata(session: Session): SessionMetadata {
  return create(SessionMetadataSchema, {
    sessionId: session.id,
    mode: session.mode,
    state: STATE_OF[session.status],
    startedAtUnixMs: BigInt(session.startedAt),
    expiresAtUnixMs: BigInt(session.deadline),
    modeVersion: session.modeVersion,
    configurationVersion: session.configurationVersion,
    policyVersion: session.policyId,
    participants: [...session.participants],
    participantActivity: [...session.activity].map(([participantId, { count, lastAt }]) =>
      create(ParticipantActivitySchema, { participantId, lastMessageAtUnixMs: BigInt(lastAt), messageCount: count }),
    ),
    initiator: session.initiator,
    contextId: session.contextId,
    extensionKeys: [...session.extensionKeys],
  });
}
