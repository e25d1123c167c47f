import { create } from '@bufbuild/protobuf';
import { EnvelopeSchema, type Envelope } from '../gen/macp/v1/envelope_pb.js';
import { PROTOCOL_VERSION } from './envelope.js';
import { refuse, type Refusal } from './errors.js';
import { appendAccepted, isFinal, type AcceptedEnvelope, type Session, type SessionStatus } from './session.js';

/** A change that has been decided and not yet made: store it, then call `apply`, then tell about it. */
export interface Change {
  /** The envelope that joins the history, if there is one. */
  readonly accepted?: AcceptedEnvelope;
  /** The status that the session takes, if it changes. */
  readonly becomes?: SessionStatus;
  readonly apply: () => void;
}

export type Early = { readonly ok: true; readonly duplicate: true } | Refusal;

/** What a message meets before the clock is looked at; undefined = go on. */
export function checkEarly(session: Session, { messageId, mode }: Envelope): Early | undefined {
  // Whatever sender, type or payload: an accepted id is taken, even after the end.
  if (session.messageIds.has(messageId)) return { ok: true, duplicate: true };
  return mode === session.mode ? undefined : refuse('InvalidEnvelope');
}

/** The end by time, if it has come: an OPEN session past its deadline, a suspended one past its allowance. */
export function findExpiry(session: Session, now: number): Change | undefined {
  const isOver =
    session.status === 'SUSPENDED'
      ? isPastSuspension(session, now)
      : session.status === 'OPEN' && now > session.deadline;
  return isOver ? expiry(session) : undefined;
}

/** A message that the runtime itself owes to an OPEN session before the next one is looked at. */
export function findDueMessage(session: Session, now: number): Change | undefined {
  const message = session.status === 'OPEN' ? session.run.due(now) : undefined;
  if (!message) return undefined;
  const envelope = create(EnvelopeSchema, {
    macpVersion: PROTOCOL_VERSION,
    mode: session.mode,
    messageType: message.messageType,
    messageId: message.messageId,
    sessionId: session.id,
    sender: message.sender,
    timestampUnixMs: BigInt(message.timestamp),
    payload: message.payload,
  });
  const accepted = { envelope, acceptedAt: now };
  return {
    accepted,
    apply: () => {
      message.apply();
      appendAccepted(session, accepted, 'by runtime');
    },
  };
}

function isPastSuspension({ suspendedAt, suspendedMs, suspendMsMax }: Session, now: number): boolean {
  return suspendedAt !== undefined && suspendedMs + (now - suspendedAt) > suspendMsMax;
}

/** The end by time, whoever notices it. */
export function expiry(session: Session): Change {
  return becomes(session, 'EXPIRED');
}

function becomes(session: Session, status: SessionStatus): Change {
  return {
    becomes: status,
    apply: () => {
      session.status = status;
    },
  };
}

export type MessageOutcome = Refusal | { readonly ok: true; readonly change: Change };

/** Decides a session message after `checkEarly`, the expiry and the message that was due. */
export function decideMessage(session: Session, envelope: Envelope, now: number): MessageOutcome {
  if (session.status !== 'OPEN') return refuse('SessionNotOpen');
  if (now > session.deadline) return refuse('TtlExpired');
  if (session.run.reserves(envelope.messageId)) return refuse('InvalidEnvelope');
  const { messageType: type, sender, payload } = envelope;
  const judgement = session.run.judge({ type, sender, payload, at: now });
  if (!judgement.ok) return judgement;
  const accepted = { envelope, acceptedAt: now };
  const apply = (): void => {
    judgement.apply();
    appendAccepted(session, accepted, 'by sender');
    if (judgement.resolves) session.status = 'RESOLVED';
  };
  return { ok: true, change: judgement.resolves ? { accepted, becomes: 'RESOLVED', apply } : { accepted, apply } };
}

export type ControlAction = 'cancel' | 'suspend' | 'resume';
export type ControlOutcome = Refusal | { readonly ok: true; readonly change?: Change };

/** Decides an action after the expiry. Without a change the session already is as asked. */
export function decideControl(session: Session, action: ControlAction, now: number): ControlOutcome {
  return CONTROLS[action](session, now);
}

const CONTROLS: Record<ControlAction, (session: Session, now: number) => ControlOutcome> = {
  // A finished session stays as it finished; the answer tells how.
  cancel: (session) => (isFinal(session.status) ? { ok: true } : { ok: true, change: becomes(session, 'CANCELLED') }),
  suspend: (session, now) =>
    session.status === 'OPEN'
      ? {
          ok: true,
          change: {
            becomes: 'SUSPENDED',
            apply: () => {
              session.status = 'SUSPENDED';
              session.suspendedAt = now;
            },
          },
        }
      : refuse('SessionNotOpen'),
  resume: (session, now) =>
    session.status === 'SUSPENDED'
      ? { ok: true, change: { becomes: 'OPEN', apply: () => resume(session, now) } }
      : refuse('SessionNotOpen'),
};

/** The deadline moves by the pause. */
function resume(session: Session, now: number): void {
  const pausedMs = Math.max(0, now - (session.suspendedAt ?? now));
  session.status = 'OPEN';
  session.suspendedAt = undefined;
  session.suspendedMs += pausedMs;
  session.deadline += pausedMs;
  session.run.resumed(pausedMs);
}
