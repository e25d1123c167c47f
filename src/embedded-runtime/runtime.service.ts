import type { Envelope } from '../gen/macp/v1/envelope_pb.js';
import { isAmbient, refuseShape, SESSION_START } from './envelope.js';
import { GRPC, refuse, StatusError, type Refusal } from './errors.js';
import { mayUseMode, type Identity } from './identity.js';
import type { Journal } from './journal.repository.js';
import { encodeEnvelope, type JournalRecord } from './journal-record.js';
import {
  checkEarly,
  decideControl,
  decideMessage,
  findDueMessage,
  findExpiry,
  type Change,
  type ControlAction,
} from './kernel.js';
import type { Limits } from './limits.js';
import { ModeRegistry } from './mode-registry.js';
import type { ModeDescription } from './modes/built-in.js';
import type { PolicyDefinition } from './policies/definition.js';
import { ProgressPayloadSchema, SignalPayloadSchema } from '../gen/macp/v1/core_pb.js';
import { decodePayload } from './payload.js';
import { PolicyRegistry } from './policy-registry.js';
import { RateLimit } from './rate-limit.js';
import { isFinal, mayControl, type Session, type SessionStatus } from './session.js';
import { decideStart } from './session-start.js';
import { Sessions } from './sessions.js';
import { isBlank } from './text.js';
import { KeyedTopic, Topic } from './topic.js';

export type LifecycleKind = 'CREATED' | 'RESOLVED' | 'EXPIRED' | 'SUSPENDED' | 'RESUMED' | 'CANCELLED';

export interface LifecycleEvent {
  readonly kind: LifecycleKind;
  readonly session: Session;
  readonly at: number;
}

export type Submission = Refusal | { readonly ok: true; readonly duplicate: boolean; readonly status: SessionStatus };

export interface RuntimeOptions {
  readonly limits: Limits;
  readonly now: () => number;
}

const LIFECYCLE: Record<SessionStatus, LifecycleKind> = {
  OPEN: 'RESUMED',
  RESOLVED: 'RESOLVED',
  EXPIRED: 'EXPIRED',
  SUSPENDED: 'SUSPENDED',
  CANCELLED: 'CANCELLED',
};

/** The runtime without its wire: decides by the kernel, stores, changes, tells. All calls are synchronous and in order. */
export class RuntimeService {
  readonly modes = new ModeRegistry();
  readonly policies = new PolicyRegistry();
  readonly sessions = new Sessions();
  /** Accepted envelopes by session id; the session's history already holds the envelope. */
  readonly accepted = new KeyedTopic<Session>();
  readonly lifecycle = new Topic<LifecycleEvent>();
  readonly signals = new Topic<Envelope>();
  readonly modeChanges = new Topic<number>();
  readonly policyChanges = new Topic<number>();
  private readonly starts: RateLimit;
  private readonly messages: RateLimit;
  /** Undefined = memory only. */
  private journal: Journal | undefined;

  constructor(private readonly options: RuntimeOptions) {
    this.starts = new RateLimit(options.limits.sessionStartsPerMinuteMax);
    this.messages = new RateLimit(options.limits.messagesPerMinuteMax);
  }

  get limits(): Limits {
    return this.options.limits;
  }

  /** From now on every change is stored before it is made. */
  keepIn(journal: Journal): void {
    this.journal = journal;
  }

  now(): number {
    return Math.trunc(this.options.now());
  }

  /**
   * Everything that is checked before the kernel: shape, credentials and sender, rights, rate. Undefined = pass. The
   * envelope's sender is the authenticated one afterwards.
   */
  admit(envelope: Envelope, identity: Identity | undefined): Refusal | undefined {
    const fault = refuseShape(envelope, this.limits.payloadBytesMax);
    if (fault) return fault;
    if (!identity || (envelope.sender !== '' && envelope.sender !== identity.sender)) return refuse('Unauthenticated');
    envelope.sender = identity.sender;
    const isStart = envelope.messageType === SESSION_START;
    if (isStart && !identity.canStartSessions) return refuse('Forbidden');
    if (!mayUseMode(identity, envelope.mode)) return refuse('Forbidden');
    const bucket = isStart ? this.starts : this.messages;
    return bucket.take(identity.sender, this.now()) ? undefined : refuse('RateLimited');
  }

  /** Puts an admitted envelope through the kernel. */
  submit(envelope: Envelope, identity: Identity): Submission {
    if (isAmbient(envelope)) return this.passOn(envelope);
    return envelope.messageType === SESSION_START ? this.start(envelope, identity) : this.message(envelope);
  }

  private passOn(envelope: Envelope): Submission {
    if (!isReadable(envelope)) return refuse('InvalidPayload');
    this.signals.publish(envelope);
    return { ok: true, duplicate: false, status: 'OPEN' };
  }

  private start(envelope: Envelope, identity: Identity): Submission {
    const now = this.now();
    const max = identity.maxOpenSessions;
    const outcome = decideStart(envelope, {
      now,
      limits: this.limits,
      findMode: (name) => this.modes.find(name),
      findPolicy: (policyId) => this.policies.find(policyId),
      existing: this.sessions.find(envelope.sessionId),
      isFull: () =>
        this.sessions.size >= this.limits.sessionsMax ||
        (max !== undefined && this.sessions.countOpen(identity.sender, now) >= max),
    });
    if (!outcome.ok) return outcome;
    if ('duplicateOf' in outcome) return { ok: true, duplicate: true, status: outcome.duplicateOf.status };
    const { started, policy } = outcome;
    const registered = this.modes.find(envelope.mode);
    const isDynamic = registered !== undefined && !registered.isBuiltIn;
    const stored = this.store({
      kind: 'start',
      at: now,
      sessionId: started.id,
      envelope: encodeEnvelope(envelope),
      policy,
      ...(isDynamic ? { extension: { description: registered.description, isStrict: registered.isStrict } } : {}),
    });
    if (!stored) return refuse('StorageFailed');
    this.sessions.add(started);
    this.accepted.publish(started.id, started);
    this.lifecycle.publish({ kind: 'CREATED', session: started, at: now });
    return { ok: true, duplicate: false, status: started.status };
  }

  private message(envelope: Envelope): Submission {
    const session = this.sessions.find(envelope.sessionId);
    if (!session) return refuse('UnknownSession');
    const early = checkEarly(session, envelope);
    if (early) return early.ok ? { ok: true, duplicate: true, status: session.status } : early;
    // An extension mode may have been unregistered under its open sessions; they can then only be cancelled.
    if (!this.modes.find(session.mode)) return refuse('UnknownMode');
    if (session.history.length >= this.limits.historyMax) return refuse('RateLimited');
    const now = this.now();
    const wasFinal = isFinal(session.status);
    this.settle(session, now);
    if (!wasFinal && session.status === 'EXPIRED') return refuse('TtlExpired');
    this.writeDue(session, now);
    const outcome = decideMessage(session, envelope, now);
    if (!outcome.ok) return outcome;
    const record = { kind: 'envelope', at: now, sessionId: session.id, envelope: encodeEnvelope(envelope) } as const;
    if (!this.make(session, outcome.change, now, record)) return refuse('StorageFailed');
    return { ok: true, duplicate: false, status: session.status };
  }

  /** A session with everything that is due by now done, if it is in memory. */
  find(sessionId: string): Session | undefined {
    const session = this.sessions.find(sessionId);
    if (session) this.settle(session, this.now());
    return session;
  }

  /** The same; throws NOT_FOUND. */
  read(sessionId: string): Session {
    const session = this.find(sessionId);
    if (!session) throw new StatusError(GRPC.NOT_FOUND, `Session '${sessionId}' not found`);
    return session;
  }

  /** Cancels, suspends or resumes. Throws NOT_FOUND and PERMISSION_DENIED; every other refusal is an answer. */
  control(action: ControlAction, sessionId: string, reason: string, { sender }: Identity): Submission {
    const found = this.sessions.find(sessionId);
    if (!found) throw new StatusError(GRPC.NOT_FOUND, `Session '${sessionId}' not found`);
    if (!mayControl(found, sender)) throw new StatusError(GRPC.PERMISSION_DENIED, `FORBIDDEN: ${action} not allowed`);
    const session = this.read(sessionId);
    const now = this.now();
    const outcome = decideControl(session, action, now);
    if (!outcome.ok) return outcome;
    const record = { kind: action, at: now, sessionId, by: sender, reason } as const;
    if (outcome.change && !this.make(session, outcome.change, now, record)) return refuse('StorageFailed');
    return { ok: true, duplicate: false, status: session.status };
  }

  /** Notices that a session's time is over. A change that cannot be stored is left for the next look. */
  private settle(session: Session, now: number): void {
    const change = findExpiry(session, now);
    if (change) this.make(session, change, now, { kind: 'expire', at: now, sessionId: session.id });
  }

  /** Writes the message that the runtime owes to the session. */
  private writeDue(session: Session, now: number): void {
    const change = findDueMessage(session, now);
    if (change) this.make(session, change, now, { kind: 'implicit', at: now, sessionId: session.id });
  }

  /** Store, change, tell. False = it could not be stored and nothing has changed. */
  private make(session: Session, change: Change, now: number, record: JournalRecord): boolean {
    if (!this.store(record)) return false;
    change.apply();
    if (change.accepted) this.accepted.publish(session.id, session);
    if (change.becomes) this.lifecycle.publish({ kind: LIFECYCLE[change.becomes], session, at: now });
    return true;
  }

  private store(record: JournalRecord): boolean {
    return this.journal?.append(record) ?? true;
  }

  /** Notices expiry of OPEN sessions and lets go of finished ones past retention. */
  sweep(): void {
    const now = this.now();
    for (const session of this.sessions.all()) {
      if (session.status === 'OPEN') this.settle(session, now);
      if (isPastRetention(session, now, this.limits)) this.sessions.remove(session.id);
    }
    this.starts.forgetIdle(now);
    this.messages.forgetIdle(now);
  }

  /** Undefined = done; otherwise why not. */
  registerMode(description: ModeDescription): string | undefined {
    return this.change(this.modes.refuseRegistration(description), { kind: 'mode', description }, () => {
      this.modes.register(description);
      this.modeChanges.publish(this.now());
    });
  }

  unregisterMode(mode: string): string | undefined {
    return this.change(this.modes.refuseUnregistration(mode), { kind: 'mode-gone', mode }, () => {
      this.modes.unregister(mode);
      this.modeChanges.publish(this.now());
    });
  }

  promoteMode(mode: string, target: string): string | undefined {
    return this.change(this.modes.refusePromotion(mode, target), { kind: 'mode-promoted', mode, target }, () => {
      this.modes.promote(mode, target);
      this.modeChanges.publish(this.now());
    });
  }

  registerPolicy(policy: PolicyDefinition): string | undefined {
    return this.change(this.policies.refuseRegistration(policy), { kind: 'policy', policy }, () => {
      this.policies.register(policy);
      this.policyChanges.publish(this.now());
    });
  }

  unregisterPolicy(policyId: string): string | undefined {
    return this.change(this.policies.refuseUnregistration(policyId), { kind: 'policy-gone', policyId }, () => {
      this.policies.unregister(policyId);
      this.policyChanges.publish(this.now());
    });
  }

  private change(refusal: string | undefined, record: JournalRecord, apply: () => void): string | undefined {
    if (refusal !== undefined) return refusal;
    if (!this.store(record)) return 'the journal cannot be written';
    apply();
    return undefined;
  }
}

/** An ambient payload may be missing; if not, it must be what it says, and a signal must have a type. */
function isReadable({ messageType, payload }: Envelope): boolean {
  if (payload.length === 0) return true;
  if (messageType !== 'Signal') return decodePayload(ProgressPayloadSchema, payload) !== undefined;
  const signal = decodePayload(SignalPayloadSchema, payload);
  return signal !== undefined && !isBlank(signal.signalType);
}

export function isPastRetention({ status, startedAt }: Session, now: number, { retentionMs }: Limits): boolean {
  return isFinal(status) && now - startedAt > retentionMs;
}
